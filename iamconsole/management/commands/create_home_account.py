"""``manage.py create_home_account``: the first account of an installation whose roles `serve` runs."""

from typing import Any

from django.db import connection

from iamconsole.management.console_command import ConsoleCommand
from iamconsole.ops.one_at_a_time import upgrading

MADE = """Account ID              {account_id}
Root e-mail             {email}
One-time root password  {password}
Sign in as root with this password. You then choose a new one."""
THERE = "There is a home account already: {account_id}. Nothing was changed."


class Command(ConsoleCommand):
    help = "Creates the home account and prints root's one-time password. `up` does it at the first start."

    def run(self, **options: Any) -> None:
        from credentials.root.first_run import ensure_home_account
        from users.models import Account

        with upgrading(connection, self.stderr.write):
            first = ensure_home_account()
        if first is None:
            known = Account.objects.get(is_home=True)
            self.stdout.write(THERE.format(account_id=known.account_id))
        else:
            text = MADE.format(account_id=first.account_id, email=first.email, password=first.password)
            self.stdout.write(text)
