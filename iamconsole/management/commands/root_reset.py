"""``manage.py root_reset``: a new one-time password for root, from the machine itself."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from iamconsole.management.console_command import ConsoleCommand
from iamconsole.operations import execute
from iamconsole.supervisor.frame import frame
from users.callers.build import system_caller
from users.models import Account, User


class Command(ConsoleCommand):
    help = "Prints a new one-time password for the root user of the home account, and ends root's sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove-mfa", action="store_true", help="also remove root's MFA devices")

    def run(self, **options: Any) -> None:
        home = Account.objects.filter(is_home=True).first()
        if home is None:
            raise CommandError("There is no home account yet. Start this console once with `make run`.")
        answer = execute(
            system_caller(home), "iamconsole:ResetRootPassword", RemoveMFA=bool(options["remove_mfa"])
        )
        rows = [
            ("Account ID", home.account_id),
            ("Root e-mail", User.objects.root_of(home).email),
            ("One-time root password", answer["Password"]),
        ]
        notes = ["Sign in as root with this password. You then choose a new one."]
        if options["remove_mfa"]:
            notes.append("Root's MFA devices were removed. Assign a new one after signing in.")
        self.stdout.write(frame("Root password reset", rows, notes, sys.stdout.encoding))
