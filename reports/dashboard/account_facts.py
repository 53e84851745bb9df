"""Figures of accounts, and what the console says of itself: one question for all of them, by account.

Every function takes accounts and answers by their keys; an account of which there is nothing to tell
is not in the answer. The number of queries does not grow with the accounts.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole.ops import own_parts, parts
from iamconsole.ops.backup.last import last_backup
from users.credential_status import KEY_LIMIT_DAYS
from users.models import WITH_MFA, WITH_PASSWORD, Account, User

Accounts = Sequence[Account]
ByAccount = dict[int, Any]


def grouped(rows: QuerySet[Any], account: str, **aggregates: Any) -> ByAccount:
    """Aggregates of rows by the account that ``account`` leads to."""
    found: Any = rows.order_by().values(account).annotate(**aggregates)
    return {row.pop(account): row for row in found}


def older_than(days: int) -> Q:
    return Q(create_date__lt=timezone.now() - timedelta(days=days))


def figures(accounts: Accounts) -> ByAccount:
    """Users, users with a password, those of them with MFA, and their active keys over 90 days."""
    found: ByAccount = {
        account.pk: {"users": 0, "passwords": 0, "with_mfa": 0, "old_keys": 0} for account in accounts
    }
    users = grouped(
        User.objects.people(accounts),
        "account",
        users=Count("pk"),
        passwords=Count("pk", filter=WITH_PASSWORD),
        with_mfa=Count("pk", filter=WITH_PASSWORD & WITH_MFA),
    )
    old_keys = AccessKey.objects.of_people(accounts).active().filter(older_than(KEY_LIMIT_DAYS))
    keys = grouped(old_keys, "user__account", n=Count("pk"))
    for account_pk, row in users.items():
        found[account_pk] |= row
    for account_pk, row in keys.items():
        found[account_pk]["old_keys"] = row["n"]
    return found


def backups(accounts: Accounts) -> ByAccount:
    """How old the last backup of this console is, told in the home account: the days, None without a backup.

    Nothing is told of a console that is younger than what is asked for, or that is backed up by other means.
    """
    home = next((account for account in accounts if account.is_home), None)
    if home is None or not settings.BACKUP_DAYS:
        return {}
    last = last_backup()
    if last is None and timezone.now() - home.created_at < timedelta(days=settings.BACKUP_DAYS):
        return {}
    return {home.pk: {"days": (timezone.now() - last).days if last else None}}


def disk(accounts: Accounts) -> ByAccount:
    """What is wrong with the disk that this web server writes to, told in the home account; nothing where
    there is room.
    """
    home = next((account for account in accounts if account.is_home), None)
    if home is None:
        return {}
    try:
        own_parts.disk()
    except (parts.Attention, parts.NotReady) as trouble:
        return {home.pk: {"sentence": str(trouble)}}
    return {}
