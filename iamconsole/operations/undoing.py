"""What takes a change back, kept for ten minutes for whoever made it.

Each operation says beforehand what takes it back (``Operation.undo``). Taking back is a change like any
other: its operations go through the door, with the permissions, guards and questions of that moment. It is
refused where the thing is no longer as the change has left it, which the same method tells: what would take
back the operation that takes back is the same then as now.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from iamconsole.errors import IamError
from iamconsole.models import Event, Job, JobRow, RecentChange

from . import lasts
from .authorized import authorized
from .call import Call
from .caller import Caller
from .registry import find
from .shapes import without_secrets
from .wanted import Params

TIME = timedelta(minutes=10)
KEPT = timedelta(days=1)  # so long it is still known why it cannot be undone anymore
OVER = "The ten minutes in which you could undo this are over. Make the change on its own page."
ALREADY = "This was undone already."
CHANGED = "It has changed since, so nothing was undone. Look at it, then change it on its own page."
NOT_KNOWN = "This console does not keep how it was before."
# What a label names of a call.
NAMED_BY = (
    "UserName",
    "GroupName",
    "PolicyName",
    "PolicyArn",
    "AccessKeyId",
    "SSHPublicKeyId",
    "CertificateId",
    "ServiceSpecificCredentialId",
    "ServerCertificateName",
    "SerialNumber",
    "AccountAlias",
)


def is_kept(call: Call) -> bool:
    """Whether a person made the change, in the browser or by a job. Undoing is not undone."""
    return call.caller.channel in ("console", "job") and bool(call.caller.person_id) and not call.undoes


def look(call: Call) -> None:
    """Ask what takes the call back, before it is written."""
    if is_kept(call) and not call.operation.lasting:
        call.takes_back = call.operation.undo(call)


def keep(call: Call, event: Event) -> None:
    """Write down what takes the call back, now that it is written."""
    if call.undoes:
        _mark_undone(call)
    work = call.caller.job_id or call.caller.request_id
    if not (work and is_kept(call)):
        return
    lasting = call.operation.lasting or _renamed_after_others(call, work)
    steps, left = ([], []) if lasting else _steps_and_left(call)
    if not (lasting or steps) and call.takes_back is not None:
        return  # it was so already
    RecentChange.objects.create(
        work=work,
        row=call.caller.job_row,
        account_id=call.account_id,
        owner=call.caller.person_id,
        label=label_of(call),
        event_id=event.id,
        steps=steps,
        left=left,
        lasting=lasting or ("" if steps else NOT_KNOWN),
        at=call.now,
        expires_at=timezone.now() + TIME,
    )


def _renamed_after_others(call: Call, work: str) -> str:
    """Why a new name lasts: what was changed with it is kept by the name before."""
    renames = any(name.startswith("New") and name != "NewPath" for name in call.params)
    others = RecentChange.objects.filter(work=work, row=call.caller.job_row)
    return lasts.ON_ITS_PAGE if renames and others.exists() else ""


def _steps_and_left(call: Call) -> tuple[list[dict[str, Any]], list[Any]]:
    """The steps that take it back, and how the thing is that they will change; none where one of them has a
    secret, or where that is not known.
    """
    known, steps = authorized(call).things, []
    for name, params in call.takes_back or ():
        if without_secrets(find(name).model, dict(params)) != params:
            return [], []
        things = still_meant(known, call.params, params)
        steps.append({"name": name, "params": dict(params), "things": things})
    left = state(call.caller, steps)
    return ([], []) if None in left else (steps, left)


def still_meant(things: Params, params: Params, back: Params) -> dict[str, str]:
    """Parameter -> unique ID of what a call was about, of those that mean the same in what takes it back: its
    new name, but not another policy.
    """
    return {
        name: thing
        for name, thing in things.items()
        if not name or (name in back and back[name] in (params.get(name), params.get(f"New{name}")))
    }


def state(caller: Caller, steps: Sequence[dict[str, Any]]) -> list[Any]:
    """How the things are that the steps change: what would take each step back. None for one not known."""
    undos = []
    for step in steps:
        operation = find(step["name"])
        undo = operation.undo(Call(caller, operation, operation.validate(step["params"])))
        undos.append(None if undo is None else [[name, dict(params)] for name, params in undo])
    return undos


def check(call: Call) -> None:
    """What the call takes back is still as the change has left it. Raises IamError with the reason."""
    if call.undoes is None:
        return
    change_id, number = call.undoes
    change = find_change(call.caller, change_id)
    if change is None or (change.is_over and not call.caller.job_id):
        raise IamError("UnmodifiableEntity", OVER)
    if change.undone_at:
        raise IamError("UnmodifiableEntity", f"{change.label}: {ALREADY}")
    if number == 0 and state(call.caller, change.steps) != change.left:
        raise IamError("ConcurrentModification", f"{change.label}: {CHANGED}")
    call.found["undone"] = change


def find_change(caller: Caller, change_id: int) -> RecentChange | None:
    """A change of the caller's own in the account, locked."""
    mine = RecentChange.objects.filter(account_id=caller.account_id, owner=caller.person_id)
    return mine.select_for_update().filter(id=change_id).first()


def _mark_undone(call: Call) -> None:
    """With the last of its steps. On a linked account AWS has done it by now."""
    change_id, number = call.undoes or (0, 0)
    change = find_change(call.caller, change_id)
    if change and number == len(change.steps) - 1:
        change.undone_at = timezone.now()
        change.save(update_fields=["undone_at"])
        _tell_its_job(change)


def _tell_its_job(change: RecentChange) -> None:
    """The row or step of the job that made the change says so, once nothing of it is left."""
    if RecentChange.objects.filter(work=change.work, row=change.row, undone_at=None).exists():
        return
    JobRow.objects.filter(job=change.work, number=change.row).update(state=JobRow.State.UNDONE)
    job = Job.objects.select_for_update().filter(id=change.work).first()
    if job and 0 < change.row <= len(job.steps):
        job.steps[change.row - 1]["undone"] = True
        job.save(update_fields=["steps"])


def label_of(call: Call) -> str:
    """The change in a few words: operation and what it is about."""
    names = (str(call.param(name, "")).rpartition("/")[2] for name in NAMED_BY)
    return " ".join([call.operation.name.removeprefix("iamconsole:"), *filter(None, names)])[:400]


def begin_again(work: str) -> None:
    """The ten minutes of a job's changes begin with its end."""
    changes = RecentChange.objects.filter(work=work)
    if changes.exists():  # most jobs change nothing here, and a write waits for other writers
        changes.update(expires_at=timezone.now() + TIME)


def forget_old() -> None:
    """Delete what could not be undone anymore for a day."""
    RecentChange.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()
