"""AWS's credential report as a source of facts (IAM-FACTS 3)."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

NOTHING = ("", "N/A", "no_information", "not_supported")


@dataclass(frozen=True, slots=True)
class ReportKey:
    """An access key as the report has it: no ID, so the time of creation stands for it."""

    created: datetime
    active: bool
    last_used: datetime | None
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Row:
    """What the report tells of one user."""

    created: datetime | None
    password_enabled: bool
    password_last_used: datetime | None
    password_last_changed: datetime | None
    mfa_active: bool
    keys: tuple[ReportKey, ...]
    certificates: frozenset[tuple[datetime, bool]] = frozenset()

    def key_states(self) -> set[tuple[datetime, bool]]:
        return {(key.created, key.active) for key in self.keys}


def rows_of(content: bytes) -> dict[str, Row]:
    """Rows by ARN. A line that has not exactly the header's cells is left out: its cells are shifted."""
    found: dict[str, Row] = {}
    reader = csv.DictReader(io.StringIO(content.decode(errors="replace")))
    for cells in reader:
        if None in cells or None in cells.values() or not cells.get("arn"):
            continue
        found[cells["arn"]] = row_of(cells)
    return found


def row_of(cells: Mapping[str, str]) -> Row:
    return Row(
        created=moment(cells.get("user_creation_time", "")),
        password_enabled=cells.get("password_enabled", "").lower() == "true",
        password_last_used=moment(cells.get("password_last_used", "")),
        password_last_changed=moment(cells.get("password_last_changed", "")),
        mfa_active=cells.get("mfa_active", "").lower() == "true",
        keys=tuple(key for key in (key_of(cells, "1"), key_of(cells, "2")) if key),
        certificates=frozenset(filter(None, (certificate_of(cells, "1"), certificate_of(cells, "2")))),
    )


def certificate_of(cells: Mapping[str, str], number: str) -> tuple[datetime, bool] | None:
    """When a signing certificate was uploaded and whether it is active; it has no ID here either."""
    uploaded = moment(cells.get(f"cert_{number}_last_rotated", ""))
    if uploaded is None:
        return None
    return (uploaded, cells.get(f"cert_{number}_active", "").lower() == "true")


def key_of(cells: Mapping[str, str], number: str) -> ReportKey | None:
    """One of the two keys of a row; None where the user has none there."""

    def cell(name: str) -> str:
        return cells.get(f"access_key_{number}_{name}", "")

    created = moment(cell("last_rotated"))
    if created is None:
        return None
    return ReportKey(
        created=created,
        active=cell("active").lower() == "true",
        last_used=moment(cell("last_used_date")),
        region=word(cell("last_used_region")),
        service=word(cell("last_used_service")),
    )


def moment(text: str) -> datetime | None:
    """A time of the report; None for its words for none."""
    if text in NOTHING:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def word(text: str) -> str:
    return "" if text in NOTHING else text
