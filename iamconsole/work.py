"""A piece of work of several operations on a linked account: a Job with a result per step.

AWS has no transaction around several calls. So all steps are authorized first, then run one after
the other; what is done stays done and is shown, and a run that takes over begins after it. A step that
fails leaves out the later ones of the same user; other users' steps go on.
Parameters may hold a typed password and answers a new secret: both rest sealed in OneTimeSecrets,
never in the job itself.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import DatabaseError, transaction

from . import jobs
from .errors import STEP_FAILED, IamError, why_failed
from .jobs import JobRun, job_kind
from .models import Job, OneTimeSecret
from .operations import Call, Caller, Facts, Step, registry
from .operations.authorized import authorized
from .operations.door import admit_all, execute_step
from .operations.guards import ask_guards
from .operations.new_key import NEW_KEY_ID, with_key_id
from .operations.shapes import without_secrets
from .operations.undoing import still_meant

KIND = "operations"
INPUT, OUTPUT = "work-input", "credentials"
INPUT_MINUTES = 60
# Which of several things of one user a step is about.
NAMED_BY = ("AccessKeyId", "SSHPublicKeyId", "CertificateId")
INPUT_GONE = "The job waited too long, so the values you entered for it are gone. Start it again."
INTERRUPTED = (
    "The worker died while AWS was being asked, so nobody knows whether AWS did this step. "
    "Sync the account to find out, then start the rest again."
)
LEFT_OUT = "Skipped, because an earlier step failed."
MOST_WAITING = 20  # pieces of work of one person that are not done yet
TOO_MANY = "You have {most} unfinished jobs. Wait for one of them or cancel one, then try again."
SOME_FAILED = "{failed} of {total} steps failed. Each shows why. Finished steps are not undone."


def admit(caller: Caller, steps: Sequence[Step], asked: Collection[str] | None = None) -> list[Call]:
    """What every job of steps begins with: authorize all of them and ask their guards, while there is
    somebody to answer. Returns their calls. Raises AccessDenied, NotConfirmed, NotRecent, IamError.

    ``asked``: names of the users whose steps can concern a guard; None is everybody.
    """
    calls = admit_all(caller, steps)
    ask_guards([call for call in calls if asked is None or call.param("UserName") in asked])
    return calls


def start(
    caller: Caller,
    starter: dict[str, Any],
    steps: Sequence[Step],
    session_key: str,
    show: dict[str, Any],
    title: str = "",
) -> Job:
    """Admit all steps, then start the job that runs them. Raises what ``admit`` does.

    ``show`` is what the secret-once page needs besides the answers (``credentials.shown_once.views``):
    its users are filled from the answers as they arrive.
    """
    calls = admit(caller, steps)
    owner = caller.person_id
    if owner and OneTimeSecret.objects.filter(owner=owner, purpose=INPUT).count() >= MOST_WAITING:
        raise IamError("LimitExceeded", TOO_MANY.format(most=MOST_WAITING))
    plain = [
        {"name": call.operation.name, "params": dict(step.params), "things": dict(authorized(call).things)}
        for call, step in zip(calls, steps, strict=True)
    ]
    rows = [row_of(call, step, one) for call, step, one in zip(calls, steps, plain, strict=True)]
    with transaction.atomic():
        args = {
            "input_id": seal_input(caller, session_key, plain),
            "output_id": seal_output(caller, session_key, show),
            **({"title": title} if title else {}),
        }
        return jobs.start(caller, KIND, args=args, starter=starter, steps=rows)


def seal_input(caller: Caller, session_key: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """Put away what goes into a job. Its ID, for the job's arguments."""
    text, owner = json.dumps(steps), caller.person_id
    kept = OneTimeSecret.keep(INPUT, session_key, text, minutes=INPUT_MINUTES, owner=owner, most=None)
    return str(kept.id)


def seal_output(caller: Caller, session_key: str, show: Mapping[str, Any]) -> str:
    """The same for what is shown once."""
    text, owner = json.dumps(show), caller.person_id
    kept = OneTimeSecret.keep(OUTPUT, session_key, text, minutes=INPUT_MINUTES, owner=owner, most=None)
    return str(kept.id)


