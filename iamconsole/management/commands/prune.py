"""``manage.py prune``: remove now what has been kept for its time."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection

from iamconsole.errors import IamError
from iamconsole.management.console_command import ConsoleCommand
from iamconsole.operations import execute
from iamconsole.ops import event_export, prune, space
from iamconsole.ops.ages import Ages
from iamconsole.ops.retention import all_kept

from .create_account import home_caller

NOT_SQLITE = "--compact is for SQLite. PostgreSQL's autovacuum makes room by itself."


class Command(ConsoleCommand):
    help = "Removes data that was kept for its time, in small steps. It can be stopped at any moment."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = [kept.kind for kept in all_kept()]
        parser.add_argument("--kind", choices=kinds, help="one kind of data; all kinds if not given")
        parser.add_argument("--dry-run", action="store_true", help="only say how many rows would go")
        parser.add_argument(
            "--export-again",
            action="store_true",
            help="write events whose file was lost into a new file",
        )
        parser.add_argument(
            "--compact",
            action="store_true",
            help="afterwards write SQLite's file anew; stop this console first",
        )

    def run(self, **options: Any) -> None:
        if options["compact"] and connection.vendor != "sqlite":
            raise CommandError(NOT_SQLITE)
        if options["dry_run"]:
            return self.tell(options["kind"])
        if options["export_again"]:
            event_export.export_again()
        kind = {"Kind": options["kind"]} if options["kind"] else {}
        try:
            outcome = execute(home_caller(), "iamconsole:Prune", **kind)["Outcome"]
        except IamError as error:
            raise CommandError(error.message) from error
        self.report(outcome)
        if options["compact"]:
            space.compact()
        if outcome.problems:
            raise CommandError(" ".join(f"{kind}: {why}" for kind, why in outcome.problems.items()))

    def tell(self, kind: str | None) -> None:
        """What would go."""
        ages = Ages()
        for kept in prune.chosen([kind] if kind else []):
            number = prune.counted(kept.over(ages))
            more = "or more " if number == prune.MOST_COUNTED else ""
            self.stdout.write(f"{kept.kind}: {number:,} {more}would be removed. Kept: {kept.for_how_long}.")

    def report(self, outcome: prune.Outcome) -> None:
        """What went."""
        for kind, number in outcome.removed.items():
            self.stdout.write(f"{kind}: {number:,} removed.")
        if not (outcome.removed or outcome.problems):
            self.stdout.write("Nothing was old enough to be removed.")
