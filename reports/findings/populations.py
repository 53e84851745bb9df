"""How many subjects of each kind accounts have: what rules look at, counted in one query for each table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from credentials.models import AccessKey
from reports.findings.rule import Population
from reports.findings.shared import once
from users.credential_status import GRACE_DAYS
from users.models import WITH_PASSWORD, Account, User

EVERYDAY = Q(break_glass=False)
PERSON, WORKLOAD = Q(user_type=User.UserType.PERSON), Q(user_type=User.UserType.WORKLOAD)
USERS: Mapping[str, Q] = {
    "people": Q(),
    "everyday": EVERYDAY,
    "passwords": WITH_PASSWORD,
    "everyday passwords": WITH_PASSWORD & EVERYDAY,
    "with active keys": Q(active_key_count__gt=0),
    "persons": PERSON,
    "workloads": WORKLOAD,
    "break-glass": ~EVERYDAY,
    "break-glass passwords": WITH_PASSWORD & ~EVERYDAY,
}
ACTIVE = Q(status=AccessKey.Status.ACTIVE)
KEYS: Mapping[str, Q] = {
    "active": ACTIVE,
    "everyday": ACTIVE & Q(user__break_glass=False),
    "with password": ACTIVE & Q(user__break_glass=False, user__password_enabled=True),
    "with review date": Q(review_date__isnull=False),
    "all": Q(),
}


def users(accounts: Sequence[Account], among: str) -> Population:
    """IAM users by account: all, or those of an entry of USERS."""
    return having(_users(accounts), among)


def access_keys(accounts: Sequence[Account], among: str) -> Population:
    """Access keys of IAM users by account, those of an entry of KEYS."""
    return having(_access_keys(accounts), among)


@once
def _users(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    return counted(User.objects.people(accounts), "account", USERS)


@once
def _access_keys(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    return counted(AccessKey.objects.of_people(accounts), "user__account", KEYS)


def counted(rows: QuerySet[Any], account: str, among: Mapping[str, Q]) -> list[dict[str, Any]]:
    """One row for each account that has any: the key of the account, and a number for each name."""
    numbers = {f"number_{index}": Count("pk", filter=q) for index, q in enumerate(among.values())}
    found: Any = rows.order_by().values(account).annotate(**numbers)
    return [
        {"account": row[account]} | {name: row[f"number_{index}"] for index, name in enumerate(among)}
        for row in found
    ]


def having(rows: Sequence[Mapping[str, Any]], name: str) -> Population:
    return {row["account"]: row[name] for row in rows if row[name]}


def by_account(rows: QuerySet[Any], account: str = "account") -> Population:
    """How many of the rows each account has."""
    found: Any = rows.order_by().values_list(account).annotate(number=Count("pk"))
    return dict(found)


def of_holders(rows: QuerySet[Any], accounts: Sequence[Account]) -> Population:
    """How many rows that a user or a group has each of the accounts has."""
    found: Counter[int] = Counter()
    for holder in ("user__account", "group__account"):
        found.update(by_account(rows.filter(**{f"{holder}__in": accounts}), holder))
    return found


def no_longer_new() -> Q:
    """Users who were created before the grace period began."""
    return Q(create_date__lte=timezone.now() - timedelta(days=GRACE_DAYS))
