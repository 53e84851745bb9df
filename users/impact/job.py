"""The job that works out who gains and who loses what, where that is too much for a page."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from iamconsole import jobs
from iamconsole.errors import IamError
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Job
from iamconsole.operations import Caller, Step, require
from iamconsole.policy import TooManySteps
from users.callers.build import account_of_job, starter_of
from users.impact.effects import JOB_STEPS, impact_of
from users.impact.shown import shown

KIND = "permission-impact"
SIMULATE = "iam:SimulatePrincipalPolicy"
TOO_MUCH = (
    "This is too much work. Change fewer users or policies at once to see who gains and who loses what."
)


def start(caller: Caller, steps: Sequence[Step]) -> Job:
    """Start it for steps that the caller is allowed. Raises AccessDenied."""
    require(caller, SIMULATE, caller.arns.any_user)
    args = {"steps": [[step.name, dict(step.params)] for step in steps]}
    with transaction.atomic():
        return jobs.start(caller, KIND, args=args, starter=starter_of(caller))


@job_kind(KIND)
def work_out(run: JobRun) -> dict[str, Any]:
    """Decide it, with the policies as they are now. Raises IamError where it is too much for a job too."""
    caller = run.caller()
    require(caller, SIMULATE, caller.arns.any_user)
    steps = [Step(name, params) for name, params in run.args["steps"]]
    try:
        impact = impact_of(account_of_job(run.job.account_id), steps, JOB_STEPS)
    except TooManySteps:
        raise IamError("InvalidInput", TOO_MUCH) from None
    return {"impact": shown(impact, names=caller.permits("iam:ListUsers"))}


def result_of_job(job: Job) -> list[SafeString]:
    """For the page of the job: the effects."""
    if job.kind != KIND or "impact" not in job.result:
        return []
    return [render_to_string("users/impact/impact.html", {**job.result["impact"], "by_job": True})]
