"""What is kept of each sync: the plan on the Job while it runs, a SyncRun for the account's page."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from iamconsole.gateway import Calls
from iamconsole.jobs import JobRun
from iamconsole.models import Job
from users.models import Account, SyncRun

KEPT = timedelta(days=90)
STOPPED = "The worker stopped before the sync had ended."
CANCELLED = "It was cancelled."


class Record:
    """The SyncRun of one job, with what AWS was asked so far."""

    def __init__(self, account: Account, run: JobRun) -> None:
        self.run, self.calls = run, Calls()
        defaults = {"account": account, "state": SyncRun.State.RUNNING, "started_at": timezone.now()}
        close_left_open(account, run.job.id)
        self.row, _ = SyncRun.objects.update_or_create(job_id=run.job.id, defaults=defaults)

    def plan(self, expected: Mapping[str, int]) -> None:
        """Tell what AWS is going to be asked: on the job's page, and for the history."""
        self.row.planned = dict(sorted(expected.items()))
        self.run.result({"plan": self.row.planned})

    def end(self, state: str, error: str = "", **figures: Any) -> None:
        """Close the run with its figures, whatever way it ended."""
        facts = self.calls.facts()
        self.row.calls, self.row.call_count = facts["by_action"], facts["total"]
        self.row.retries, self.row.throttled = facts["retries"], facts["throttled"]
        self.row.state, self.row.error, self.row.finished_at = state, error, timezone.now()
        for name, value in figures.items():
            setattr(self.row, name, value)
        self.row.save()

    def stop(self) -> None:
        """The job is no longer ours: cancelled, or another worker goes on with the same run."""
        if Job.objects.filter(id=self.run.job.id, state=Job.State.CANCELLED).exists():
            self.end(SyncRun.State.FAILED, CANCELLED)


def close_left_open(account: Account, job_id: uuid.UUID) -> None:
    """Runs whose worker died for good, and old ones."""
    runs = SyncRun.objects.filter(account=account).exclude(job_id=job_id)
    if left := list(runs.filter(state=SyncRun.State.RUNNING).values_list("pk", flat=True)):
        runs.filter(pk__in=left).update(state=SyncRun.State.FAILED, error=STOPPED, finished_at=timezone.now())
    if old := list(runs.filter(started_at__lt=timezone.now() - KEPT).values_list("pk", flat=True)):
        runs.filter(pk__in=old).delete()
