"""What the pages show of the syncs of a linked account: how old each fact is, and what each run cost."""

from typing import Any

from django.db.models import Count, Min, Q

from users.models import Account, SyncRun, User

SHOWN = 10


def sync_context(account: Account) -> dict[str, Any]:
    """For ``users/sync_facts.html``. Empty for an account that is not linked."""
    if account.kind != Account.Kind.LINKED:
        return {}
    runs = list(SyncRun.objects.filter(account=account)[:SHOWN])
    ended = [run for run in runs if run.state in (SyncRun.State.DONE, SyncRun.State.PARTIAL)]
    users = User.objects.filter(account=account, kind=User.Kind.USER)
    never = Count("pk", filter=Q(asked_at=None))
    return {
        "sync_runs": runs,
        "last_run": ended[0] if ended else None,
        "asked": users.aggregate(oldest=Min("asked_at"), never=never),
    }


def run_of_job(job_id: Any) -> SyncRun | None:
    """The run of a sync's job, for the page of the job."""
    return SyncRun.objects.filter(job_id=job_id).first()
