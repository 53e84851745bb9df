"""What the recommendations ask of accounts: each question once for all of them, grouped by account.

Every function takes accounts and answers by their keys; an account of which there is nothing to tell
is not in the answer. The number of queries does not grow with the accounts.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from credentials.models import AccessKey, ServerCertificate
from credentials.server_certificates.rows import STATUSES, having
from iamconsole.ops import own_parts, parts
from iamconsole.ops.backup.last import last_backup
from reports.unused.unused import Rule, counts_by_account
from users.callers.administrators import administering as administering_of
from users.callers.administrators import administrator_attachments
from users.credential_status import KEY_ERROR_DAYS, KEY_LIMIT_DAYS, UNUSED_LIMIT_DAYS
from users.models import WITH_MFA, WITH_PASSWORD, Account, PasswordPolicy, User

Accounts = Sequence[Account]
ByAccount = dict[int, Any]


def grouped(rows: QuerySet[Any], account: str, **aggregates: Any) -> ByAccount:
    """Aggregates of rows by the account that ``account`` leads to."""
    found: Any = rows.order_by().values(account).annotate(**aggregates)
    return {row.pop(account): row for row in found}


def older_than(days: int) -> Q:
    return Q(create_date__lt=timezone.now() - timedelta(days=days))


def roots(accounts: Accounts) -> ByAccount:
    """The root user; that of an imported account may not be known."""
    users = User.objects.roots(accounts).select_related("account")
    return {user.account_id: user for user in users}


def without_mfa(accounts: Accounts) -> ByAccount:
    """Users with a password, how many of them are without MFA, and the oldest of these."""
    users = User.objects.people(accounts).with_password()
    found = grouped(users, "account", all=Count("pk"), without=Count("pk", filter=Q(mfa_count=0)))
    place = Window(RowNumber(), partition_by=F("account"), order_by=[F("create_date").asc(), F("pk").asc()])
    oldest = users.without_mfa().annotate(place=place).filter(place=1)
    for user in oldest.order_by():
        found[user.account_id]["oldest"] = user.user_name
    return found


def administering(accounts: Accounts) -> ByAccount:
    """Who administers each account, and by what."""
    found: ByAccount = defaultdict(list)
    for one in administering_of(accounts):
        found[one.user.account_id].append(one)
    return found


def key_ages(accounts: Accounts) -> ByAccount:
    """Active keys over the two limits, and the oldest."""
    return grouped(
        AccessKey.objects.of_people(accounts).active(),  # those of root are a recommendation of their own
        "user__account",
        old=Count("pk", filter=older_than(KEY_LIMIT_DAYS)),
        very_old=Count("pk", filter=older_than(KEY_ERROR_DAYS)),
        oldest=Min("create_date"),
    )


def unused(accounts: Accounts) -> ByAccount:
    """Credentials that nobody uses, by kind."""
    return counts_by_account(accounts, Rule(days=UNUSED_LIMIT_DAYS))


def types(accounts: Accounts) -> ByAccount:
    """Of how many users somebody has said what they are, and who of these has what it should not."""
    person, workload = Q(user_type=User.UserType.PERSON), Q(user_type=User.UserType.WORKLOAD)
    return grouped(
        User.objects.people(accounts),
        "account",
        told=Count("pk", filter=person | workload),
        passwords=Count("pk", filter=workload & WITH_PASSWORD),
        keys=Count("pk", filter=person & Q(active_key_count__gt=0)),
    )


def reviews(accounts: Accounts) -> ByAccount:
    """Keys with a review date, those whose day has come, and the first day."""
    return grouped(
        AccessKey.objects.of_people(accounts).filter(review_date__isnull=False),
        "user__account",
        all=Count("pk"),
        due=Count("pk", filter=Q(review_date__lte=timezone.now().date())),
        first=Min("review_date"),
    )


def password_policies(accounts: Accounts) -> ByAccount:
    return {policy.account_id: policy for policy in PasswordPolicy.objects.filter(account__in=accounts)}


def attached_administrators(accounts: Accounts) -> ByAccount:
    """To how many users and to how many groups AdministratorAccess is attached."""
    attached = administrator_attachments()
    found: ByAccount = defaultdict(lambda: {"direct": 0, "groups": 0})
    for name, holder in (("direct", "user__account"), ("groups", "group__account")):
        mine = attached.filter(**{f"{holder}__in": accounts})
        for account_pk, row in grouped(mine, holder, number=Count("pk")).items():
            found[account_pk][name] = row["number"]
    return found


def certificates(accounts: Accounts) -> ByAccount:
    """Server certificates by status."""
    rows = ServerCertificate.objects.filter(account__in=accounts)
    of_status = {status: Count("pk", filter=having(status)) for status in STATUSES}
    return grouped(rows, "account", all=Count("pk"), **of_status)


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