def row_of(call: Call, step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """A step as the job keeps it: with its values where none is a secret, and with what takes it back."""
    open_values = without_secrets(call.operation.model, dict(step.params)) == dict(step.params)
    undo = call.operation.undo(call)
    return {
        "operation": step.name,
        "of": whose(step.params),
        "key": known_key(step.params),
        "state": "waiting",
        "message": "",
        "plain": dict(given) if open_values else None,
        "undo": None if undo is None else [{"name": name, "params": dict(params)} for name, params in undo],
    }


@job_kind(KIND)
def run_steps(run: JobRun) -> dict[str, Any]:
    """Run what is left of the steps. Raises IamError at the end when any failed."""
    rows = run.job.steps
    for number, (step, row) in enumerate(zip(_input(run), rows, strict=True), start=1):
        run.row = number
        run.progress()
        if row["state"] == "running":
            _fail(run, row, INTERRUPTED)
        elif row["state"] == "waiting":
            _run_step(run, row, step)
    if all(row["state"] == "done" for row in rows):  # else it is kept for the rest, as long as before
        OneTimeSecret.objects.filter(id=run.args["input_id"]).delete()
    if errors := [row["message"] for row in rows if row["state"] == "failed"]:
        several = SOME_FAILED.format(failed=len(errors), total=len(rows))
        raise IamError("ServiceFailure", errors[0] if len(errors) == 1 else several)
    result: dict[str, Any] = run.job.result
    return result


def whose(params: Mapping[str, Any]) -> str:
    """The user or group a step is about, "" for none."""
    name: str = params.get("UserName") or params.get("GroupName") or ""
    return name


def known_key(params: Mapping[str, Any]) -> str:
    """The key or certificate a step is about, "" for none and for one that an earlier step makes."""
    key: str = next((params[name] for name in NAMED_BY if name in params), "")
    return "" if key == NEW_KEY_ID else key


def _run_step(run: JobRun, row: dict[str, Any], step: dict[str, Any]) -> None:
    params = with_key_id(step["params"], made_key(run.job, whose(step["params"])))

    def done(facts: Facts) -> None:
        _keep_answer(run, step, facts)
        row["made"] = _made(step, facts)
        row["made_key"] = (facts.get("AccessKey") or {}).get("AccessKeyId", "")
        row["undo"] = _undo(run, row, step)
        _mark(run, row, "done")

    try:
        _mark(run, row, "running")
        execute_step(run.caller(), Step(step["name"], params, meant(run.job, step)), done)
    except STEP_FAILED as error:
        _fail(run, row, why_failed(error))
    except DatabaseError:
        row["state"] = "waiting"  # AWS was not asked: the step goes on with the job
        raise


def made_key(job: Job, user_name: str) -> str:
    """The ID of the access key that an earlier step has made for a user, "" for none."""
    keys = (row["made_key"] for row in job.steps if row.get("made_key") and row["of"] == user_name)
    return next(keys, "")


def _undo(run: JobRun, row: dict[str, Any], step: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What takes a finished step back, now that it is known what was made: nothing else of that name."""
    if row.get("undo") is None:
        return None
    undo: list[dict[str, Any]] = []
    for one in row["undo"]:
        params = with_key_id(one["params"], row["made_key"])
        known = still_meant(step.get("things", {}), step["params"], params)
        things = meant(run.job, {"params": params, "things": known})
        undo.append({"name": one["name"], "params": params, "things": things})
    return undo


def _made(step: dict[str, Any], facts: Facts) -> dict[str, str]:
    """What a step has made, as later steps name it: parameter, name without case, unique ID."""
    made = registry.find(step["name"]).made(step["params"], facts)
    return {"parameter": made[0], "name": made[1].lower(), "id": made[2]} if made else {}


def meant(job: Job, step: Mapping[str, Any]) -> dict[str, str]:
    """Parameter -> unique ID of what the step was admitted for, or of what an earlier step has made: the
    password typed for one person is not given to a later one of the name.
    """
    things: dict[str, str] = dict(step.get("things", {}))
    for made in filter(None, (row.get("made") for row in job.steps)):
        named = str(step["params"].get(made["parameter"], "")).lower() == made["name"]
        if named and not things.get(made["parameter"]):
            things[made["parameter"]] = made["id"]
    return things


def _fail(run: JobRun, row: dict[str, Any], message: str) -> None:
    """Mark a step as failed and leave out what waits behind it for the same user."""
    for other in run.job.steps:
        if other["state"] == "waiting" and other["of"] == row["of"]:
            other["state"], other["message"] = "cancelled", LEFT_OUT
    _mark(run, row, "failed", message)


def _mark(run: JobRun, row: dict[str, Any], state: str, message: str = "") -> None:
    row["state"], row["message"] = state, message
    run.steps(run.job.steps)


def _input(run: JobRun) -> list[dict[str, Any]]:
    row = OneTimeSecret.objects.filter(id=run.args["input_id"], purpose=INPUT).first()
    if row is None:
        raise IamError("ValidationError", INPUT_GONE)
    steps: list[dict[str, Any]] = json.loads(row.reveal())
    return steps


def _keep_answer(run: JobRun, step: dict[str, Any], facts: Facts) -> None:
    """Put what must be shown once into the output secret as soon as it is known."""
    shown = registry.find(step["name"]).shown_once(step["params"], facts)
    if not shown:
        return
    row = OneTimeSecret.objects.get(id=run.args["output_id"])
    content = json.loads(row.reveal())
    for user in content["users"]:
        if user["user_name"] == whose(step["params"]):
            user.update(shown)
    row.replace(json.dumps(content))
    # Told at once: a later step may fail, and what was made must still be shown.
    run.result({"secret_id": run.args["output_id"]})
