"""The credential reports of several accounts: the newest of each, and all of them in one CSV."""

import csv
import io
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from iamconsole.credential_report import COLUMNS
from iamconsole.downloads import SPREADSHEET, as_csv, exact_line
from iamconsole.models import Job
from iamconsole.operations import Caller, execute
from reports.credential_report.jobs import KIND
from reports.models import CredentialReport
from users.accounts.across import Seen
from users.callers.build import role_permits
from users.models import Account

GENERATE = "iam:GenerateCredentialReport"
HEADER = ["account_id", *COLUMNS]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """An account, its newest report, and the job that makes the next one."""

    seen: Seen
    report: CredentialReport | None
    job: Job | None
    allowed: bool  # whether one may have a report made there

    @property
    def account(self) -> Account:
        return self.seen.account

    @property
    def imported(self) -> bool:
        """Nothing is made of an imported account: its reports are uploaded."""
        return self.account.kind == Account.Kind.IMPORTED

    @property
    def can_generate(self) -> bool:
        return self.allowed and not self.imported and self.job is None


def report_rows(seen: Sequence[Seen], own: Caller) -> list[ReportRow]:
    """A row for each account, in a number of queries that does not grow with them."""
    newest = newest_reports([one.account for one in seen])
    waiting = Job.objects.filter(
        kind=KIND, state__in=Job.OPEN_STATES, account_id__in=[one.account.account_id for one in seen]
    )
    jobs = {job.account_id: job for job in waiting}
    return [
        ReportRow(one, newest.get(one.account.pk), jobs.get(one.account.account_id), may_generate(one, own))
        for one in seen
    ]


def may_generate(seen: Seen, own: Caller) -> bool:
    """Whether the person may have a report made in the account, in the best role there."""
    return role_permits(seen.roles[0], GENERATE) if seen.roles else own.permits(GENERATE)


def newest_reports(accounts: Sequence[Account]) -> dict[int, CredentialReport]:
    """The newest report of each account that has one, without its content."""
    of_account = CredentialReport.objects.filter(account=OuterRef("pk")).order_by("-generated_at")
    newest = Account.objects.filter(pk__in=[account.pk for account in accounts]).order_by()
    ids = newest.annotate(newest=Subquery(of_account.values("pk")[:1])).values("newest")
    reports = CredentialReport.objects.filter(pk__in=ids).defer("content")
    return {report.account_id: report for report in reports}


SORTS: Mapping[str, Callable[[ReportRow], Any]] = {
    "account": lambda row: row.account.label.lower(),
    "made": lambda row: row.report.generated_at if row.report else NEVER,
    "rows": lambda row: row.report.rows if row.report else -1,
}


def combined(wanted: Iterable[tuple[Caller, CredentialReport]], form: str) -> Generator[str]:
    """One CSV of all reports, the account before AWS's 22 columns; one report in memory at a time.

    Each is taken through the door as the person in its account, so each account has the Event. Exact:
    LF between the rows and none after the last, as AWS writes it (IAM-FACTS 3.2).
    """
    if form == SPREADSHEET:
        yield from as_csv(HEADER, combined_rows(wanted), form)
        return
    yield exact_line(HEADER)
    for row in combined_rows(wanted):
        yield "\n" + exact_line(row)


def combined_rows(wanted: Iterable[tuple[Caller, CredentialReport]]) -> Iterator[list[str]]:
    """The rows of all reports behind their account's ID; the door is asked for each report."""
    for caller, known in wanted:
        facts = execute(caller, "iamconsole:DownloadCredentialReport", ReportId=str(known.pk))
        for cells in cells_of(facts["Report"].csv):
            yield [caller.account_id, *cells]


def cells_of(content: bytes) -> Iterator[list[str]]:
    """AWS's columns of the rows of a report, found by their names; one that is new at AWS is left out."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    header = next(rows, [])
    places = [header.index(column) for column in COLUMNS if column in header]
    return ([cells[place] for place in places] for cells in rows if len(cells) == len(header))
