"""A kept report as rows of cells, by the columns of its own first line: older formats have fewer of them."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from iamconsole.credential_report import ABSENT, COLUMNS, MOMENT, Cells, leave_out

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Contents:
    """The columns of a report in their order, and its rows in theirs."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, content: bytes) -> "Contents":
        """Reads any file that was kept. A line that has fewer cells than the first one ends in empty ones."""
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=""))
        columns = tuple(next(lines, []))
        width = len(columns)
        rows = (line + [""] * (width - len(line)) for line in lines if line)
        return cls(columns, tuple(dict(zip(columns, cells, strict=False)) for cells in rows))

    def latest(self) -> str:
        """The latest time in it, as it stands there; "" where there is none. The facts are no older."""
        return max((cell for row in self.rows for cell in row.values() if MOMENT.fullmatch(cell)), default="")


def found(rows: Iterator[Row] | tuple[Row, ...], words: str) -> list[Row]:
    """The rows with the words in their user name or ARN, without case."""
    wanted = words.lower()
    return [
        row for row in rows if wanted in row.get("user", "").lower() or wanted in row.get("arn", "").lower()
    ]


def in_order(rows: list[Row], order: str) -> list[Row]:
    """Sorted by a column, "-" before it for downwards; words of absence come last both ways."""
    column = order.removeprefix("-")
    there = [row for row in rows if row.get(column, "") not in ABSENT]
    absent = [row for row in rows if row.get(column, "") in ABSENT]
    return sorted(there, key=lambda row: row.get(column, "").lower(), reverse=order.startswith("-")) + absent


def moment_of(row: Row, column: str) -> datetime | None:
    """The time in a cell; None where it has none or cannot be read."""
    return Cells(row, leave_out).moment(column) if column in row else None


def is_true(row: Row, column: str) -> bool:
    return row.get(column, "").lower() == "true"


# What a person looks for first; all others can be shown.
FIRST_SHOWN = (
    "user",
    "password_last_used",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
)
WORDS = {
    "arn": "ARN",
    "user_creation_time": "user created",
    "mfa_": "MFA_",
    "cert_": "certificate_",
    "access_key_": "key_",
    "last_used_date": "last used",
    "last_rotated": "rotated",
}


def heading(column: str) -> str:
    """A column in words: "Key 1 active". One that AWS has added since stays as it is."""
    if column not in COLUMNS:
        return column
    text = column
    for name, word in WORDS.items():
        text = text.replace(name, word)
    text = text.replace("_", " ")
    return text[:1].upper() + text[1:]


def shortened(text: str) -> str:
    """The day of a time; other cells as they are."""
    return text[:10] if MOMENT.fullmatch(text) else text
