"""Who can ...? in all accounts that one can switch to: a job, account by account."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from iamconsole import jobs
from iamconsole.addresses import address_in, reverse
from iamconsole.job_kinds import Link
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Job
from iamconsole.operations import Caller
from iamconsole.policy import TooManySteps
from users.accounts.across import Seen, in_sight
from users.callers.build import starter_of
from users.models import Account, User
from users.who_can.answers import MOST_SHOWN, as_cells, entry, root_entry
from users.who_can.deciding import TOO_MUCH, Verdict, rows_of
from users.who_can.forms import WhoCanForm
from users.who_can.question import Question

KIND, LIST = "who-can", "who-can"
MOST_ROWS = 2_000  # of one account that a job keeps
OUT_OF_SIGHT = "You can no longer switch to this account."
CUT = f"Only the first {MOST_ROWS:,} rows were kept. Ask in the account for all."


@dataclass(frozen=True, slots=True)
class Finding:
    """What a job found in one account: how many can, the rows of a file, or why there are none."""

    account: Account
    can: int
    depends: int
    why: str
    cells: list[list[Any]]


def start(own: Caller, question: Question) -> Job:
    """Start the job as the person in their own account. Raises IamError."""
    args = {"action": question.written, "resource": question.resource}
    return jobs.start(own, KIND, args=args, starter=starter_of(own))


@job_kind(KIND)
def run_across(run: JobRun) -> dict[str, Any]:
    """One account after the other. What one may see is asked of the policies of each moment."""
    accounts = [seen.account.account_id for seen in in_sight(run.caller(), LIST)]
    found = []
    for number, account_id in enumerate(accounts):
        run.progress(number, len(accounts))
        now = {seen.account.account_id: seen for seen in in_sight(run.caller(), LIST)}
        seen = now.get(account_id)
        found.append(_found(seen, run.args) if seen else _nothing(account_id, OUT_OF_SIGHT))
    run.progress(len(accounts), len(accounts))
    return {"accounts": found}


def _found(seen: Seen, args: dict[str, str]) -> dict[str, Any]:
    """The answers of one account, as the job keeps them."""
    account = seen.account
    if fact := account.not_known["policies"]:
        return _nothing(account.account_id, fact.why)
    form = WhoCanForm(args, arns=account.arns)
    if not form.is_valid() or form.question is None:
        return _nothing(account.account_id, str(next(iter(form.errors.values()))[0]))
    question = form.question
    try:
        rows = [row for row in rows_of(account, question) if row.verdict is not Verdict.BLOCKED]
    except TooManySteps:
        return _nothing(account.account_id, TOO_MUCH)
    entries = [root_entry(root, question) for root in User.objects.roots(account).select_related("account")]
    entries += [entry(row, question, MOST_SHOWN) for row in rows[:MOST_ROWS]]
    is_cut = len(rows) > MOST_ROWS or any(one.more for one in entries)
    return {
        "account_id": account.account_id,
        "can": sum(row.verdict is Verdict.CAN for row in rows),
        "depends": sum(row.verdict is Verdict.DEPENDS for row in rows),
        "why": CUT if is_cut else "",
        "cells": list(as_cells(entries)),
    }


def _nothing(account_id: str, why: str) -> dict[str, Any]:
    return {"account_id": account_id, "can": 0, "depends": 0, "why": why, "cells": []}


def findings(job: Job, own: Caller) -> list[Finding]:
    """What a job found in the accounts that are still in sight. Raises AccessDenied."""
    accounts = {seen.account.account_id: seen.account for seen in in_sight(own, LIST)}
    return [
        Finding(accounts[row["account_id"]], row["can"], row["depends"], row["why"], row["cells"])
        for row in job.result.get("accounts", ())
        if row["account_id"] in accounts
    ]


def of_person(own: Caller) -> QuerySet[Job]:
    """The person's own jobs."""
    return Job.objects.filter(kind=KIND, started_by_id=own.person_id)


def asked_again(job: Job) -> Link:
    """Where the question is asked once more."""
    return Link("Ask again", address_in(job.account_id, "users:who-can"))


def links(job: Job) -> list[Link]:
    """From the page of a job to its answer."""
    if job.kind != KIND:
        return []
    return [Link("Answer", reverse("users:across-who-can-result", args=[job.id]), "search")]
