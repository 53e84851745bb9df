"""A piece of work of several operations on a linked account: a Job with a result per step.

AWS has no transaction around several calls. So all steps are authorized first, then run one after
the other; what is done stays done and is shown, and a run that takes over begins after it.
Parameters may hold a typed password and answers a new secret: both rest sealed in OneTimeSecrets,
never in the job itself.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from . import jobs
from .errors import IamError
from .jobs import JobRun, job_kind
from .models import Job, OneTimeSecret
from .operations import Caller, Facts, Step, execute
from .operations.door import admit_all

KIND = "operations"
INPUT, OUTPUT = "work-input", "credentials"
INPUT_MINUTES = 60
SUBJECTS = ("UserName", "GroupName", "AccessKeyId")
INPUT_GONE = "The job waited too long, so the values that were typed for it are gone. Start it again."
INTERRUPTED = (
    "The worker died while AWS was being asked, so nobody knows whether AWS did this step. "
    "Sync the account to find out, then start the rest again."
)


def start(
    caller: Caller, starter: dict[str, Any], steps: Sequence[Step], session_key: str, show: dict[str, Any]
) -> Job:
    """Authorize all steps, then start the job that runs them. Raises IamError.

    ``show`` is what the secret-once page needs besides the answers (``credentials.views.secrets``):
    its first user is filled from the answers as they arrive.
    """
    admit_all(caller, steps)
    plain = [{"name": step.name, "params": dict(step.params)} for step in steps]
    with transaction.atomic():
        sealed = OneTimeSecret.keep(INPUT, session_key, json.dumps(plain), minutes=INPUT_MINUTES)
        output = OneTimeSecret.keep(OUTPUT, session_key, json.dumps(show), minutes=INPUT_MINUTES)
        rows = [
            {"operation": step.name, "on": subject(step), "state": "waiting", "message": ""} for step in steps
        ]
        args = {"input_id": str(sealed.id), "output_id": str(output.id)}
        return jobs.start(caller, KIND, args=args, starter=starter, steps=rows)


def subject(step: Step) -> str:
    """What a step acts on, to tell the steps of a job apart: names and IDs, no values."""
    return " ".join(str(step.params[name]) for name in SUBJECTS if step.params.get(name))


@job_kind(KIND)
def run_steps(run: JobRun) -> dict[str, Any]:
    """Run what is left of the steps. Raises IamError at the first that fails; the rest stays waiting."""
    steps = _input(run)
    rows = run.job.steps
    for step, row in zip(steps, rows, strict=True):
        if row["state"] == "done":
            continue
        if row["state"] == "running":
            _mark(run, row, "failed", INTERRUPTED)
            raise IamError("ServiceUnavailable", INTERRUPTED)
        _mark(run, row, "running")
        _run_step(run, row, step)
    OneTimeSecret.objects.filter(id=run.args["input_id"]).delete()
    result: dict[str, Any] = run.job.result
    return result


def _run_step(run: JobRun, row: dict[str, Any], step: dict[str, Any]) -> None:
    try:
        facts = execute(run.caller(), step["name"], **step["params"])
    except IamError as error:
        _mark(run, row, "failed", error.message)
        raise
    _keep_answer(run, step, facts)
    _mark(run, row, "done")


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
    shown: dict[str, str] = {}
    if step["name"] == "CreateLoginProfile":
        shown = {"password": step["params"]["Password"]}
    elif step["name"] == "CreateAccessKey":
        key = facts["AccessKey"]
        shown = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    if shown:
        row = OneTimeSecret.objects.get(id=run.args["output_id"])
        content = json.loads(row.reveal())
        content["users"][0].update(shown)
        row.replace(json.dumps(content))
        # Told at once: a later step may fail, and what was made must be shown all the same.
        run.result({"secret_id": run.args["output_id"]})
