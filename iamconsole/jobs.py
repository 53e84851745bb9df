"""Long work with progress, which survives a dead worker and a dead broker.

The row in the database is the job; the message in the broker only wakes a worker. ``start`` makes
the row in the transaction of its cause and sends after the commit. ``run`` claims the row with a
lease; a worker that falls silent loses it, and ``sweep`` sends again what is waiting or silent.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from . import stopping
from .errors import STEP_FAILED, IamError, NotYet, why_failed
from .fence import LostLease, fenced
from .gateway import deadlines
from .job_run import (
    MAX_ATTEMPTS,
    JobRun,
    TimeOver,
    build_callers_with,
    claim,
    come_again,
    finish,
    hand_back,
    heartbeat,
    put_off,
    silent,
    waiting,
)
from .models import Job
from .operations import undoing
from .operations.caller import Caller
from .ops import broker, request_ids, telemetry
from .queues import PEOPLE, Queue
from .transient import reason_of
from .typed_forms import check_sent

__all__ = [
    "JobRun",
    "LostLease",
    "TimeOver",
    "build_callers_with",
    "job_kind",
    "run",
    "send",
    "start",
    "sweep",
    "take",
]

log = logging.getLogger(__name__)

Runner = Callable[[JobRun], dict[str, Any] | None]
_kinds: dict[str, Runner] = {}
_queues: dict[str, Queue] = {}
_then: dict[str, Callable[[Job], None]] = {}
_caller_finders: list[Callable[[Any, str], Caller | None]] = []

GAVE_UP = "The worker stopped {attempts} times while it ran this job, so the job ended. Start it again."
BROKEN = "The job failed because of an error in this console. See the worker's log, then start it again."
UNKNOWN = (
    "No worker of this console knows this kind of job: another release has queued it. Nothing was done. "
    "Start it again when all parts of this console run the same release."
)
SENT_AT_ONCE = 100  # of each queue, the oldest first


class AlreadyOpen(IamError):
    """An open job holds the same exclusive key; ``job`` is that one."""

    def __init__(self, job: Job | None) -> None:
        super().__init__("ConcurrentModification", "This is already running. Its progress is shown below.")
        self.job = job


def job_kind(kind: str, queue: Queue = PEOPLE) -> Callable[[Runner], Runner]:
    """Declare how jobs of a kind run, and in which queue they wait. The runner must be idempotent: it may run
    again from the start.
    """

    def declare(runner: Runner) -> Runner:
        _kinds[kind], _queues[kind] = runner, queue
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
            transaction.on_commit(lambda: send(job.id, kind), robust=True)
    except IntegrityError:
        raise AlreadyOpen(open_job(exclusive_key)) from None
    return job


def open_job(exclusive_key: str) -> Job | None:
    """The waiting or running job of that key."""
    return Job.objects.filter(exclusive_key=exclusive_key, state__in=Job.OPEN_STATES).first()


def queue_of(kind: str) -> Queue:
    return _queues.get(kind, PEOPLE)


def send(job_id: uuid.UUID, kind: str) -> bool:
    """Wake a worker for the job. False when the broker does not take it, or did not a moment ago."""
    from .tasks import run_job

    if broker.is_known_bad():
        return False
    try:
        run_job.apply_async(args=(str(job_id),), queue=queue_of(kind).name, retry=False, ignore_result=True)
    except Exception as error:
        if reason_of(error) is None:
            log.exception("Job %s could not be sent", job_id)
        else:
            log.warning("The broker did not take job %s: %s", job_id, error)
            broker.note(error)
        return False
    Job.objects.filter(id=job_id).update(sent_at=Now())
    return True


def cancel(job: Job) -> bool:
    """Cancel a job that is waiting or running; a running one stops at its next progress."""
    stopped = Job.objects.filter(id=job.id, state__in=Job.OPEN_STATES).update(
        state=Job.State.CANCELLED, finished_at=Now(), lease=None
    )
    undoing.begin_again(str(job.id))
    return bool(stopped)


def stuck() -> QuerySet[Job]:
    """Jobs that wait for longer than a living worker would let them, by the clock of the database."""
    late = Now() - timedelta(seconds=2 * settings.JOB_STALE_SECONDS)
    return Job.objects.filter(state=Job.State.WAITING, waits_since=None, created_at__lt=late)


def sweep() -> int:
    """Send again what waits or fell silent; give up what died too often, and what no worker knows. Returns
    how many were sent.
    """
    give_up(Job.objects.filter(silent(), attempts__gte=MAX_ATTEMPTS), GAVE_UP.format(attempts=MAX_ATTEMPTS))
    late = Now() - timedelta(seconds=settings.JOB_UNKNOWN_SECONDS)
    give_up(Job.objects.filter(waiting(), created_at__lt=late).exclude(kind__in=_kinds), UNKNOWN)
    return send_again()


def give_up(found: QuerySet[Job], why: str) -> None:
    """End jobs that no worker brings to an end; what they were to take back can be taken back again."""
    for job_id in found.values_list("id", flat=True):
        ended = found.filter(id=job_id).update(
            state=Job.State.FAILED, error=why, finished_at=Now(), lease=None
        )
        if ended:
            undoing.begin_again(str(job_id))


def send_again() -> int:
    """Send what is not sent, or was sent and not taken: some of each queue, until the broker refuses one."""
    seconds = timedelta(seconds=settings.JOB_STALE_SECONDS)
    unheard = Q(sent_at=None) | Q(sent_at__lt=Now() - seconds) | Q(sent_at__gt=Now() + seconds)
    rows = Job.objects.filter(silent() | (waiting() & unheard)).order_by("created_at")
    jobs = sorted(rows.values_list("id", "kind"), key=lambda row: queue_of(row[1]).name)
    sent = 0
    for _, of_queue in groupby(jobs, key=lambda row: queue_of(row[1]).name):
        for job_id, kind in list(of_queue)[:SENT_AT_ONCE]:
            if not send(job_id, kind):
                return sent
            sent += 1
    return sent


def take(job_id: str) -> None:
    """Run a job where its queue has a place in this worker, then what waits in that queue. Else the job
    waits: whoever has a place next takes it, or the sweep sends it to another worker.
    """
    queue = queue_of(Job.objects.filter(id=job_id).values_list("kind", flat=True).first() or "")
    with queue.place() as has_place:
        if not has_place:
            Job.objects.filter(id=job_id, state=Job.State.WAITING).update(sent_at=None)
            return
        run(job_id)
        while not stopping.is_asked() and (following := next_of(queue)):
            run(following)


def next_of(queue: Queue) -> str:
    """The job of a queue that has waited longest, "" for none."""
    kinds = [kind for kind in _kinds if queue_of(kind) is queue]
    ready = Job.objects.filter(waiting(), kind__in=kinds, attempts__lt=MAX_ATTEMPTS).order_by("created_at")
    job_id = ready.values_list("id", flat=True).first()
    return str(job_id or "")


def run(job_id: str) -> None:
    """Claim a job and run it to its end. Does nothing when it is not to be had. One of an unknown kind waits
    for a worker that knows it.
    """
    claimed = claim(job_id, _kinds)
    if claimed is None:
        return
    stopping.watch(claimed)
    try:
        run_claimed(claimed)
    finally:
        stopping.forget(claimed)


def run_claimed(claimed: JobRun) -> None:
    """Run it, and write down how it ended. What passes by itself is waited for."""
    job = claimed.job
    try:
        with (
            request_ids.about(job.request_id),
            telemetry.span(f"job {job.kind}", "consumer", job_id=str(job.id)),
            heartbeat(claimed),
            deadlines.holding(claimed.deadline),
            fenced(claimed.holds),
        ):
            result = _kinds[job.kind](claimed) or {}
    except LostLease:
        log.info("Job %s was taken over or cancelled", job.id)
    except stopping.HandedBack:
        give_back(claimed)
    except NotYet as error:
        if come_again(claimed, error):
            ended(claimed, Job.State.FAILED)
    except STEP_FAILED as error:
        end(claimed, Job.State.FAILED, error=why_failed(error))
    except Exception as error:
        if reason := reason_of(error):
            log.warning("Job %s waits: %s", job.id, error)
            if put_off(claimed, reason):
                ended(claimed, Job.State.FAILED)
        else:
            log.exception("Job %s failed", job.id)
            end(claimed, Job.State.FAILED, error=BROKEN)
    else:
        end(claimed, Job.State.DONE, result=result)


def end(claimed: JobRun, state: str, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    """Write down how it ended, then go on with what follows it."""
    finish(claimed, state, result=result, error=error)
    ended(claimed, state)


def ended(claimed: JobRun, state: str) -> None:
    from .ops import job_metrics

    job_metrics.ended(claimed.job, state)
    if then := _then.get(claimed.job.kind):
        try:
            then(claimed.job)
        except Exception:  # the job itself has ended
            log.exception("What follows job %s failed", claimed.job.id)


def give_back(claimed: JobRun) -> None:
    """Let another worker go on with the job, at once."""
    if hand_back(claimed):
        send(claimed.job.id, claimed.job.kind)
