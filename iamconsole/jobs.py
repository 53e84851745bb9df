"""Long work with progress, which survives a dead worker and a dead broker.

The row in the database is the job; the message in the broker only wakes a worker. ``start`` makes
the row in the transaction of its cause and sends after the commit. ``run`` claims the row with a
lease; a worker that falls silent loses it, and ``sweep`` sends again what is waiting or silent.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from redis.exceptions import RedisError

from .errors import STEP_FAILED, IamError, why_failed
from .gateway import deadlines
from .models import Job, JobRow
from .operations import undoing
from .operations.caller import Caller
from .ops import broker, request_ids
from .typed_forms import check_sent

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
ROWS = 100  # read at once
Runner = Callable[["JobRun"], dict[str, Any] | None]
_kinds: dict[str, Runner] = {}
_then: dict[str, Callable[[Job], None]] = {}
_caller_builders: list[Callable[[Job], Caller]] = []
_caller_finders: list[Callable[[Any, str], Caller | None]] = []

GAVE_UP = "The worker stopped {attempts} times while it ran this job, so the job ended. Start it again."
BROKEN = "The job failed because of an error in this console. See the worker's log, then start it again."


class AlreadyOpen(IamError):
    """An open job holds the same exclusive key; ``job`` is that one."""

    def __init__(self, job: Job | None) -> None:
        super().__init__("ConcurrentModification", "This is already running. Its progress is shown below.")
        self.job = job


class TimeOver(IamError):
    """A job has taken as long as its kind may (``job_kinds``)."""

    def __init__(self, job: Job) -> None:
        super().__init__("LimitExceeded", job.words.time_over)  # it does not pass by itself


class LostLease(Exception):
    """Another worker has taken the job over, or it was cancelled: this one stops."""


def job_kind(kind: str) -> Callable[[Runner], Runner]:
    """Declare how jobs of a kind run. The runner must be idempotent: it may run again from the start."""

    def declare(runner: Runner) -> Runner:
        _kinds[kind] = runner
        return runner

    return declare


def after(kind: str, then: Callable[[Job], None]) -> None:
    """Have ``then`` called where a job of that kind has ended and its worker is free."""
    _then[kind] = then


def known_kinds() -> frozenset[str]:
    """The kinds of jobs that this release can run."""
    return frozenset(_kinds)


def find_callers_with(finder: Callable[[Any, str], Caller | None]) -> None:
    """Set who the person of a request is in an account (``users.accounts.views.accounts``, a floor above)."""
    _caller_finders[:] = [finder]


def caller_in(request: Any, account_id: str) -> Caller | None:
    """The person of a request in the account of a job; None where there is no role to take."""
    return next((caller for find in _caller_finders if (caller := find(request, account_id))), None)


def build_callers_with(builder: Callable[[Job], Caller]) -> None:
    """Set how a job's starter becomes a Caller again (``users.callers.build``, a floor above)."""
    _caller_builders[:] = [builder]


def start(
    caller: Caller,
    kind: str,
    *,
    args: dict[str, Any] | None = None,
    exclusive_key: str = "",
    starter: dict[str, Any] | None = None,
    steps: list[dict[str, Any]] | None = None,
) -> Job:
    """Make a job and send it once the transaction around is committed. Raises AlreadyOpen, and NotSent where
    the form that starts it is only shown.

    A dead broker is no error: the job waits, and the sweeper sends it later.
    """
    check_sent()
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                account_id=caller.account_id,
                args=args or {},
                exclusive_key=exclusive_key,
                started_by_arn=caller.arn,
                started_by_id=caller.person_id,
                starter=starter or {},
                steps=steps or [],
            )
            transaction.on_commit(lambda: send(job.id), robust=True)
    except IntegrityError:
        raise AlreadyOpen(open_job(exclusive_key)) from None
    return job


def open_job(exclusive_key: str) -> Job | None:
    """The waiting or running job of that key."""
    return Job.objects.filter(exclusive_key=exclusive_key, state__in=Job.OPEN_STATES).first()


def send(job_id: uuid.UUID) -> bool:
    """Wake a worker for the job. False when the broker is away, or was a moment ago."""
    from .tasks import run_job

    if broker.is_known_bad():
        return False
    try:
        run_job.apply_async(args=(str(job_id),), retry=False, ignore_result=True)
    except (run_job.OperationalError, RedisError) as error:
        log.warning("The broker did not take job %s: %s", job_id, error)
        broker.note(error)
        return False
    Job.objects.filter(id=job_id).update(sent_at=timezone.now())
    return True


def cancel(job: Job) -> bool:
    """Cancel a job that is waiting or running; a running one stops at its next progress."""
    stopped = Job.objects.filter(id=job.id, state__in=Job.OPEN_STATES).update(
        state=Job.State.CANCELLED, finished_at=timezone.now(), lease=None
    )
    undoing.begin_again(str(job.id))
    return bool(stopped)


