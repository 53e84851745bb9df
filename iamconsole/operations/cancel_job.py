"""iamconsole:CancelJob: stop a job of the account that waits or runs."""

import uuid
from collections.abc import Sequence
from typing import Any

from iamconsole import jobs
from iamconsole.errors import IamError
from iamconsole.models import Job

from . import lasts
from .call import Call, Facts
from .caller import Caller
from .registry import Operation, operation

CANCEL_JOB = "iamconsole:CancelJob"
NO_SUCH_JOB = "There is no job {id} in this account."
ENDED = "The job has already ended."


def find_job(call: Call) -> Job | None:
    """The job of JobId in the caller's account, or None."""
    try:
        job_id = uuid.UUID(call.params["JobId"])
    except ValueError:
        return None
    return Job.objects.filter(id=job_id, account_id=call.account_id).first()


def may_cancel(caller: Caller, job: Job) -> bool:
    """Whether the button is there; the operation decides again."""
    if not job.open or job.account_id != caller.account_id:
        return False
    return job.belongs_to(caller.person_id) or caller.permits(CANCEL_JOB, caller.arns.root)


class JobOperation(Operation):
    """On a job of the account: by its starter, or by whom policies allow it in the account."""

    def resources(self, call: Call) -> Sequence[str]:
        return [call.caller.arns.root]

    def is_own(self, call: Call) -> bool:
        job = find_job(call)
        return job is not None and job.belongs_to(call.caller.person_id)

    def lock(self, call: Call) -> None:
        job = find_job(call)
        if job is None:
            raise IamError("NoSuchEntity", NO_SUCH_JOB.format(id=call.params["JobId"]))
        call.found["job"] = job


@operation(CANCEL_JOB)
class CancelJob(JobOperation):
    """What is done stays done."""

    lasting = lasts.HAPPENED

    def write(self, call: Call, facts: Facts) -> None:
        """One conditional UPDATE decides: a job that ended at this moment stays as it ended."""
        if not jobs.cancel(call.found["job"]):
            raise IamError("UnmodifiableEntity", ENDED)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        job: Job = call.found["job"]
        return {"Kind": job.kind, "StartedBy": job.started_by_arn}
