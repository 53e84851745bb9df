"""Taking back what a person has changed in the last ten minutes, from the message about it or from its job.

A few changes are taken back at once; many, or several at AWS, by a job with a result per change. Who may:
the person who made them, where it may make the opposite change at that time.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from iamconsole.portions import portions

from . import jobs, undo_at_aws, work
from .errors import STEP_FAILED, IamError, why_failed
from .jobs import JobRun, caller_in, job_kind
from .models import Job, JobRow, RecentChange
from .operations import Caller, Step, at_aws, execute_all, find, refusals
from .operations.door import Then, execute_row, execute_step
from .operations.undoing import ALREADY, OVER

KIND = "undo"
AT_ONCE = 20  # changes of a local account, in one transaction
LOOKED_AT = 20  # of so many changes a page asks whether the person may take them back
TITLE = "Undo"
STILL_RUNNING = "The job is still running. Cancel it or wait for its end, then undo."
_starters: list[Callable[[Caller], dict[str, Any]]] = []


@dataclass(frozen=True, slots=True)
class Offer:
    """Changes that can be undone until a time: those of a request or job, or of one of its rows."""

    work: uuid.UUID
    until: datetime
    changes: Sequence[RecentChange]

    @property
    def title(self) -> str:
        """What is undone, in the words of its operations."""
        return ", ".join(change.label for change in self.changes)


def keep_starters_with(starter: Callable[[Caller], dict[str, Any]]) -> None:
    """Set what a job keeps of its starter (``users.callers.build``, a floor above)."""
    _starters[:] = [starter]


def request_id(request: HttpRequest) -> str:
    """What tells the changes of this request from those of others."""
    if not hasattr(request, "changes_id"):
        request.changes_id = str(uuid.uuid4())  # type: ignore[attr-defined]
    return str(request.changes_id)  # type: ignore[attr-defined]


def changes_of(owner: str, work_id: Any, row: int | None = None) -> QuerySet[RecentChange]:
    """What a person has changed by a request or a job, or in one of the job's rows."""
    changes = RecentChange.objects.filter(work=work_id, owner=owner)
    return changes if row is None else changes.filter(row=row)


def offer_of(request: HttpRequest, work_id: Any) -> Offer | None:
    """What the person can undo of a request's changes; None for nothing."""
    return offers_of(request, work_id).get(0)


def offers_of(
    request: HttpRequest, work_id: Any, rows: Iterable[int] = (0,), *, together: bool = False
) -> dict[int, Offer]:
    """Row -> what the person can undo of it, where all of it can be taken back and the time is not over.

    ``together``: the rows are steps of one piece of work, where one that lasts keeps the others.
    """
    person = request.user.user_id if request.user.is_authenticated else ""  # type: ignore[union-attr]
    changes = changes_of(person, work_id).filter(expires_at__gt=timezone.now())
    if together and changes.exclude(lasting="").exists():
        return {}
    whole = whole_rows(changes.filter(row__in=list(rows)))
    if not whole or not may_undo(request, [change for made in whole.values() for change in made]):
        return {}
    return {row: Offer(made[0].work, made[0].expires_at, made) for row, made in whole.items()}


def whole_rows(changes: Iterable[RecentChange]) -> dict[int, list[RecentChange]]:
    """Row -> its changes, of rows that can be taken back as a whole."""
    by_row: dict[int, list[RecentChange]] = {}
    for change in changes:
        by_row.setdefault(change.row, []).append(change)
    return {row: made for row, made in by_row.items() if not any(map(is_closed, made))}


def is_closed(change: RecentChange) -> bool:
    return bool(change.lasting or change.undone_at)


def may_undo(request: HttpRequest, changes: Sequence[RecentChange]) -> bool:
    """Whether the person may do now what takes the changes back, here and at AWS as far as that is known."""
    caller = caller_in(request, changes[0].account_id)
    if caller is None or caller.read_only:
        return False
    steps, refused = steps_of(changes[:LOOKED_AT]), at_aws.refused(caller)
    if any(at_aws.reason_of(find(step.name), refused) for step in steps):
        return False
    try:
        return not refusals(caller, steps)
    except IamError:  # what it is about is gone
        return False


