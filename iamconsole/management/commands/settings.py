"""``manage.py settings``: what this installation is set to, and where each value comes from."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from iamconsole.ops.settings import printed

WRONG = "These settings cannot be used, so this console does not start:"


class Command(BaseCommand):
    help = "Prints every setting with its value, where it comes from, and what it means. Shows no secret."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="print JSON")
        form.add_argument("--page", action="store_true", help="print docs/settings.md")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = printed.rows(settings.GIVEN, settings)
        if options["page"]:
            self.stdout.write(printed.page(), ending="")
        elif options["json"]:
            self.stdout.write(json.dumps({"settings": rows, "problems": settings.GIVEN.problems}, indent=2))
        else:
            self._print(rows)

    def _print(self, rows: list[dict[str, str]]) -> None:
        group = ""
        for row in rows:
            if row["group"] != group:
                group = row["group"]
                self.stdout.write(f"\n{group}")
            source = "" if row["source"] == "default" else f"  ({row['source']})"
            self.stdout.write(f"  {row['name']} = {row['value']}{source}")
            self.stdout.write(f"      {row['meaning']}")
        if settings.GIVEN.problems:
            self.stderr.write("\n".join(["", WRONG, *settings.GIVEN.problems]))
