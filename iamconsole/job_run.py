"""A job in the hands of one worker: its lease, its progress, and how it is given up.

The lease is a number that grows with each worker that takes the job. All times of leases are the database's:
workers whose clocks differ agree on who is silent.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from . import stopping
from .errors import IamError, NotYet
from .fence import LostLease
from .gateway import deadlines
from .models import Job, JobRow
from .operations import undoing
from .operations.caller import Caller
from .transient import Reason, reason_of

log = logging.getLogger(__name__)

T = TypeVar("T")
MAX_ATTEMPTS = 5
ROWS = 100  # read at once
BEAT_SECONDS = 0.5
LONGEST_PAUSE = 30
ASKED_AGAIN_SECONDS = 15  # for what AWS makes
NEW_TROUBLE_SECONDS = 60  # after so much work what is waited for is not that of before
WAITED_TOO_LONG = (
    "{sentence} This job waited {minutes} minutes for it in all, then ended. What is done stays done. Start "
    "it again."
)
_caller_builders: list[Callable[[Job], Caller]] = []


def build_callers_with(builder: Callable[[Job], Caller]) -> None:
    """Set how a job's starter becomes a Caller again (``users.callers.build``, a floor above)."""
    _caller_builders[:] = [builder]


def silent() -> Q:
    """Running jobs whose worker gave no sign of life. A sign from the future was given before the database's
    clock was set back: a worker that lives gives a new one twice a second.
    """
    seconds = timedelta(seconds=settings.JOB_STALE_SECONDS)
    unheard = Q(heartbeat_at__lt=Now() - seconds) | Q(heartbeat_at__gt=Now() + seconds)
    return Q(state=Job.State.RUNNING) & unheard


def waiting() -> Q:
    """Waiting jobs that can go on now."""
    longest = timedelta(seconds=2 * LONGEST_PAUSE)  # later than that: the clock was set back
    due = Q(not_before=None) | Q(not_before__lte=Now()) | Q(not_before__gt=Now() + longest)
    return Q(state=Job.State.WAITING) & due


class TimeOver(IamError):
    """A job has taken as long as its kind may (``job_kinds``)."""

    def __init__(self, job: Job) -> None:
        super().__init__("ServiceFailure", job.words.time_over)  # it does not pass by itself


class JobRun:
    """A job in the hands of this worker: its arguments, its starter, and its progress.

    Progress is written by the heartbeat's thread on a connection of its own: on SQLite a runner that
    reads a long SELECT cannot write on the same connection once anybody else has written.
    """

    def __init__(self, job: Job, lease: uuid.UUID) -> None:
        self.job = job
        self.lease = lease
        self.args: dict[str, Any] = job.args
        self.told: dict[str, Any] = {}
        self.lost = False
        self.row = 0  # the number of the row or step that is being done
        self.began = time.monotonic()
        self.deadline = deadlines.Deadline(job.words.seconds)

    @property
    def ours(self) -> QuerySet[Job]:
        """The job's row, while no other worker has it. Older releases know ``lease`` alone."""
        held = Q(lease=self.lease, lease_number=self.job.lease_number, state=Job.State.RUNNING)
        return Job.objects.filter(held, id=self.job.id)

    def holds(self) -> bool:
        """Whether the job is still ours, until the end of the transaction."""
        locked = self.ours.select_for_update(no_key=True).order_by()
        return bool(locked.values_list("id", flat=True)[:1])

    def caller(self) -> Caller:
        """The starter with the policies of this moment. Raises IamError when it may no longer act."""
        return _caller_builders[0](self.job).within(str(self.job.id), self.row)

    def checkpoint(self) -> None:
        """Where the job can stop. Raises LostLease when it is no longer ours, HandedBack when we end, and
        TimeOver when it took too long.
        """
        if self.lost:
            raise LostLease
        if self.deadline.left() <= 0:
            raise TimeOver(self.job)
        if stopping.must_stop(self.began):
            raise stopping.HandedBack

    def progress(self, done: int | None = None, total: int | None = None, note: str | None = None) -> None:
        """Tell how far the job is. Raises what ``checkpoint`` does."""
        self.checkpoint()
        changes = {"done": done, "total": total, "note": note}
        self.told = {**self.told, **{name: value for name, value in changes.items() if value is not None}}

    def beat(self) -> None:
        """Write a sign of life and what was told; called by the heartbeat's thread."""
        self.lost = not self.ours.update(heartbeat_at=Now(), **self.told)

    def check(self) -> None:
        """Ask the database whether the job is still ours, before long work. Raises LostLease."""
        self.lost = not self.ours.exists()
        self.checkpoint()

    def waiting_rows(self) -> Iterator[JobRow]:
        """The rows without a result, some at a time: SQLite refuses writes beside a SELECT that is still open
        and older than what others wrote.
        """
        last = 0
        while some := list(self.job.rows.filter(state=JobRow.State.WAITING, number__gt=last)[:ROWS]):
            for row in some:
                self.row = row.number
                yield row
            last = some[-1].number

    def row_done(self, row: JobRow, message: str = "") -> Callable[[object], None]:
        """For the door: write in the transaction of a change that its row is done, so that neither is without
        the other.
        """
        return lambda facts: self.end_row(row, JobRow.State.DONE, message)

    def end_row(self, row: JobRow, state: str, message: str = "") -> None:
        """Write the result of a row."""
        row.state, row.message = state, message
        row.save(update_fields=["state", "message"])

    def steps(self, steps: list[dict[str, Any]]) -> None:
        """Write the steps with their results; a run that takes over begins after the finished ones."""
        done = sum(step.get("state") == "done" for step in steps)
        self.job.steps = steps
        self._update(steps=steps, done=done, total=len(steps), heartbeat_at=Now())

    def result(self, result: dict[str, Any]) -> None:
        """Tell a result before the end; it stays when a later step fails."""
        self.job.result = result
        self._update(result=result)

    def _update(self, **changes: Any) -> None:
        if not self.ours.update(**changes):
            raise LostLease