def steps_of(changes: Sequence[RecentChange]) -> list[Step]:
    """The operations that take changes back, the last change first."""
    return [
        Step(step["name"], step["params"], step["things"], undoes=(change.id, number))
        for change in sorted(changes, key=lambda change: -change.id)
        for number, step in enumerate(change.steps)
    ]


def take_back(caller: Caller, changes: Sequence[RecentChange], title: str = TITLE) -> Job | None:
    """Undo the changes: at once, or by the job that it returns. Raises IamError with the reason, and what the
    door raises.
    """
    check_open(changes)
    changes = [change for made in whole_rows(changes).values() for change in made]
    steps = steps_of(changes)
    if caller.link and len(steps) == 1:
        undo_at_aws.check(caller, changes)
        execute_step(caller, steps[0])
        return None
    if not caller.link and len(changes) <= AT_ONCE:
        execute_all(caller, steps)
        return None
    return start(caller, changes, steps, title)


def check_open(changes: Sequence[RecentChange]) -> None:
    """Raises IamError where the changes cannot be undone (anymore)."""
    if not changes or any(change.is_over for change in changes):
        raise IamError("UnmodifiableEntity", OVER)
    if all(change.undone_at for change in changes):
        raise IamError("UnmodifiableEntity", ALREADY)
    lasting = next((change for change in changes if change.lasting), None)
    if lasting and not whole_rows(changes):
        raise IamError("UnmodifiableEntity", f"{lasting.label}: {lasting.lasting}")
    job = Job.objects.filter(id=changes[0].work).first()
    if job and job.open:
        raise IamError("UnmodifiableEntity", STILL_RUNNING)


def start(caller: Caller, changes: Sequence[RecentChange], steps: Sequence[Step], title: str) -> Job:
    """Admit all steps, then start the job that takes the changes back, each on its own row."""
    work.admit(caller, steps)
    ids = [change.id for change in changes]
    with transaction.atomic():
        job = jobs.start(
            caller,
            KIND,
            args={"title": title},
            exclusive_key=f"{KIND}:{changes[0].work}",
            starter=_starters[0](caller),
        )
        JobRow.objects.bulk_create(
            [
                JobRow(job=job, number=number, key=str(change.id), label=change.label[:128])
                for number, change in enumerate(sorted(changes, key=lambda change: -change.id), start=1)
            ],
            batch_size=500,
        )
        # Nobody undoes them a second time meanwhile; the job itself does not look at the time.
        for some in portions(ids):
            RecentChange.objects.filter(id__in=some).update(expires_at=timezone.now())
    return job


@job_kind(KIND)
def run_undo(run: JobRun) -> dict[str, Any]:
    """One change after the other; a refusal is the result of its row and stops no other."""
    total = run.job.rows.count()
    for row in run.waiting_rows():
        run.progress(row.number - 1, total)
        run.end_row(row, *outcome(run.caller(), row.key, run.row_done(row)))
    run.progress(total, total)
    return {"rows": total, "failed": run.job.rows.filter(state=JobRow.State.FAILED).count()}


def outcome(caller: Caller, change_id: str, done: Then) -> tuple[str, str]:
    """Undo one change. The state of its row and a sentence. ``done`` keeps that, with the last step."""
    change = RecentChange.objects.filter(id=change_id, owner=caller.person_id).first()
    if change is None:
        return JobRow.State.FAILED, OVER
    try:
        if caller.link:
            undo_at_aws.check(caller, [change])
        execute_row(caller, steps_of([change]), done)
    except STEP_FAILED as error:
        return JobRow.State.FAILED, why_failed(error)
    return JobRow.State.DONE, ""
