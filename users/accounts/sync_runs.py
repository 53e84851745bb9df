"""What the pages show of the syncs of a linked account: how old each fact is, and what each run cost."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Min, Q
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from iamconsole.history import history_page
from iamconsole.models import Job
from users.models import Account, SyncRun, User

SHOWN = 10


def sync_context(account: Account, query: Mapping[str, str]) -> dict[str, Any]:
    """For ``users/accounts/sync_facts.html``: the page of runs of the address, and the last run that has read
    the account. Empty for an account that is not linked.
    """
    if account.kind != Account.Kind.LINKED:
        return {}
    runs = SyncRun.objects.filter(account=account)
    ended = runs.filter(state__in=(SyncRun.State.DONE, SyncRun.State.PARTIAL))
    users = User.objects.people(account)
    never = Count("pk", filter=Q(asked_at=None))
    denied, unread = (account.link.sync_counts.get(name, ()) for name in ("denied", "unknown"))
    return {
        "denied_reads": actions(denied),
        "unread_reads": actions(name for name in unread if name not in denied),
        "sync_runs": history_page([runs], query, SHOWN, ("-started_at", "-id")),
        "last_run": ended.first(),
        "asked": users.aggregate(oldest=Min("asked_at"), never=never),
    }


def actions(operations: Iterable[str]) -> str:
    """Operations of IAM as policies name them."""
    return ", ".join(f"iam:{name}" for name in operations)


def calls_of_job(job: Job) -> list[SafeString]:
    """For the page of a sync's job: what it was expected to ask AWS, and what it asked."""
    run, denied = SyncRun.objects.filter(job_id=job.id).first(), job.result.get("denied", ())
    if run is None or not run.planned:
        return []
    return [render_to_string("users/accounts/sync_calls.html", {"run": run, "denied": actions(denied)})]