def stuck() -> QuerySet[Job]:
    """Jobs that wait for longer than a living worker would let them, by the clock of the database."""
    late = Now() - timedelta(seconds=2 * settings.JOB_STALE_SECONDS)
    return Job.objects.filter(state=Job.State.WAITING, created_at__lt=late)


def silent_since() -> Any:
    return timezone.now() - timedelta(seconds=settings.JOB_STALE_SECONDS)


def sweep() -> int:
    """Send again what waits or fell silent; give up what died too often. Returns how many were sent."""
    before = silent_since()
    silent = Q(state=Job.State.RUNNING, heartbeat_at__lt=before)
    Job.objects.filter(silent, attempts__gte=MAX_ATTEMPTS).update(
        state=Job.State.FAILED,
        error=GAVE_UP.format(attempts=MAX_ATTEMPTS),
        finished_at=timezone.now(),
        lease=None,
    )
    unsent = Q(state=Job.State.WAITING) & (Q(sent_at__isnull=True) | Q(sent_at__lt=before))
    waiting = Job.objects.filter(silent | unsent).values_list("id", flat=True)
    return sum(send(job_id) for job_id in waiting)


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
        self.deadline = deadlines.Deadline(job.words.seconds)

    def caller(self) -> Caller:
        """The starter with the policies of this moment. Raises IamError when it may no longer act."""
        return _caller_builders[0](self.job).within(str(self.job.id), self.row)

    def progress(self, done: int | None = None, total: int | None = None, note: str | None = None) -> None:
        """Tell how far the job is. Raises LostLease when it is no longer ours, TimeOver when it took too
        long.
        """
        if self.lost:
            raise LostLease
        if self.deadline.left() <= 0:
            raise TimeOver(self.job)
        changes = {"done": done, "total": total, "note": note}
        self.told = {**self.told, **{name: value for name, value in changes.items() if value is not None}}

    def beat(self) -> None:
        """Write a sign of life and what was told; called by the heartbeat's thread."""
        ours = Job.objects.filter(id=self.job.id, lease=self.lease, state=Job.State.RUNNING)
        self.lost = not ours.update(heartbeat_at=timezone.now(), **self.told)

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

    def steps(self, steps: list[dict[str, Any]]) -> None:
        """Write the steps with their results; a run that takes over begins after the finished ones."""
        done = sum(step.get("state") == "done" for step in steps)
        self.job.steps = steps
        self._update(steps=steps, done=done, total=len(steps), heartbeat_at=timezone.now())

    def result(self, result: dict[str, Any]) -> None:
        """Tell a result before the end; it stays when a later step fails."""
        self.job.result = result
        self._update(result=result)

    def _update(self, **changes: Any) -> None:
        ours = Job.objects.filter(id=self.job.id, lease=self.lease, state=Job.State.RUNNING)
        if not ours.update(**changes):
            raise LostLease


def run(job_id: str) -> None:
    """Claim a job and run it to its end. Does nothing when it is not to be had."""
    claimed = claim(job_id)
    if claimed is None:
        return
    try:
        with (
            request_ids.about(claimed.job.request_id),
            heartbeat(claimed),
            deadlines.holding(claimed.deadline),
        ):
            result = _kinds[claimed.job.kind](claimed) or {}
    except LostLease:
        log.info("Job %s was taken over or cancelled", job_id)
    except STEP_FAILED as error:
        finish(claimed, Job.State.FAILED, error=why_failed(error))
    except Exception:
        log.exception("Job %s failed", job_id)
        finish(claimed, Job.State.FAILED, error=BROKEN)
    else:
        finish(claimed, Job.State.DONE, result=result)


def claim(job_id: str) -> JobRun | None:
    """Take a job that waits or whose worker fell silent; None when another worker has it."""
    lease, now = uuid.uuid4(), timezone.now()
    to_be_had = Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, heartbeat_at__lt=silent_since())
    taken = Job.objects.filter(to_be_had, id=job_id, attempts__lt=MAX_ATTEMPTS).update(
        state=Job.State.RUNNING, lease=lease, started_at=now, heartbeat_at=now, attempts=F("attempts") + 1
    )
    return JobRun(Job.objects.get(id=job_id), lease) if taken else None


def finish(run: JobRun, state: str, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    """Close the job, if it is still ours. A result told before stays."""
    from .ops import job_metrics

    job_metrics.ended(run.job, state)
    Job.objects.filter(id=run.job.id, lease=run.lease, state=Job.State.RUNNING).update(
        **run.told,
        state=state,
        result=result or run.job.result,
        error=error,
        finished_at=timezone.now(),
        lease=None,
    )
    undoing.begin_again(str(run.job.id))
    _go_on(run.job)


def _go_on(job: Job) -> None:
    if then := _then.get(job.kind):
        try:
            then(job)
        except Exception:  # the job itself has ended
            log.exception("What follows job %s failed", job.id)


BEAT_SECONDS = 0.5


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
