"""What is kept of each sync: the plan on the Job while it runs, a row for the account's page."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from iamconsole.fence import lifted
from iamconsole.gateway import Calls
from iamconsole.jobs import JobRun
from iamconsole.models import Job
from iamconsole.sync.accounts import LinkedAccount

CANCELLED = "It was cancelled."


class Record:
    """The row of one job's sync (``LinkedAccount.run``), with what AWS was asked so far."""

    def __init__(self, account: LinkedAccount, run: JobRun) -> None:
        self.run, self.calls = run, Calls()
        self.row = account.run(run.job.id)

    def plan(self, expected: Mapping[str, int]) -> None:
        """Tell what AWS is going to be asked: on the job's page, and for the history."""
        self.row.planned = dict(sorted(expected.items()))
        self.run.result({"plan": self.row.planned})

    def done(self, *, partial: bool, **figures: Any) -> None:
        """Close a run that came to its end with its figures."""
        state = self.row.State
        self._end(state.PARTIAL if partial else state.DONE, **figures)

    def failed(self, error: str) -> None:
        """Close a run that did not."""
        self._end(self.row.State.FAILED, error)

    def _end(self, state: str, error: str = "", **figures: Any) -> None:
        facts = self.calls.facts()
        self.row.calls, self.row.call_count = facts["by_action"], facts["total"]
        self.row.retries, self.row.throttled = facts["retries"], facts["throttled"]
        self.row.state, self.row.error, self.row.finished_at = state, error, timezone.now()
        for name, value in figures.items():
            setattr(self.row, name, value)
        self.row.save()

    def counted(self) -> dict[str, Any]:
        """What AWS was asked by now, also of a run that was closed before."""
        facts = self.calls.facts()
        self.row.calls, self.row.call_count = facts["by_action"], facts["total"]
        self.row.retries, self.row.throttled = facts["retries"], facts["throttled"]
        self.row.save(update_fields=["calls", "call_count", "retries", "throttled"])
        return facts

    def stop(self) -> None:
        """The job is no longer ours: cancelled, or another worker goes on with the same run."""
        with lifted():
            if Job.objects.filter(id=self.run.job.id, state=Job.State.CANCELLED).exists():
                self.failed(CANCELLED)
