"""What is marked in a report on screen, and why. The page asks ``marks_of`` and knows no rule.

Today the rules are those of the recommendations, as of the time of the report. Another source takes their
place with ``mark_with``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from iamconsole.credential_report import ROOT
from iamconsole.words import plural
from reports.credential_report.contents import Row, is_true, moment_of
from users.credential_status import KEY_ERROR_DAYS, KEY_LIMIT_DAYS, UNUSED_LIMIT_DAYS


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell, by its column, how bad it is (error | warning), and the reason."""

    column: str
    type: str
    why: str


Source = Callable[[Row, datetime], Iterator[Mark]]
_SOURCE: list[Source] = []


def mark_with(source: Source) -> None:
    """Set what marks the rows of reports: asked with a row and the time of its report."""
    _SOURCE[:] = [source]


def marks_of(row: Row, at: datetime) -> list[Mark]:
    """The marks of a row, errors first."""
    marks = (mark for source in _SOURCE for mark in source(row, at))
    return sorted(marks, key=lambda mark: mark.type != "error")


def recommended(row: Row, at: datetime) -> Iterator[Mark]:
    """What the recommendations say of one user: MFA, age of keys, what is not used, root."""
    is_root = row.get("user") == ROOT
    if (is_root or is_true(row, "password_enabled")) and row.get("mfa_active", "").lower() == "false":
        yield Mark("mfa_active", "error", "Root without MFA" if is_root else "Password without MFA")
    if is_true(row, "password_enabled") and not is_root:
        yield from _unused(row, at, "password_last_used", ("password_last_changed", "user_creation_time"))
    for number in (1, 2):
        key = f"access_key_{number}"
        if not is_true(row, f"{key}_active"):
            continue
        if is_root:
            yield Mark(f"{key}_active", "error", "Root has an access key")
        yield from _aged(row, at, f"{key}_last_rotated")
        if not is_root:
            yield from _unused(row, at, f"{key}_last_used_date", (f"{key}_last_rotated",))


def _aged(row: Row, at: datetime, column: str) -> Iterator[Mark]:
    created = moment_of(row, column)
    days = (at - created).days if created else 0
    if days > KEY_LIMIT_DAYS:
        yield Mark(column, "error" if days > KEY_ERROR_DAYS else "warning", f"Access key of {days:,} days")


def _unused(row: Row, at: datetime, column: str, since: tuple[str, ...]) -> Iterator[Mark]:
    """Not used for long, counted from the creation or the last change where it was never used."""
    what = "Password" if column.startswith("password") else "Access key"
    if used := moment_of(row, column):
        if (days := (at - used).days) > UNUSED_LIMIT_DAYS:
            yield Mark(column, "warning", f"{what} not used for {plural(days, 'day')}")
        return
    begun = next(filter(None, (moment_of(row, name) for name in since)), None)
    if begun and (days := (at - begun).days) > UNUSED_LIMIT_DAYS:
        yield Mark(column, "warning", f"{what} never used in {plural(days, 'day')}")
