"""Reading an account at AWS: lists of everything first, per user only what the plan asks (ARCHITECTURE 6)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from iamconsole import gateway
from iamconsole.credential_report import Row, rows_of
from iamconsole.errors import IamError
from iamconsole.gateway import AwsReport
from iamconsole.operations import LinkSpec
from iamconsole.sync.mirrors import MIRRORS, Answers
from iamconsole.sync.plan import PAGE
from iamconsole.sync.single import Turns

# No worker waits longer for AWS's credential report: AWS goes on making it, and the next sync reads it.
REPORT_SECONDS = 60
Progress = Callable[[int, int, str], None]
Method = Callable[..., dict[str, Any]]


@dataclass
class Snapshot:
    """What AWS said of an account.

    ``lists`` hold its answers by operation, None where it did not answer; ``users`` the listed people.
    ``answers`` hold, by unique ID, what was asked about single users; for the others the mirror
    stands. ``unknown`` names the operations AWS did not answer. Not ``complete``: something may be
    missing, so nothing may be removed.
    """

    started: datetime = field(default_factory=timezone.now)
    users: list[dict[str, Any]] = field(default_factory=list)
    lists: dict[str, Any] = field(default_factory=dict)
    complete: bool = True
    report: dict[str, Row] = field(default_factory=dict)
    report_at: datetime | None = None
    answers: Mapping[str, Answers] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    # The operations that AWS denied: why those are unknown.
    denied: list[str] = field(default_factory=list)
    # What was asked about single resources.
    single: Turns = field(default_factory=Turns)

    def listed(self, name: str) -> list[dict[str, Any]] | None:
        """AWS's list of that name, of the whole account; None where it was not read."""
        for bulk in MIRRORS.lists:
            if bulk.operation not in self.unknown:
                rows = bulk.listed(self.lists[bulk.operation])
                if name in rows:
                    return rows[name]
        return None

    def row(self, detail: Mapping[str, Any]) -> Row | None:
        """The user's row of the report; not that of a deleted user of the same name."""
        row = self.report.get(detail["Arn"])
        return row if row and row.created == detail["CreateDate"].replace(microsecond=0) else None

    def rows(self) -> dict[str, Row]:
        """Rows of the report by the user's unique ID."""
        found = ((detail["UserId"], self.row(detail)) for detail in self.users)
        return {user_id: row for user_id, row in found if row}


class Reader:
    """The lists of one account. ``calls`` counts what they cost."""

    def __init__(self, link: LinkSpec, calls: gateway.Calls, progress: Progress) -> None:
        self.snapshot = Snapshot()
        self.client: Any = gateway.reader(link, calls=calls)
        self.progress = progress

    def read(self) -> Snapshot:
        """All lists, or IamError from one that must not be missing."""
        found = self.snapshot
        for bulk in MIRRORS.lists:
            if bulk.required:
                found.lists[bulk.operation] = bulk.read(self)
            else:
                found.lists[bulk.operation] = self._optional(partial(bulk.read, self), bulk.operation)
        self._read_report(len(found.users))
        return found

    def rows(self, operation: str, member: str, **params: Any) -> list[Any]:
        """All rows of a listing."""
        return [row for page in self.pages(operation, **params) for row in page[member]]

    def pages(self, operation: str, **params: Any) -> Iterator[dict[str, Any]]:
        """The pages of a listing, as large as AWS gives them."""
        return gateway.pages(self._method(operation), **params, MaxItems=PAGE)

    def one(self, operation: str, **params: Any) -> dict[str, Any]:
        """One answer of AWS's."""
        return gateway.read(self._method(operation), **params)

    def _optional(self, read: Callable[[], Any], operation: str) -> Any:
        """A read that may be denied or missing: then what it tells is unknown, which is not "none"."""
        try:
            return read()
        except IamError as error:
            self.snapshot.unknown.append(operation)
            if error.code in gateway.DENIED_CODES:
                self.snapshot.denied.append(error.operation or operation)
            return None

    def _read_report(self, users: int) -> None:
        def waiting() -> None:
            self.progress(0, users, "Waiting for AWS to create its credential report")

        def fetch() -> AwsReport:
            return gateway.credential_report(self.client, REPORT_SECONDS, waiting)

        self.progress(0, users, "Reading AWS's credential report")
        report: AwsReport | None = self._optional(fetch, "GetCredentialReport")
        if report is not None:
            self.snapshot.report, self.snapshot.report_at = rows_of(report.content), report.generated_at

    def _method(self, operation: str) -> Method:
        method: Method = getattr(self.client, gateway.method_name(self.client, operation))
        return method


def chunks(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Rows in parts of a size; one empty part where there are none."""
    return [rows[start : start + size] for start in range(0, len(rows), size)] or [()]
