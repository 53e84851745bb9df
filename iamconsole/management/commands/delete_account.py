"""``manage.py delete_account``: a local account with everything in it, for scripts."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from iamconsole.errors import IamError
from iamconsole.management.console_command import ConsoleCommand
from iamconsole.operations import execute

from .create_account import home_caller


class Command(ConsoleCommand):
    help = "Deletes a local account with its users, groups, policies and credentials. Events stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account_id", help="12 digits")
        parser.add_argument("--yes", action="store_true", help="confirm the deletion")

    def run(self, **options: Any) -> None:
        if not options["yes"]:
            raise CommandError("This deletes the account and everything in it. Add --yes to confirm.")
        try:
            execute(home_caller(), "iamconsole:DeleteAccount", AccountId=options["account_id"])
        except IamError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Account {options['account_id']} was deleted.")
