"""The same kind of house at any size, for benchmarks.growth: what tests/growth/filling.py fills, in a file.

People of one account, other accounts beside it, and a long history. Everything but reports grows with the
people; whoever administers it (alice) can switch to every account.
"""

import json

from django.core.management import call_command
from django.db import connection

from iamconsole.models import Event, Job
from tests.cast import ADMINISTRATOR_ACCESS, HOME_ID, PASSWORD, make_account, make_user
from tests.growth.filling import ALLOW, Filling, Installation, other_account
from users.models import Account, ManagedPolicy, PolicyAttachment, User
from users.policies import catalogue

AT_ONCE = 1_000  # users in memory while the house is filled
USERS_BESIDE = 20  # in each of the other accounts
REPORTS = 12
ADMINISTRATORS = 30
DETAIL = {
    "Params": {"UserName": "user-00042", "Tags": [{"Key": "team", "Value": "web"}]},
    "Changed": {"tags": [{"team": "data"}, {"team": "web"}], "email": ["a@example.com", "b@example.com"]},
}
DETAIL_AS = {"sqlite": "%s", "postgresql": "%s::jsonb"}
UUID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
EARLIER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', event.at, '-' || (7 * turn) || ' minutes')",
    "postgresql": "event.at - turn * interval '7 minutes'",
}


class Household(Filling):
    """An account with a few reports, however many people it has."""

    def add_reports(self, new: int) -> None:
        if not hasattr(self, "report"):
            super().add_reports(REPORTS * 10)


class House(Installation):
    """The home account and others beside it, with the pages that tests.growth.subjects names."""

    def __init__(self, home: Account) -> None:
        super().__init__(home)
        self.home = Household(home)

    def build(self, people: int, accounts: int, events: int) -> None:
        for size in range(AT_ONCE, people + 1, AT_ONCE):
            self.home.grow(size)
        for number in range(accounts):
            other = Household(other_account(number), number + 1)
            other.grow(USERS_BESIDE)
            self.others.append(other)
        self.grow_organization(accounts)
        lengthen_history(events)
        few_administrators()


def few_administrators() -> None:
    """A house has as many administrators as it has, however many people it has; alice is one of them."""
    ManagedPolicy.objects.filter(policy_name="wide").update(document=ALLOW.format("s3:Get*", "*"))
    every = PolicyAttachment.objects.filter(policy__arn=ADMINISTRATOR_ACCESS).order_by("pk")
    kept = list(every.exclude(user=None).values_list("pk", flat=True)[:ADMINISTRATORS])
    every.exclude(pk__in=kept).delete()


def lengthen_history(events: int) -> None:
    """Write the events that there are again, as older ones with a longer detail, until there are so many."""
    have = Event.objects.count()
    table = connection.ops.quote_name(Event._meta.db_table)
    names = [connection.ops.quote_name(field.column) for field in Event._meta.local_fields]
    written = {'"id"': UUID[connection.vendor], '"at"': EARLIER[connection.vendor]}
    written['"detail"'] = DETAIL_AS[connection.vendor]
    turns = "WITH RECURSIVE turns(turn) AS (SELECT 1 UNION ALL SELECT turn + 1 FROM turns WHERE turn < %s)"
    values = ", ".join(written.get(name, f"event.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) {turns} "  # noqa: S608
            f"SELECT {values} FROM turns, {table} event LIMIT %s",
            [-(-events // have), json.dumps(DETAIL), events - have],
        )


def fill(people: int, accounts: int, events: int) -> None:
    """Tables, the catalogue, alice, and the house; the database must be empty."""
    call_command("migrate", verbosity=0, interactive=False)
    catalogue.load()
    home = make_account(HOME_ID, name="main", alias="northwind", is_home=True)
    make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    House(home).build(people, accounts, events)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def opened() -> House:
    """The house of a filled database, as the subjects of tests/growth need it."""
    house = House.__new__(House)
    house.home = household(Account.objects.get(is_home=True))
    beside = Account.objects.filter(is_home=False, pk__in=User.objects.people().values("account"))
    house.others = [household(account) for account in beside.order_by("account_id")]
    return house


def household(account: Account) -> Household:
    known = Household.__new__(Household)
    known.account = account
    known.users = list(account.users.filter(user_name="user-00000"))
    known.groups = list(account.groups.filter(group_name="wide"))
    known.policies = list(account.managed_policies.filter(policy_name="wide"))
    known.report = account.credential_reports.order_by("-generated_at").first()
    known.job = Job.objects.filter(account_id=account.account_id, rows__number=1).first()
    return known
