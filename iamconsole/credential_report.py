"""AWS's credential report, to the letter: columns, words, and the one reader of its rows (IAM-FACTS 3)."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from iamconsole.downloads import SPREADSHEET, as_csv

COLUMNS = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
]
ROOT = "<root_account>"
NONE, NO_INFORMATION, NOT_SUPPORTED = "N/A", "no_information", "not_supported"
NO_CERTIFICATES = "false,N/A,false,N/A"
ABSENT = {NONE, NO_INFORMATION, NOT_SUPPORTED}
BOOLEANS = {"true": True, "false": False, "TRUE": True, "FALSE": False}
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|\+00:00)")
OLD_ZONE = "+00:00"  # at the end of times in older reports
SPELLINGS = {**dict.fromkeys(ABSENT, NONE), "TRUE": "true", "FALSE": "false"}
SHOWN = 60


class Wrong(Exception):
    """What is wrong with one cell."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class ReportedKey:
    """An access key as a report has it: no ID, so the time of creation stands for it. Some old reports do not
    have the time of an inactive one.
    """

    created: datetime | None
    active: bool
    last_used: datetime | None
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class ReportedCertificate:
    """A signing certificate, without its ID too."""

    uploaded: datetime
    active: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What a report says of one user; ``keys`` and ``certificates`` are those of slot 1 and slot 2."""

    created: datetime
    password_enabled: bool
    password_last_used: datetime | None
    password_last_changed: datetime | None
    password_next_rotation: datetime | None
    mfa_active: bool
    keys: tuple[ReportedKey | None, ...] = ()
    certificates: tuple[ReportedCertificate | None, ...] = ()

    def key_states(self) -> Counter[tuple[datetime | None, bool]]:
        """When keys were made and whether they are active, counted: two may be of the same second."""
        return Counter((key.created, key.active) for key in self.keys if key)

    def certificate_states(self) -> Counter[tuple[datetime, bool]]:
        return Counter((one.uploaded, one.active) for one in self.certificates if one)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a row by their columns, each read by the rules of its column (IAM-FACTS 3.2).

    ``wrong`` is told of the column of a cell that breaks them, and why. It raises Wrong, as for an upload,
    or it returns: then the cell is read as absent.
    """

    by_column: Mapping[str, str]
    wrong: Callable[[str, str], None]

    def text(self, column: str) -> str:
        return self.by_column.get(column, "")

    def boolean(self, column: str) -> bool:
        found = BOOLEANS.get(self.text(column))
        if found is None:
            self.wrong(column, f"{shown(self.text(column))} is neither true nor false.")
        return bool(found)

    def moment(self, column: str) -> datetime | None:
        """A time in UTC, with Z or, in older reports, +00:00; None for the words of absence."""
        text = self.text(column)
        if text in ABSENT:
            return None
        if MOMENT.fullmatch(text):
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        self.wrong(column, f"{shown(text)} is not a time. It must look like 2026-09-11T13:14:52Z, or N/A.")
        return None

    def word(self, column: str, limit: int) -> str:
        """A region or service; "" for the words of absence."""
        text = self.text(column)
        if text in ABSENT:
            return ""
        if 0 < len(text) <= limit and text.isprintable():
            return text
        self.wrong(column, f"{shown(text)} is not the name of a region or service.")
        return ""

    def key(self, name: str) -> ReportedKey | None:
        """The five cells of an access key; None where the slot is free: where none of them is set
        (IAM-FACTS 3.2).
        """
        active = self.boolean(f"{name}_active")
        created = self.moment(f"{name}_last_rotated")
        last_used = self.moment(f"{name}_last_used_date")
        region = self.word(f"{name}_last_used_region", 32)
        service = self.word(f"{name}_last_used_service", 64)
        if created is None and active:
            self._has_time(f"{name}_last_rotated", "the key is active")
            return None
        if created or last_used or region or service:
            return ReportedKey(created, active, last_used, region, service)
        return None

    def certificate(self, name: str) -> ReportedCertificate | None:
        active = self.boolean(f"{name}_active")
        uploaded = self.moment(f"{name}_last_rotated")
        if uploaded is not None:
            return ReportedCertificate(uploaded, active)
        if active:
            self._has_time(f"{name}_last_rotated", "the certificate is active")
        return None

    def _has_time(self, column: str, what: str) -> None:
        self.wrong(column, f"{what}, so it has a time here, not {shown(self.text(column))}.")

    def row(self) -> Row:
        """What the row says. Raises Wrong where it does not say when the user was created."""
        created = self.moment("user_creation_time")
        if created is None:
            text = shown(self.text("user_creation_time"))
            raise Wrong(
                "user_creation_time", f"{text} is not a time. It must look like 2026-09-11T13:14:52Z."
            )
        return Row(
            created=created,
            password_enabled=self._password_enabled(),
            password_last_used=self.moment("password_last_used"),
            password_last_changed=self.moment("password_last_changed"),
            password_next_rotation=self.moment("password_next_rotation"),
            mfa_active=self.boolean("mfa_active"),
            keys=(self.key("access_key_1"), self.key("access_key_2")),
            certificates=(self.certificate("cert_1"), self.certificate("cert_2")),
        )

    def _password_enabled(self) -> bool:
        """Older reports do not support the root user's password, which it always had."""
        if self.text("user") == ROOT and self.text("password_enabled") == NOT_SUPPORTED:
            return True
        return self.boolean("password_enabled")


def refuse(column: str, message: str) -> None:
    """For a file of people: the first wrong cell refuses its row."""
    raise Wrong(column, message)


def leave_out(column: str, message: str) -> None:
    """For AWS's own report: what cannot be read is not known, and the rest is."""


def rows_of(content: bytes) -> dict[str, Row]:
    """Rows of AWS's own report by ARN, as far as they can be read.

    A line that has not exactly the header's cells is left out: its cells are shifted.
    """
    found: dict[str, Row] = {}
    for cells in csv.DictReader(io.StringIO(content.decode(errors="replace"))):
        if None in cells or None in cells.values() or not cells.get("arn"):
            continue
        with suppress(Wrong):
            found[cells["arn"]] = Cells(cells, leave_out).row()
    return found


def one_spelling(cells: Iterable[str]) -> tuple[str, ...]:
    """Cells in one of the spellings that mean the same, so that two reports can be compared.

    The zone is asked cell by cell: an edited or joined file can have both.
    """
    spelled = [SPELLINGS.get(cell, cell) for cell in cells]
    return tuple([cell.removesuffix(OLD_ZONE) + "Z" if cell.endswith(OLD_ZONE) else cell for cell in spelled])


def word(text: str) -> str:
    """A word of AWS's, "" where it says that there is none."""
    return "" if text in ABSENT else text


def shown(text: str) -> str:
    """A value of the file in a sentence: in quotes, cut, without line breaks."""
    printable = "".join(char if char.isprintable() else "�" for char in text)
    return f"“{printable[:SHOWN]}{'…' if len(printable) > SHOWN else ''}”"


def for_spreadsheets(content: bytes) -> bytes:
    """The same report as spreadsheets want it."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return "".join(as_csv(next(rows, []), rows, SPREADSHEET)).encode()
