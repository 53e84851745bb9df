"""``manage.py rules``: what findings are looked for, and which controls of standards each rule checks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reports.findings import page
from reports.findings.rules import RULES


class Command(BaseCommand):
    help = "Prints every rule of findings with its severity."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--page", action="store_true", help="print docs/findings.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["page"]:
            self.stdout.write(page.page(), ending="")
            return
        for rule in RULES:
            self.stdout.write(f"{rule.id}  ({rule.severity.label.lower()})  {rule.title}")
