"""``manage.py root_reset``: a new one-time password for root, from the machine itself."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection

from credentials.root.first_run import ensure_home_account
from iamconsole.management.console_command import ConsoleCommand
from iamconsole.operations import execute
from iamconsole.ops.one_at_a_time import upgrading
from iamconsole.supervisor.frame import frame
from users.callers.build import system_caller
from users.models import Account, User

NEXT = "Sign in as root with this password. You then choose a new one."


class Command(ConsoleCommand):
    help = (
        "Prints a new one-time password for the root user of the home account, and ends root's sessions. On "
        "a new database it creates the home account."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove-mfa", action="store_true", help="also remove root's MFA devices")

    def run(self, **options: Any) -> None:
        home = Account.objects.filter(is_home=True).first()
        if home is None:
            self._begin()
            return
        answer = execute(
            system_caller(home), "iamconsole:ResetRootPassword", RemoveMFA=bool(options["remove_mfa"])
        )
        rows = [
            ("Account ID", home.account_id),
            ("Root e-mail", User.objects.root_of(home).email),
            ("One-time root password", answer["Password"]),
        ]
        notes = [NEXT]
        if options["remove_mfa"]:
            notes.append("Root's MFA devices were removed. Assign a new one after signing in.")
        self.stdout.write(frame("Root password reset", rows, notes, sys.stdout.encoding))

    def _begin(self) -> None:
        """Make the home account, where `serve` runs the roles and nobody has run `up`."""
        with upgrading(connection, self.stderr.write):
            first = ensure_home_account()
        if first is None:
            raise CommandError("Another process has just created the home account. Run this command again.")
        rows = [
            ("Account ID", first.account_id),
            ("Root e-mail", first.email),
            ("One-time root password", first.password),
        ]
        self.stdout.write(frame("The home account is ready", rows, [NEXT], sys.stdout.encoding))
