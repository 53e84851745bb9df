"""A piece of work that stopped half-way: do the rest, undo what was done, or leave it as it is.

Some of its steps are done and others are not. Until somebody decides, it stays on the dashboard. The rest
runs in the same job, for whoever continues it, with the permissions of that moment. Undoing is a job of its
own: each step has said before it ran what takes it back (``Operation.undo``). Passwords that were typed for
the job rest sealed no longer than before; steps whose values are gone say so.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from . import jobs, work
from .addresses import reverse
from .errors import IamError
from .models import Intent, Job, OneTimeSecret
from .operations import Call, Caller, Facts, Step
from .operations.cancel_job import JobOperation
from .operations.new_key import with_key_id
from .operations.registry import find, operation
from .operations.undoing import NOT_KNOWN

CONTINUE = "iamconsole:ContinueJob"
UNDO = "iamconsole:UndoJob"
CLOSE = "iamconsole:CloseJob"
ENDED = (Job.State.FAILED, Job.State.CANCELLED)
SHOWN = 20  # on the dashboard
NOT_HALF_WAY = "This job has no steps left to decide about."
NOTHING_TO_UNDO = "None of the finished steps can be undone."
VALUES_GONE = "The values you entered for this step are gone. Make this change on its own page."
UNSETTLED = (
    "AWS did not say whether it did one of the steps. Sync the account to find out, then choose again."
)
UNDOING = "Undo: {title}"
Starter = Callable[[Caller], dict[str, Any]]
_starters: list[Starter] = []


def keep_starters_with(starter: Starter) -> None:
    """Set what a job keeps of its starter (``users.callers.build``, a floor above)."""
    _starters[:] = [starter]


def is_half_way(job: Job) -> bool:
    """Whether steps of a job are done and others are not, and nobody has decided what becomes of them."""
    if job.kind != work.KIND or job.state not in ENDED or job.closed_at:
        return False
    states = [step["state"] for step in job.steps]
    return any(state in ("done", "running") for state in states) and states.count("done") < len(states)


def waiting_for(account_id: str) -> list[Job]:
    """The newest jobs of an account that stopped half-way."""
    ended = Job.objects.filter(account_id=account_id, kind=work.KIND, state__in=ENDED, closed_at=None)
    return [job for job in ended[: 5 * SHOWN] if is_half_way(job)][:SHOWN]


def lasting_steps(job: Job) -> list[str]:
    """The finished steps that cannot be undone, as the page names them, with the reason."""
    lasting = [step for step in job.steps if step["state"] == "done" and step.get("undo") is None]
    return [f"{_label(step)}. {find(step['operation']).lasting or NOT_KNOWN}" for step in lasting]


def can_undo(job: Job) -> bool:
    return any(step["state"] == "done" and step.get("undo") for step in job.steps)


def choices(caller: Caller, job: Job) -> dict[str, Any]:
    """For ``half_way_job.html``: what can be done about a job that stopped half-way; empty for any other."""
    if not is_half_way(job):
        return {}
    may = {
        name: job.belongs_to(caller.person_id) or caller.permits(action, caller.arns.root)
        for name, action in (("continue", CONTINUE), ("undo", UNDO), ("close", CLOSE))
    }
    left = [_label(step) for step in job.steps if step["state"] != "done"]
    return {"half_way": {"may": may, "left": left, "lasting": lasting_steps(job), "can_undo": can_undo(job)}}


def _label(step: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (step["operation"], step["of"])))


class HalfWayOperation(JobOperation):
    """On a job that stopped half-way; by its starter, or by whom policies allow it in the account."""

    acts = True

    def act(self, call: Call) -> Facts:
        self.lock(call)
        job: Job = call.found["job"]
        if not is_half_way(job):
            raise IamError("UnmodifiableEntity", NOT_HALF_WAY)
        facts = self.decide(call, job)
        return {"Job": facts}

    def decide(self, call: Call, job: Job) -> Job:
        """What becomes of the job; the one to show."""
        raise NotImplementedError


@operation(CONTINUE)
class ContinueJob(HalfWayOperation):
    """Runs what is left of the steps."""

    def decide(self, call: Call, job: Job) -> Job:
        check_settled(job)
        values = values_of(job)
        left = [number for number, row in enumerate(job.steps) if row["state"] != "done"]
        ready = [number for number in left if number in values]
        if not ready:
            raise IamError("ValidationError", VALUES_GONE)
        work.admit(call.caller, [step_of(job, values[number]) for number in ready])
        for number in left:
            waits = number in ready
            job.steps[number]["state"] = "waiting" if waits else "failed"
            job.steps[number]["message"] = "" if waits else VALUES_GONE
        return start_again(call.caller, job, values)


@operation(UNDO)
class UndoJob(HalfWayOperation):
    """Takes back the finished steps that have an inverse, the last one first, in a job of its own."""

    def decide(self, call: Call, job: Job) -> Job:
        check_settled(job)
        steps = [
            Step(undo["name"], undo["params"], undo.get("things", {}))
            for row in reversed(job.steps)
            if row["state"] == "done"
            for undo in row.get("undo") or ()
        ]
        if not steps:
            raise IamError("ValidationError", NOTHING_TO_UNDO)
        title = UNDOING.format(title=job.title)
        show: dict[str, Any] = {"title": title, "done_url": "", "users": []}
        undoing = work.start(
            call.caller, _starters[0](call.caller), steps, call.caller.session_key, show, title
        )
        close(job)
        return undoing


@operation(CLOSE)
class CloseJob(HalfWayOperation):
    """Leaves everything as it is."""

    def decide(self, call: Call, job: Job) -> Job:
        close(job)
        return job


def close(job: Job) -> None:
    """Nothing more is to be decided about the job; what was typed for it is forgotten."""
    Job.objects.filter(id=job.id).update(closed_at=timezone.now())
    OneTimeSecret.objects.filter(id=job.args["input_id"]).delete()


def check_settled(job: Job) -> None:
    """What AWS may have done without saying so must be known first. Raises IamError."""
    if Intent.objects.filter(account_id=job.account_id, state=Intent.State.OPEN).exists():
        raise IamError("ConcurrentModification", UNSETTLED)


def values_of(job: Job) -> dict[int, dict[str, Any]]:
    """Number of each step -> its name and values; steps whose typed secret is gone are left out."""
    sealed = OneTimeSecret.objects.filter(id=job.args["input_id"], purpose=work.INPUT).first()
    if sealed and sealed.expires_at > timezone.now():
        return dict(enumerate(json.loads(sealed.reveal())))
    return {number: row["plain"] for number, row in enumerate(job.steps) if row.get("plain")}


def step_of(job: Job, values: Mapping[str, Any]) -> Step:
    """A step that is left, for what the earlier ones have made."""
    params = with_key_id(values["params"], work.made_key(job, work.whose(values["params"])))
    return Step(values["name"], params, work.meant(job, values))


def output_for(caller: Caller, job: Job) -> str:
    """The ID of what is shown once: the page that waits for this very session, else one without secrets."""
    row = OneTimeSecret.find(job.args["output_id"], work.OUTPUT, caller.session_key)
    if row is not None and row.shown_at is None:
        row.replace(row.reveal(), minutes=work.INPUT_MINUTES)
        return str(row.id)
    names = dict.fromkeys(row["of"] for row in job.steps if row["state"] == "waiting")
    show = {
        "title": job.title,
        "done_url": reverse("job", args=[job.id]),
        "users": [{"user_name": n} for n in names],
    }
    return work.seal_output(caller, caller.session_key, show)


def start_again(caller: Caller, job: Job, values: Mapping[int, dict[str, Any]]) -> Job:
    """Let the job wait for a worker again, now for the caller. Raises IamError where another was faster."""
    steps = [values.get(number) or {"name": "", "params": {}} for number in range(len(job.steps))]
    with transaction.atomic():
        given = work.seal_input(caller, caller.session_key, steps)
        args = {"input_id": given, "output_id": output_for(caller, job)}
        again = Job.objects.filter(id=job.id, state__in=ENDED, closed_at=None).update(
            state=Job.State.WAITING,
            args={**job.args, **args},
            steps=job.steps,
            error="",
            attempts=0,
            waits_for="",
            waits_since=None,
            not_before=None,
            waited=0,
            sent_at=None,
            finished_at=None,
            started_by_arn=caller.arn,
            started_by_id=caller.person_id,
            starter=_starters[0](caller),
        )
        if not again:
            raise IamError("UnmodifiableEntity", NOT_HALF_WAY)
        OneTimeSecret.objects.filter(id=job.args["input_id"]).delete()
        transaction.on_commit(lambda: jobs.send(job.id, job.kind), robust=True)
    job.refresh_from_db()
    return job
