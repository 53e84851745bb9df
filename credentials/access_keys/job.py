"""The job that changes selected access keys, with a result for each."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from credentials.access_keys.selection import ACTIONS, GONE, KeyAction, Selection, keys_with
from credentials.models import AccessKey
from credentials.sessions.revoking import step_of
from iamconsole import jobs, work
from iamconsole.addresses import address_in
from iamconsole.errors import STEP_FAILED, why_failed
from iamconsole.job_kinds import Link
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Job, JobRow
from iamconsole.operations import Caller, Step
from iamconsole.operations.door import Then, execute_row
from iamconsole.words import plural
from users.callers.build import starter_of
from users.models import Account

KIND = "access-keys"


def start(caller: Caller, selection: Selection, *, revoke_sessions: bool = False) -> Job:
    """Admit every step, then start the job. What is left as it is has its result at once. Raises what
    ``work.admit`` does.

    ``revoke_sessions``: end at AWS what the users of the keys have open there, after their keys.
    """
    action, changed = selection.action, selection.changed
    steps = [step for one in changed for step in steps_of(action, one.key, revoke_sessions)]
    # The guard of a deletion asks nobody anything: it refuses active keys, which are left already.
    work.admit(caller, steps, asked=())
    title = f"{action.title} {plural(len(changed), 'access key')}"
    with transaction.atomic():
        args = {"action": action.name, "revoke_sessions": revoke_sessions, "title": title}
        job = jobs.start(caller, KIND, args=args, starter=starter_of(caller))
        rows = [(one.key.label, label_of(one.key), one.left) for one in selection.keys]
        rows += [(key_id, key_id, GONE) for key_id in selection.gone]
        JobRow.objects.bulk_create(
            [
                JobRow(
                    job=job,
                    number=number,
                    key=key_id,
                    label=label[:128],
                    state=JobRow.State.FAILED if left else JobRow.State.WAITING,
                    message=left,
                )
                for number, (key_id, label, left) in enumerate(rows, start=1)
            ],
            batch_size=500,
        )
    return job


def label_of(key: AccessKey) -> str:
    return f"{key.label} of {key.user.user_name}"


def steps_of(action: KeyAction, key: AccessKey, revoke_sessions: bool) -> list[Step]:
    """The sessions last: what goes before leaves no new one."""
    return [action.step(key), step_of(key.user)] if revoke_sessions else [action.step(key)]


@job_kind(KIND)
def run_keys(run: JobRun) -> dict[str, Any]:
    """One key after the other; a refusal is the result of its row and stops no other.

    A run that takes over goes on after the rows that have a result. The policies of the starter are
    read again for every row.
    """
    action, rows = ACTIONS[run.args["action"]], JobRow.objects.filter(job=run.job)
    total = rows.count()
    for row in run.waiting_rows():
        run.progress(row.number - 1, total)
        revoke = bool(run.args["revoke_sessions"])
        run.end_row(row, *outcome(run.caller(), action, row.key, revoke, run.row_done(row, action.done)))
    run.progress(total, total)
    return {"rows": total, "failed": rows.filter(state=JobRow.State.FAILED).count()}


def outcome(
    caller: Caller, action: KeyAction, key_id: str, revoke_sessions: bool, done: Then
) -> tuple[str, str]:
    """Do it to one key. The state of the row and a sentence. ``done`` keeps that, with the last change."""
    account = Account.objects.select_related("link").get(account_id=caller.account_id)
    key = keys_with([account], [key_id]).first()
    if key is None:
        return JobRow.State.FAILED, GONE
    if left := action.why_left(key):
        return JobRow.State.FAILED, left
    steps = steps_of(action, key, revoke_sessions)
    try:
        execute_row(caller, steps, done)
    except STEP_FAILED as error:
        return JobRow.State.FAILED, why_failed(error)
    return JobRow.State.DONE, action.done


def about_keys(job: Job) -> list[Link]:
    """The list that the keys are in."""
    return [Link("Show access keys", address_in(job.account_id, "credentials:access-keys"), "key")]


def keys_again(job: Job) -> Link:
    return Link("Choose access keys again", address_in(job.account_id, "credentials:access-keys"))


def keys_at(job: Job, key_ids: Collection[str]) -> dict[str, str]:
    """The page of the user that each key belongs to, for keys that are still there."""
    keys = AccessKey.objects.filter(user__account__account_id=job.account_id, access_key_id__in=key_ids)
    page = "credentials:user-security-credentials"
    return {
        str(key_id): address_in(job.account_id, page, user_id)
        for key_id, user_id in keys.values_list("access_key_id", "user__user_id")
    }
