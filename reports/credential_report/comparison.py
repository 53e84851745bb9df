"""Two reports of an account, user by user: added, removed, changed. They can be of different formats: columns
are compared that both have, in one spelling.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from iamconsole.credential_report import NONE, ROOT, one_spelling
from reports.credential_report.contents import Contents, Row

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
KINDS = {ADDED: "Added", CHANGED: "Changed", REMOVED: "Removed"}
HEADER = ["user", "change", "column", "before", "after"]


@dataclass(frozen=True, slots=True)
class Change:
    """A user, what happened to it, and its changed cells: column -> before and after."""

    user: str
    kind: str
    cells: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes by user name, and the columns that only one of the reports has."""

    changes: list[Change]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        return {kind: sum(change.kind == kind for change in self.changes) for kind in KINDS}

    def chosen(self, kind: str, words: str) -> list[Change]:
        """Those of a kind, "" for all, with the words in the user name."""
        wanted = words.lower()
        return [one for one in self.changes if kind in ("", one.kind) and wanted in one.user.lower()]


def compared(before: Contents, after: Contents) -> Comparison:
    """A user is the same one while name and time of creation are: else one was removed and another added."""
    columns = [column for column in after.columns if column in before.columns]
    old, new = by_user(before, columns), by_user(after, columns)
    changes = list(_changes(old, new))
    return Comparison(
        sorted(changes, key=lambda change: (change.user.lower(), change.kind == ADDED)),
        tuple(column for column in before.columns if column not in after.columns),
        tuple(column for column in after.columns if column not in before.columns),
    )


def by_user(contents: Contents, columns: list[str]) -> dict[tuple[str, str], Row]:
    """The rows by name without case and time of creation, with the columns in one spelling."""
    rows = (
        dict(zip(columns, one_spelling(row[name] for name in columns), strict=True)) for row in contents.rows
    )
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        is_root = row.get("user") == ROOT
        if is_root and row.get("password_enabled") == NONE:
            row |= {"password_enabled": "true"}  # older reports do not support root's, which it always had
        created = "" if is_root else row.get("user_creation_time", "")
        found[row.get("user", "").lower(), created] = row
    return found


def _changes(old: dict[tuple[str, str], Row], new: dict[tuple[str, str], Row]) -> Iterator[Change]:
    for key, row in old.items():
        if key not in new:
            yield Change(row.get("user", ""), REMOVED)
        elif row != new[key]:
            cells = {name: (row[name], new[key][name]) for name in row if row[name] != new[key][name]}
            yield Change(new[key].get("user", ""), CHANGED, cells)
    yield from (Change(row.get("user", ""), ADDED) for key, row in new.items() if key not in old)


def lines(changes: list[Change]) -> Iterator[list[str]]:
    """One line for each changed cell, and one for each user that came or went."""
    for change in changes:
        if not change.cells:
            yield [change.user, change.kind, "", "", ""]
        for column, (before, after) in change.cells.items():
            yield [change.user, change.kind, column, before, after]
