"""The syncs of all accounts one may act in: how old, how long, how many calls, what failed."""

from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from iamconsole.models import Job
from iamconsole.operations import require
from iamconsole.sync.accounts import SYNC
from iamconsole.web import signed_in
from users.accounts import sync_schedule
from users.accounts.across import matches, reachable
from users.accounts.sync_calls import calls_by_action
from users.callers.build import ADMINISTRATOR, roles_in
from users.models import Account
from users.pages import own_caller
from users.requests import ConsoleRequest

PER_PAGE = 50
DAYS = 7
NEVER = datetime(1970, 1, 1, tzinfo=timezone.get_default_timezone())


@require_GET
@signed_in
def sync_list(request: ConsoleRequest) -> HttpResponse:
    """Linked accounts, those that failed or are oldest first."""
    own = own_caller(request)
    require(own, "iamconsole:ListAccounts")
    words = request.GET.get("q", "").strip()
    linked = [account for account in reachable(request) if account.kind == Account.Kind.LINKED]
    found = sorted((account for account in linked if matches(account, words)), key=urgency)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = [account.account_id for account in page]
    latest, failures = latest_jobs(shown), failures_of(shown)
    now = timezone.now()
    context = {
        "rows": [
            {
                "account": account,
                "link": account.link,
                "job": latest.get(account.account_id),
                "seconds": seconds_of(latest.get(account.account_id)),
                "calls": total_of(calls_by_action(account.link.sync_counts)),
                "failures": failures.get(account.account_id, 0),
                "age": age_of(account.link.synced_at, now),
                "next": sync_schedule.next_sync(account.link),
                "may_sync": ADMINISTRATOR in roles_in(request.user, own, account),
            }
            for account in page
        ],
        "page": page,
        "total": len(linked),
        "words": words,
        "days": DAYS,
        "now": now,
    }
    return render(request, "users/accounts/syncs.html", context)


def urgency(account: Account) -> tuple[bool, datetime]:
    """Those whose last sync failed, then by age."""
    return (not account.link.sync_error, account.link.synced_at or NEVER)


def age_of(moment: datetime | None, now: datetime) -> str:
    """How long ago in one unit: 5 min, 3 h, 2 d."""
    if moment is None:
        return "Never"
    minutes = int((now - moment).total_seconds() // 60)
    for unit, size in (("d", 24 * 60), ("h", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{max(minutes, 0)} min"


def syncs_of(account_ids: list[str]) -> Any:
    since = timezone.now() - timedelta(days=DAYS)
    return Job.objects.filter(kind=SYNC, account_id__in=account_ids, created_at__gte=since)


def latest_jobs(account_ids: list[str]) -> dict[str, Job]:
    """The newest sync of each account, of the last days."""
    rows = syncs_of(account_ids).order_by("created_at").values_list("account_id", "id")
    newest = dict(rows)
    return {job.account_id: job for job in Job.objects.filter(id__in=newest.values())}


def failures_of(account_ids: list[str]) -> dict[str, int]:
    """How many syncs of the last days failed, by account."""
    failed = syncs_of(account_ids).filter(state=Job.State.FAILED).order_by()
    return dict(failed.values_list("account_id").annotate(number=Count("id")))


def seconds_of(job: Job | None) -> float | None:
    """How long a sync took, without its wait for a worker."""
    if job is None or job.started_at is None or job.finished_at is None:
        return None
    return (job.finished_at - job.started_at).total_seconds()


def total_of(calls: dict[str, int] | None) -> int | None:
    """How many calls these are, None where they were not counted."""
    return None if calls is None else sum(calls.values())
