"""Reading an uploaded credential report, the mirror of ``report_lines``: every cell is checked.

A file that is not such a report in full is refused with the line and column of what is wrong, and
nothing of it is taken.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from iamconsole.credential_report import COLUMNS, ROOT, Wrong, shown
from iamconsole.errors import IamError
from reports.imports.reported import ReportedUser, identity, user_of
from reports.imports.wrapping import NotWrapped, unwrapped

MAX_BYTES = 50 * 1024 * 1024
MAX_PROBLEMS = 10


class MalformedReport(IamError):
    """The file is no credential report; ``problems`` are sentences with line and column."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("MalformedReport", " ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: the account it is of, its root row and its users."""

    account_id: str
    partition: str
    root: ReportedUser
    users: list[ReportedUser]


def csv_of(content: bytes) -> bytes:
    """The CSV in the bytes of a file, as AWS has it. Raises MalformedReport."""
    check_size(content)
    try:
        found = unwrapped(content)
    except NotWrapped as error:
        raise MalformedReport([str(error)]) from None
    check_size(found)
    return found


def check_size(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise MalformedReport([f"The file has {len(content):,} bytes. The limit is {MAX_BYTES:,} bytes."])


def read(content: bytes) -> Report:
    """The report in the bytes of a file. Raises MalformedReport."""
    rows = table(text_of(csv_of(content)))
    readings = Readings(header_of(next(rows, (1, []))[1]))
    for line, cells in rows:
        readings.take(line, cells)
    return readings.report()


def account_of(content: bytes) -> str:
    """The account ID of the first row, before anything else is read. Raises MalformedReport."""
    rows = table(text_of(csv_of(content)))
    readings = Readings(header_of(next(rows, (1, []))[1]))
    for line, cells in rows:
        readings.take(line, cells)
        if readings.account:
            return readings.account[1]
    return readings.report().account_id


def text_of(content: bytes) -> str:
    """The text of the file; a byte order mark is allowed."""
    if not content.strip():
        raise MalformedReport(["The file is empty."])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"Line {line}: the file is not text in UTF-8. Upload the unchanged CSV file from AWS."
        raise MalformedReport([problem]) from None
    if (place := text.find("\0")) >= 0:
        line = text.count("\n", 0, place) + 1
        raise MalformedReport([f"Line {line}: the file is binary. Upload the unchanged CSV file from AWS."])
    return text


def table(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line each begins on; empty lines are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise MalformedReport([f"Line {line}: this is not valid CSV ({error})."]) from None


def header_of(found: list[str]) -> list[str]:
    """The header. AWS's 22 columns are in it once each; others are new at AWS and not read
    (IAM-FACTS 2.24.1).
    """
    if set(COLUMNS) <= set(found):
        if doubled := next((name for name in found if found.count(name) > 1), None):
            raise MalformedReport([f"Line 1: the header has the column {shown(doubled)} twice."])
        return found
    for number, (expected, name) in enumerate(zip(COLUMNS, found, strict=False), start=1):
        if name != expected:
            problem = f"the header is {shown(name)} where a credential report has {expected}."
            raise MalformedReport([f"Line 1, column {number}: {problem}"])
    problem = f"Line 1: the header has {len(found)} columns where a credential report has {len(COLUMNS)}."
    raise MalformedReport([problem])


class Readings:
    """The rows read so far, what is wrong with them, and what must be the same or once in the file."""

    def __init__(self, header: list[str]) -> None:
        # Where AWS's columns stand in a row.
        self.places = [header.index(column) for column in COLUMNS]
        self.width = len(header)
        self.users: list[ReportedUser] = []
        self.root: ReportedUser | None = None
        self.problems: list[str] = []
        self.lines: dict[str, int] = {}
        self.account: tuple[str, str] | None = None

    def take(self, line: int, cells: list[str]) -> None:
        """Read one row. Raises MalformedReport when there is too much wrong to go on."""
        try:
            self._take(line, cells)
        except Wrong as wrong:
            where = f"Line {line}, column {wrong.column}" if wrong.column else f"Line {line}"
            self.problems.append(f"{where}: {wrong}")
        if len(self.problems) >= MAX_PROBLEMS:
            raise MalformedReport([*self.problems, "There may be more."])

    def _take(self, line: int, cells: list[str]) -> None:
        if len(cells) != self.width:
            raise Wrong("", f"the row has {len(cells)} columns where the header has {self.width}.")
        cells = [cells[place] for place in self.places]
        account, path = identity(cells)
        if self.account is None:
            self.account = account
        elif account != self.account:
            raise Wrong(
                "arn", f"this row is from account {account[1]}, earlier rows are from {self.account[1]}."
            )
        if (other := self.lines.setdefault(cells[0].lower(), line)) != line:
            raise Wrong("user", f"the user {shown(cells[0])} is already on line {other}.")
        user = user_of(cells, path)
        if user.is_root:
            self.root = user
        else:
            self.users.append(user)

    def report(self) -> Report:
        """All that was read. Raises MalformedReport."""
        if not self.problems and self.account is None:
            self.problems.append("The file has a header and no rows.")
        elif not self.problems and self.root is None:
            self.problems.append(f"The row of {ROOT} is missing. Every credential report starts with it.")
        if self.problems or self.account is None or self.root is None:
            raise MalformedReport(self.problems)
        partition, account_id = self.account
        return Report(account_id, partition, self.root, self.users)
