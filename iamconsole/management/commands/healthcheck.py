"""``manage.py healthcheck``: listed here, answered by ``manage.py`` itself before it loads Django."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from iamconsole.ops import healthcheck


class Command(BaseCommand):
    help = "Says whether a role on this machine lives: exit status 0 or 1, and one sentence."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        healthcheck.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        given = {name: options[name] for name in ("ready", "wait")}
        status, text = healthcheck.look_until_well(options["role"], environment=os.environ, **given)
        (self.stderr if status else self.stdout).write(text)
        sys.exit(status)
