"""Deleting all root credentials of a member account: one kind after the other, then they are read again."""

from typing import Any

from django.db import transaction

from credentials.member_roots import auditing
from credentials.member_roots.auditing import DELETE
from credentials.member_roots.kinds import KINDS
from iamconsole import jobs, work
from iamconsole.errors import STEP_FAILED, IamError, why_failed
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Job, JobRow
from iamconsole.operations import Caller, Step, execute
from iamconsole.words import plural
from users.callers.build import starter_of

KIND = "delete-root-credentials"
READ_AGAIN = "read"
NOTHING = "There was none."
SOME_FAILED = "Not everything was deleted. Each row shows why. What was deleted stays deleted."


def start(caller: Caller, account_id: str, title: str) -> Job:
    """Authorize every step, then start the job. Raises AccessDenied, NotRecent, IamError."""
    work.admit(caller, [Step(DELETE, {"AccountId": account_id, "Credential": name}) for name in KINDS])
    with transaction.atomic():
        args = {"account_id": account_id, "title": title}
        key = f"{KIND}:{account_id}"
        job = jobs.start(caller, KIND, args=args, exclusive_key=key, starter=starter_of(caller))
        steps = [*((kind.name, kind.title) for kind in KINDS.values()), (READ_AGAIN, "Read again")]
        JobRow.objects.bulk_create(
            JobRow(job=job, number=number, key=key, label=label)
            for number, (key, label) in enumerate(steps, start=1)
        )
    return job


@job_kind(KIND)
def run_deletion(run: JobRun) -> dict[str, Any]:
    """One kind after the other; a refusal is the result of its row and stops no other.

    A step that a dead worker left is done again: it lists what there is, and deletes that.
    """
    rows = list(JobRow.objects.filter(job=run.job))
    for row in rows:
        if row.state != JobRow.State.WAITING:
            continue
        run.progress(row.number - 1, len(rows))
        run.end_row(row, *outcome(run.caller(), run.args["account_id"], row.key))
    run.progress(len(rows), len(rows))
    if any(row.state == JobRow.State.FAILED for row in rows):
        raise IamError("ServiceFailure", SOME_FAILED)
    return {"rows": len(rows)}


def outcome(caller: Caller, account_id: str, name: str) -> tuple[str, str]:
    """One step. The state of its row and a sentence."""
    if name == READ_AGAIN:
        return auditing.outcome(account_id)
    try:
        deleted = execute(caller, DELETE, AccountId=account_id, Credential=name)["Deleted"]
    except STEP_FAILED as error:
        return JobRow.State.FAILED, why_failed(error)
    said = f"{plural(len(deleted.things), 'deletion')}." if deleted.things else NOTHING
    return JobRow.State.DONE, " ".join([said, *deleted.notes])
