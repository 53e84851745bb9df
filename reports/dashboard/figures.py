"""The first page: recommendations, counts, charts and recent events of one account."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from credentials import devices
from credentials.access_keys.reading import keys_url, may_list
from credentials.models import AccessKey
from credentials.notices import mails as notices
from iamconsole import charts
from iamconsole.addresses import reverse
from iamconsole.half_way import waiting_for
from iamconsole.models import Event
from iamconsole.not_known import NotKnown
from iamconsole.operations import Caller
from iamconsole.operations.page_reads import LIST_FINDINGS
from reports.dashboard.recommendations import Recommendation, recommendations
from users.credential_status import KEY_ERROR_DAYS, KEY_LIMIT_DAYS
from users.models import (
    WITH_MFA,
    WITH_PASSWORD,
    Account,
    DailyFigures,
    Group,
    ManagedPolicy,
    PermissionRequest,
    User,
)
from users.permission_requests.reading import may_list as may_list_requests
from users.permission_requests.reading import open_in

CHART_DAYS = 90
EVENTS = 6
MOST_OPEN = 15
REQUESTS = 5
# Days from and to, label, colour; the last one has no end.
AGES = (
    (0, 30, "0–30 d", "info"),
    (30, 60, "31–60 d", "info"),
    (60, KEY_LIMIT_DAYS, "61–90 d", "info"),
    (KEY_LIMIT_DAYS, KEY_ERROR_DAYS, "91–365 d", "medium"),
    (KEY_ERROR_DAYS, 0, "over 365 d", "critical"),
)


def dashboard(caller: Caller, account: Account) -> dict[str, Any]:
    """What the page shows, in a number of queries that does not grow with the account."""
    checks = recommendations(account, caller)
    context = {
        "account": account,
        "recommendations": shown(checks),
        "may_list_findings": caller.permits(LIST_FINDINGS),
        "open": sum(check.open for check in checks),
        "figures": figures(caller, account),
        "half_way": waiting_for(account.account_id) if caller.permits("iamconsole:ListJobs") else [],
        "requests": open_requests(caller, account),
        "keys": key_ages(account, may_list_keys=may_list(caller)),
        "coverage": coverage(account),
        "coverage_unread": account.not_known["passwords"] or account.not_known["mfa"],
        "now": timezone.now(),
    }
    if caller.permits("iamconsole:ListEvents", account.arn):
        context["mail"] = notices.trouble(account)
        recent = Event.objects.select_related("notice", "authors").filter(account_id=account.account_id)
        context["events"] = recent[:EVENTS]
    return context


def shown(checks: list[Recommendation]) -> list[Recommendation]:
    """The lines that fit on the first page: the worst that are open, and all that is not."""
    waiting = [check for check in checks if check.open]
    return waiting[:MOST_OPEN] + [check for check in checks if not check.open]


def open_requests(caller: Caller, account: Account) -> QuerySet[PermissionRequest] | None:
    """The newest requests for permissions that wait for an answer; None for who does not see them. The page
    asks for them only where its frame counts any.
    """
    if not may_list_requests(caller):
        return None
    return open_in(account.account_id).select_related("user__account")[:REQUESTS]


def figures(caller: Caller, account: Account) -> list[dict[str, Any]]:
    """The big numbers with their lists, of the lists that the caller may see."""
    users = User.objects.people(account).aggregate(
        all=Count("pk"),
        passwords=Count("pk", filter=WITH_PASSWORD),
        with_key=Count("pk", filter=Q(active_key_count__gt=0)),
        with_mfa=Count("pk", filter=WITH_PASSWORD & WITH_MFA),
    )
    list_url = reverse("users:list")
    active = AccessKey.objects.of_people(account).active().count()
    passwords = users["passwords"]
    unread = account.not_known
    people = figure(
        "Users",
        users["all"],
        "" if unread["passwords"] else f"{passwords} with password",
        list_url,
        unread["users"],
    )
    keys = figure(
        "Active access keys",
        active,
        f"of {users['with_key']} users",
        keys_url(status="active") if may_list(caller) else f"{list_url}?key=yes",
        unread["access_keys"],
    )
    covered = figure(
        "Users with MFA",
        users["with_mfa"],
        f"of {passwords} with password",
        f"{list_url}?mfa=yes",
        unread["mfa"] or unread["passwords"],
    )
    found = [people]
    if caller.permits("iam:ListGroups"):
        found.append(groups(account))
    if caller.permits("iam:ListPolicies"):
        found.append(policies(account))
    counts_devices = not unread["mfa_devices"] and caller.permits("iam:ListVirtualMFADevices")
    return [*found, keys, mfa_devices(account) if counts_devices else covered]


def groups(account: Account) -> dict[str, Any]:
    rows = Group.objects.filter(account=account)
    empty = rows.filter(users=None).count()
    unread = account.not_known["groups"]
    return figure("User groups", rows.count(), f"{empty} empty", reverse("users:groups"), unread)


def policies(account: Account) -> dict[str, Any]:
    rows = ManagedPolicy.objects.customer(account)
    loose, unread = rows.filter(attachments=None).count(), account.not_known["policies"]
    url = f"{reverse('users:policies')}?kind=customer"
    return figure("Customer policies", rows.count(), f"{loose} not attached", url, unread)


def mfa_devices(account: Account) -> dict[str, Any]:
    assigned, unassigned = devices.in_account(account)
    detail = "" if account.not_known["spare_mfa_devices"] else f"{unassigned} unassigned"
    return figure("MFA devices", assigned, detail, reverse("credentials:mfa-devices"))


def figure(
    label: str, value: int, detail: str, url: str = "", unread: NotKnown | None = None
) -> dict[str, Any]:
    """One big number; ``unread`` instead of it where it was not read."""
    return {"label": label, "value": value, "detail": detail, "url": url, "unread": unread}


def key_ages(account: Account, *, may_list_keys: bool) -> dict[str, Any]:
    """Active access keys of users by age, as a histogram; each bar leads to its keys, for whoever may list
    them, else to their users.
    """
    now = timezone.now()
    counts = (
        AccessKey.objects.of_people(account)
        .active()
        .aggregate(
            **{
                f"n{number}": Count("pk", filter=between(now, youngest, oldest))
                for number, (youngest, oldest, _, _) in enumerate(AGES)
            }
        )
    )
    list_url = keys_url(status="active") + "&" if may_list_keys else reverse("users:list") + "?"
    rows = [
        (label, counts[f"n{number}"], f"{list_url}key_days={youngest}-{oldest or ''}", fill)
        for number, (youngest, oldest, label, fill) in enumerate(AGES)
    ]
    bars, lines = charts.bars(rows)
    return {
        "bars": bars,
        "lines": lines,
        "total": sum(bar.value for bar in bars),
        "old": sum(bar.value for bar in bars[3:]),
        "limit_x": round((bars[2].middle + bars[3].middle) / 2, 1),
    }


def between(now: Any, youngest: int, oldest: int) -> Q:
    """Keys older than ``youngest`` days and not older than ``oldest``; 0 sets no bound."""
    found = Q()
    if youngest:
        found &= Q(create_date__lt=now - timedelta(days=youngest))
    if oldest:
        found &= Q(create_date__gte=now - timedelta(days=oldest))
    return found


def coverage(account: Account) -> dict[str, Any]:
    """MFA among those who have a password: now, and over the last days that were kept."""
    users = User.objects.people(account).with_password()
    counts = users.aggregate(all=Count("pk"), covered=Count("pk", filter=WITH_MFA))
    today = DailyFigures(passwords=counts["all"], passwords_with_mfa=counts["covered"])
    since = timezone.now().date() - timedelta(days=CHART_DAYS)
    kept = list(DailyFigures.objects.filter(account=account, day__gt=since, day__lt=timezone.now().date()))
    points = [(row.day, row.coverage) for row in kept]
    points.append((timezone.now().date(), today.coverage))
    return {
        **counts,
        "percent": today.coverage,
        "curve": charts.curve(points),
        "points": points,
        "before": points[0] if len(points) > 1 else None,
        "goal": charts.GOAL,
    }
