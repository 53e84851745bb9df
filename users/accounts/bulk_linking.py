"""Linking many accounts by their roles: all of the list is checked, then a job links one after another."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from iamconsole import jobs, work
from iamconsole.arn import EXAMPLE_ROLES, as_account_id
from iamconsole.errors import STEP_FAILED, why_failed
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Job, JobRow
from iamconsole.operations import Caller, Step, shapes
from iamconsole.operations import find as find_operation
from iamconsole.operations.door import Then, execute_row
from users.callers.build import starter_of
from users.models import Account

KIND = "link-accounts"
OPERATION = "iamconsole:LinkAccount"
COLUMNS = ("account_id", "name", "role_arn", "external_id")
MAX_BYTES = 1_000_000
MAX_ROWS = 5_000
ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]{1,512}", re.ASCII)
WHAT_IS_WRONG = {"accountId": "the account ID", "accountName": "the name", "externalId": "the external ID"}
ELSEWHERE = "The accounts are being linked. The job is listed in your own account."
LINKED = "Linked. Its first sync starts automatically, a few accounts at a time."


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to link by a role in it."""

    account_id: str
    name: str
    role_arn: str
    external_id: str

    @property
    def label(self) -> str:
        return f"{self.account_id} {self.name}".strip()

    @property
    def params(self) -> dict[str, str]:
        given = {"AccountName": self.name, "RoleArn": self.role_arn, "ExternalId": self.external_id}
        kept = {name: value for name, value in given.items() if value}
        return {"AccountId": self.account_id, "Method": "role", **kept}


class BadRows(Exception):
    """Every wrong line of a list, each as a sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems[0])
        self.problems = problems


def read_csv(content: bytes) -> list[NewAccount]:
    """The accounts of a CSV file with the columns account_id, name, role_arn, external_id. Raises BadRows."""
    if len(content) > MAX_BYTES:
        raise BadRows(["The file is larger than 1 MB."])
    try:
        text = content.decode("utf-8-sig")
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if any(line)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRows([f"This is not a CSV file in UTF-8: {error}."]) from error
    header = [cell.strip().lower().replace(" ", "_") for cell in lines[0]] if lines else []
    if header != list(COLUMNS):
        raise BadRows([f"The first line must be: {','.join(COLUMNS)}"])
    if not lines[1:]:
        raise BadRows(["The file contains no accounts."])
    if len(lines) > MAX_ROWS + 1:
        raise BadRows([f"The file has more than {MAX_ROWS:,} accounts. Split it."])
    return checked(lines[1:], first=2)


def checked(lines: Sequence[Sequence[str]], first: int) -> list[NewAccount]:
    """The accounts of all lines, or BadRows with every line that is wrong."""
    here = set(Account.objects.values_list("account_id", flat=True))
    problems: list[str] = []
    rows: dict[str, NewAccount] = {}
    for number, line in enumerate(lines, start=first):
        if len(line) != len(COLUMNS):
            problems.append(f"Line {number}: this line needs {len(COLUMNS)} values and has {len(line)}.")
            continue
        row = NewAccount(as_account_id(line[0]) or line[0].strip(), *(cell.strip() for cell in line[1:]))
        found = problem_of(row)
        if not found and row.account_id in rows:
            found = f"account {row.account_id} is in the list twice"
        if not found and row.account_id in here:
            found = f"account {row.account_id} is already here"
        if found:
            problems.append(f"Line {number}: {found}.")
        rows.setdefault(row.account_id, row)
    if problems:
        raise BadRows(problems)
    return list(rows.values())


def problem_of(row: NewAccount) -> str:
    """What is wrong with one account, "" where nothing is."""
    if not re.fullmatch(r"[0-9]{12}", row.account_id):
        return "the account ID must have 12 digits"
    role = ROLE_ARN.fullmatch(row.role_arn)
    if role is None:
        return f"the role ARN must look like {EXAMPLE_ROLES}"
    if role[1] != row.account_id:
        return f"the role belongs to account {role[1]}, not to {row.account_id}"
    try:
        shapes.validate(find_operation(OPERATION).model, row.params)
    except shapes.ValidationError as error:
        issue = error.issues[0]
        return f"{WHAT_IS_WRONG.get(issue.path, issue.path)} must {issue.constraint}"
    return ""


def start(caller: Caller, rows: Sequence[NewAccount]) -> Job:
    """Authorize every link, then start the job. Raises AccessDenied, IamError."""
    work.admit(caller, [Step(OPERATION, row.params) for row in rows])
    with transaction.atomic():
        args = {"accounts": [row.params for row in rows]}
        job = jobs.start(caller, KIND, args=args, starter=starter_of(caller))
        JobRow.objects.bulk_create(
            [
                JobRow(job=job, number=number, key=row.account_id, label=row.label)
                for number, row in enumerate(rows, start=1)
            ],
            batch_size=500,
        )
    return job


@job_kind(KIND)
def run_linking(run: JobRun) -> dict[str, Any]:
    """One account after the other; a refusal is the result of its row and stops no other."""
    params = {one["AccountId"]: one for one in run.args["accounts"]}
    rows = JobRow.objects.filter(job=run.job)
    total = rows.count()
    for row in run.waiting_rows():
        run.progress(row.number - 1, total)
        run.end_row(row, *outcome(run.caller(), params[row.key], run.row_done(row, LINKED)))
    run.progress(total, total)
    return {"rows": total, "failed": rows.filter(state=JobRow.State.FAILED).count()}


def outcome(caller: Caller, params: dict[str, str], done: Then) -> tuple[str, str]:
    """Link one account. The state of its row and a sentence."""
    try:
        execute_row(caller, [Step(OPERATION, params)], done)
    except STEP_FAILED as error:
        if getattr(error, "code", "") == "EntityAlreadyExists" and linked_by(params):
            return JobRow.State.DONE, LINKED  # by the worker that died before it could write so
        return JobRow.State.FAILED, why_failed(error)
    return JobRow.State.DONE, LINKED


def linked_by(params: dict[str, str]) -> bool:
    """Whether the account is linked already, by this very role."""
    linked = Account.objects.filter(account_id=params["AccountId"], link__role_arn=params["RoleArn"])
    return linked.exists()
