"""The columns of the list of users: which there are, and a person's choice among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from users.people.tables import UserTable

ALL_COLUMNS = tuple(UserTable.base_columns)
ALWAYS = "user_name"  # without it there is no way to the user
DEFAULT_COLUMNS = [
    "user_name",
    "groups",
    "console_access",
    "mfa",
    "last_activity",
    "password_age",
    "active_key_age",
    "key_last_used",
    "created",
]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that are shown, in their order."""

    columns: list[str]

    @classmethod
    def of(cls, kept: Sequence[Any]) -> "Layout":
        """What was kept, without names no longer known; the default where nothing was."""
        known = [name for name in dict.fromkeys(kept) if name in ALL_COLUMNS]
        if not known:
            return cls(list(DEFAULT_COLUMNS))
        return cls(known if ALWAYS in known else [ALWAYS, *known])

    @classmethod
    def sent(cls, form: Any) -> "Layout":
        """What the preferences form sent: ticked columns in the order of the form."""
        return cls.of(form.getlist("columns") or [ALWAYS])

    @property
    def hidden(self) -> list[str]:
        return [name for name in ALL_COLUMNS if name not in self.columns]

    def moved(self, go: str) -> list[str]:
        """The columns after ``up:groups`` or ``down:groups``; unchanged for anything else."""
        way, _, name = go.partition(":")
        step = {"up": -1, "down": 1}.get(way, 0)
        columns = list(self.columns)
        if not step or name not in columns:
            return columns
        place = columns.index(name)
        other = place + step
        if 0 <= other < len(columns):
            columns[place], columns[other] = columns[other], columns[place]
        return columns

    def rows(self) -> list[Mapping[str, Any]]:
        """Every column for the form, the shown ones first."""
        names = [*self.columns, *self.hidden]
        return [
            {
                "name": name,
                "label": UserTable.base_columns[name].verbose_name,
                "shown": name in self.columns,
                "always": name == ALWAYS,
                "first": place == 0,
                "last": place >= len(self.columns) - 1,
            }
            for place, name in enumerate(names)
        ]
