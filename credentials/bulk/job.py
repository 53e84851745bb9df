"""The job that does one thing to many users, with a result per row."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from credentials.bulk.actions import ACTIONS, BulkAction
from iamconsole import jobs, work
from iamconsole.errors import STEP_FAILED, IamError, why_failed
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Job, JobRow
from iamconsole.operations import Caller, Step, guards, registry
from iamconsole.operations.authorized import authorized
from iamconsole.operations.door import Then, execute_row
from users.callers.administrators import LAST_ADMINISTRATOR, people
from users.callers.last_administrator import TITLE, question
from users.models import User

KIND = "bulk"
MOST_TRIED = 50  # beyond these administrators the question is asked without trying the steps
GONE = "The user has been deleted in the meantime."
NO_SUCH_ACTION = (
    "This console no longer deactivates access keys that nobody has seen. Nothing was changed for the users "
    "without a result. Deactivate their keys in the list of access keys."
)


def start(
    caller: Caller, starter: dict[str, Any], action: BulkAction, users: Sequence[User], params: dict[str, Any]
) -> Job:
    """Admit every step for every user, then start the job. Raises what ``work.admit`` does."""
    steps = [step for user in users for step in action.steps(user, params)]
    guarded = any(registry.find(step.name).is_guarded for step in steps)
    last = last_administrators(caller, users) if guarded else set()
    asked = {*(last if len(last) <= MOST_TRIED else ()), caller.user_name}
    calls = work.admit(caller, steps, asked=asked)
    if action.danger and len(last) > MOST_TRIED:
        guards.put(calls[0], LAST_ADMINISTRATOR, TITLE, question(users[0].account))
    named = [call for call in calls if call.param("GroupName")]
    groups = {call.params["GroupName"].lower(): authorized(call).things["GroupName"] for call in named}
    with transaction.atomic():
        args = {"action": action.name, "params": params, "title": action.title, "groups": groups}
        job = jobs.start(caller, KIND, args=args, starter=starter)
        JobRow.objects.bulk_create(
            [
                JobRow(job=job, number=number, key=user.user_id, label=user.user_name)
                for number, user in enumerate(users, start=1)
            ],
            batch_size=500,
        )
    return job


def last_administrators(caller: Caller, users: Sequence[User]) -> set[str]:
    """The names of those among the users who administer the account, where nobody else does: the guard of
    the last administrator has nothing to ask about the others.
    """
    chosen = {user.pk for user in users}
    administering = list(people(users[0].account, caller.source_ip))
    everyone = all(user.pk in chosen for user in administering)
    return {user.user_name for user in administering} if everyone else set()


@job_kind(KIND)
def run_bulk(run: JobRun) -> dict[str, Any]:
    """One user after the other; a refusal is the result of its row and stops nobody else's.

    A run that takes over goes on after the rows that have a result. The policies of the starter are
    read again for every row: what is taken away meanwhile is refused from there on.
    """
    action, params = ACTIONS.get(run.args["action"]), run.args["params"]
    # Queued before an upgrade: every active key of the users was to go, and nobody had seen which.
    if action is None or params.get("deactivate_keys"):
        raise IamError("InvalidAction", NO_SUCH_ACTION)
    rows = JobRow.objects.filter(job=run.job)
    total = rows.count()
    for row in run.waiting_rows():
        run.progress(row.number - 1, total)
        groups = run.args.get("groups", {})
        run.end_row(row, *outcome(run.caller(), action, row.key, params, groups, run.row_done(row)))
    run.progress(total, total)
    failed = rows.filter(state=JobRow.State.FAILED).count()
    return {"rows": total, "failed": failed}


def outcome(
    caller: Caller,
    action: BulkAction,
    user_id: str,
    params: dict[str, Any],
    groups: Mapping[str, str],
    done: Then,
) -> tuple[str, str]:
    """Do it to one user. The state of the row and a sentence.

    ``groups``: name without case -> unique ID of the groups named when the job was started. ``done``: keeps
    that the row is done, with the last change.
    """
    users = User.objects.select_related("account", "permissions_boundary")
    user = users.filter(account__account_id=caller.account_id, user_id=user_id).first()
    if user is None:
        return JobRow.State.FAILED, GONE
    steps = [meant(step, user, groups) for step in action.steps(user, params)]
    if not steps:
        return JobRow.State.DONE, action.nothing
    try:
        execute_row(caller, steps, done)
    except STEP_FAILED as error:
        return JobRow.State.FAILED, why_failed(error)
    return JobRow.State.DONE, ""


def meant(step: Step, user: User, groups: Mapping[str, str]) -> Step:
    """The step, for this very user and for the group of when the job was started."""
    things = {"UserName": user.user_id} if "UserName" in step.params else {}
    if group := groups.get(step.params.get("GroupName", "").lower()):
        things["GroupName"] = group
    return replace(step, things=things)