def claim(job_id: str, kinds: Any) -> JobRun | None:
    """Take a job of these kinds that waits or whose worker fell silent; None when it is not to be had."""
    lease = uuid.uuid4()
    to_be_had = Job.objects.filter(waiting() | silent(), id=job_id, kind__in=kinds, attempts__lt=MAX_ATTEMPTS)
    taken = to_be_had.update(
        state=Job.State.RUNNING,
        lease=lease,
        lease_number=F("lease_number") + 1,
        started_at=Now(),
        heartbeat_at=Now(),
        attempts=F("attempts") + 1,
    )
    job = Job.objects.filter(id=job_id, lease=lease).first() if taken else None
    return JobRun(job, lease) if job else None


def finish(run: JobRun, state: str, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    """Close the job, if it is still ours. A result told before stays. Waits for the database."""
    changes = {**run.told, "state": state, "result": result or run.job.result, "error": error}

    def write() -> None:
        run.ours.update(**changes, finished_at=Now(), lease=None, waits_for="", waits_since=None)
        undoing.begin_again(str(run.job.id))

    patiently(write)


def put_off(run: JobRun, reason: Reason) -> bool:
    """Let the job wait for what passes; it goes on from where it is, and no attempt is counted. One that has
    waited for too long in all ends with the sentence: True.
    """
    began, pause = time.monotonic(), min(reason.seconds, LONGEST_PAUSE)
    worked = began - run.began > NEW_TROUBLE_SECONDS

    def write() -> bool:
        waited = round(time.monotonic() - began)
        if run.job.waited + waited + pause > settings.JOB_PATIENCE_SECONDS:
            minutes = settings.JOB_PATIENCE_SECONDS // 60
            error = WAITED_TOO_LONG.format(sentence=reason.sentence, minutes=minutes)
            finish(run, Job.State.FAILED, error=error)
            return True
        since = Now() - timedelta(seconds=waited)
        run.ours.update(
            **given_up(run),
            waits_for=reason.sentence.partition(". ")[0].rstrip(".") + ".",
            waits_since=since if worked else Coalesce(F("waits_since"), since),
            waited=F("waited") + waited + pause,
            not_before=Now() + timedelta(seconds=pause),
        )
        return False

    return patiently(write)


def come_again(run: JobRun, error: NotYet) -> bool:
    """Let the job wait without a worker for what AWS makes meanwhile. One that has taken as long as its kind
    may ends with the error's sentence: True.
    """
    oldest = Now() - timedelta(seconds=run.job.words.seconds)

    def write() -> bool:
        if run.ours.filter(created_at__lt=oldest).exists():
            finish(run, Job.State.FAILED, error=error.over)
            return True
        due = Now() + timedelta(seconds=ASKED_AGAIN_SECONDS)
        run.ours.update(**{**given_up(run), "note": error.waiting}, not_before=due)
        return False

    return patiently(write)


def hand_back(run: JobRun) -> bool:
    """Let the job wait for another worker. Whether it was still ours."""
    return bool(patiently(lambda: run.ours.update(**given_up(run)), seconds=stopping.SHORT_SECONDS))


def given_up(run: JobRun) -> dict[str, Any]:
    """What becomes of a job that goes on later: what is done of it stays, and it is sent again."""
    return {
        **run.told,
        "state": Job.State.WAITING,
        "lease": None,
        "attempts": F("attempts") - 1,
        "sent_at": None,
        "steps": run.job.steps,
    }


def patiently(do: Callable[[], T], seconds: float | None = None) -> T:
    """Do it, again and again while the database does not answer; what it does is conditional on the lease."""
    until = time.monotonic() + (settings.JOB_PATIENCE_SECONDS if seconds is None else seconds)
    while True:
        try:
            if not connection.in_atomic_block:
                close_old_connections()
            return do()
        except Exception as error:
            if reason_of(error) is None or time.monotonic() > until:
                raise
            log.warning("The database does not take what becomes of a job: %s", error)
            time.sleep(1)


@contextmanager
def heartbeat(run: JobRun) -> Iterator[None]:
    """Beat while the runner works: a long wait for AWS must not look like a dead worker."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(BEAT_SECONDS):
            try:
                close_old_connections()
                run.beat()
            except Exception:
                log.warning("Heartbeat of job %s failed", run.job.id, exc_info=True)
        connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{run.job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)
