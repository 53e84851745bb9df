"""Credentials that nobody uses: each password and each access key is a row of its own.

Unused counts from the last use; of a credential that was never used, from its creation. What was
created, or set anew, within the grace period is never shown. Root is not an IAM user and not listed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, DateTimeField, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole.words import plural
from users.credential_status import GRACE_DAYS, UNUSED_LIMIT_DAYS
from users.models import WITH_PASSWORD, Account, PasswordPolicy, User

PASSWORD, KEY = "password", "key"
KINDS = {PASSWORD: "Password", KEY: "Access key"}
# CIS asks for 45 days, older benchmarks and AWS Config for 90 (IAM-FACTS 12).
DAYS = (30, 45, 60, 90, 180, 365)
DEFAULT_DAYS, DEFAULT_GRACE = UNUSED_LIMIT_DAYS, GRACE_DAYS
MOST_DAYS = 3650
NUMBER_OF_DAYS = re.compile(r"[0-9]{1,9}")
# Sorts what was never used before everything that was.
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = (
    "what",
    "ref",
    "user_ref",
    "name",
    "folded",
    "key_id",
    "key_slot",
    "created",
    "used",
    "used_or_never",
    "since",
    "region",
    "service",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as unused, and which kind of credential is asked for ("" for both)."""

    days: int = DEFAULT_DAYS
    grace: int = DEFAULT_GRACE
    kind: str = ""
    words: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Rule":
        """From an address. What makes no sense there counts as not given."""
        kind = query.get("kind", "")
        return cls(
            days=whole(query.get("days", ""), 1, DEFAULT_DAYS),
            grace=whole(query.get("grace", ""), 0, DEFAULT_GRACE),
            kind=kind if kind in KINDS else "",
            words=search_words(query),
        )

    def fits(self, created: datetime, used: datetime | None, now: datetime) -> bool:
        """The same for one credential, when it is about to be deactivated."""
        idle_since = used or created
        return idle_since <= now - timedelta(self.days) and created <= now - timedelta(self.grace)


def search_words(query: Mapping[str, str]) -> str:
    """What is looked for. No name has a NUL, which PostgreSQL would not take."""
    return query.get("q", "").replace("\0", "").strip()


def whole(text: str, least: int, default: int) -> int:
    """A number of days in bounds."""
    return int(text) if NUMBER_OF_DAYS.fullmatch(text) and least <= int(text) <= MOST_DAYS else default


def unused(account: Account, rule: Rule) -> QuerySet[Any, dict[str, Any]]:
    """The rows under the rule, as dictionaries of COLUMNS."""
    parts = {PASSWORD: passwords(account, rule), KEY: keys(account, rule)}
    if rule.kind:
        return parts[rule.kind]
    return parts[PASSWORD].union(parts[KEY], all=True)


def counts(account: Account, rule: Rule) -> dict[str, int]:
    """How many of each kind."""
    return counts_by_account([account], rule)[account.pk]


def counts_by_account(accounts: Sequence[Account], rule: Rule) -> dict[int, dict[str, int]]:
    """The same for several accounts, by their keys, in as many queries as for one."""
    found = {account.pk: {PASSWORD: 0, KEY: 0, "all": 0} for account in accounts}
    kinds = ((PASSWORD, "account", idle_passwords), (KEY, "user__account", idle_keys))
    for kind, path, rows in kinds:
        numbers = rows(accounts, rule).order_by().values_list(path).annotate(number=Count("pk"))
        for account_pk, number in numbers:
            found[account_pk][kind] = number
            found[account_pk]["all"] += number
    return found


def passwords(account: Account, rule: Rule) -> QuerySet[Any, dict[str, Any]]:
    """Passwords that could be used. Setting one anew is its creation."""
    rows = idle_passwords([account], rule)
    return (
        rows.order_by()
        .annotate(
            what=Value(PASSWORD),
            ref=F("pk"),
            user_ref=F("user_id"),
            name=F("user_name"),
            folded=F("name_folded"),
            key_id=Value(None, output_field=CharField()),
            key_slot=Value(0, output_field=IntegerField()),
            region=Value(""),
            service=Value(""),
        )
        .values(*COLUMNS)
    )


def idle_passwords(accounts: Sequence[Account], rule: Rule) -> QuerySet[User]:
    """Their users, with the moments that the rule is about."""
    usable = people(accounts, rule).filter(usable_password(accounts))
    return under(
        usable.annotate(
            created=Coalesce("password_last_changed", "create_date"),
            used=F("password_last_used"),
            used_or_never=Coalesce("password_last_used", never()),
        ),
        rule,
    )


def keys(account: Account, rule: Rule) -> QuerySet[Any, dict[str, Any]]:
    """Active access keys: an inactive one can do nothing."""
    rows = idle_keys([account], rule)
    return (
        rows.order_by()
        .annotate(
            what=Value(KEY),
            ref=F("pk"),
            user_ref=F("user__user_id"),
            name=F("user__user_name"),
            folded=F("user__name_folded"),
            key_id=F("access_key_id"),
            key_slot=Cast("slot", IntegerField()),
            region=F("last_used_region"),
            service=F("last_used_service"),
        )
        .values(*COLUMNS)
    )


def idle_keys(accounts: Sequence[Account], rule: Rule) -> QuerySet[AccessKey]:
    """The keys themselves, with the moments that the rule is about."""
    active = AccessKey.objects.of_people(accounts).active()
    if rule.words:
        words = Q(user__name_folded__contains=rule.words.lower()) | Q(access_key_id=rule.words.upper())
        active = active.filter(words)
    return under(
        active.annotate(
            created=F("create_date"),
            used=F("last_used_date"),
            used_or_never=Coalesce("last_used_date", never()),
        ),
        rule,
    )


def under(rows: QuerySet[Any], rule: Rule) -> QuerySet[Any]:
    """The rows that the rule calls unused."""
    now = timezone.now()
    idle = rows.annotate(since=Coalesce("used", "created"))
    return idle.filter(since__lte=now - timedelta(rule.days), created__lte=now - timedelta(rule.grace))


def never() -> Value:
    return Value(BEFORE_ALL, output_field=DateTimeField())


def people(accounts: Sequence[Account], rule: Rule) -> QuerySet[User]:
    users = User.objects.people(accounts)
    return users.filter(name_folded__contains=rule.words.lower()) if rule.words else users


def usable_password(accounts: Sequence[Account]) -> Q:
    """With a password; one that expired for good is of no use until an administrator resets it."""
    usable = WITH_PASSWORD
    for policy in PasswordPolicy.objects.filter(account__in=accounts, hard_expiry=True):
        if policy.lifetime is not None:
            expired = Q(password_last_changed=None) | Q(
                password_last_changed__lte=timezone.now() - policy.lifetime
            )
            usable &= ~(Q(account=policy.account_id) & expired)
    return usable


def without_credential(account: Account, rule: Rule) -> QuerySet[User]:
    """Users who cannot do anything: no password of use and no active access key. They are not "unused"."""
    return people([account], rule).filter(~usable_password([account]), active_key_count=0)


def why_none(user: User) -> str:
    """Why the user has no usable credential."""
    password = "Password expired, an administrator must reset it" if user.password_enabled else "No password"
    if not user.access_key_count:
        return f"{password}, no access key"
    return f"{password}, {plural(user.access_key_count, 'inactive access key')}"
