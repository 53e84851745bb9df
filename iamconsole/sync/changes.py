"""What a sync found different: for the Events, the account page and the job's result.

All rows of a mirror are compared here and nowhere else: every column is noted but those that the mirror
declares to be no news (``told``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from iamconsole.operations.explained import Difference
from iamconsole.sync.told import TELLINGS, Told, View, fact

Kind = Literal["created", "changed", "removed"]
NAMES = 50


@dataclass
class Change:
    """One thing that is not as the mirror had it; its differences by what is told of them."""

    arn: str
    kind: Kind
    differences: dict[str, Difference] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name at the end of its ARN, behind the path; an account's ID."""
        return self.arn.split(":")[4] if self.arn.endswith(":root") else self.arn.rpartition("/")[2]


class Changes(dict[str, Change]):
    """Changes by ARN. Those of ``news``, which this sync has made before, are not counted again."""

    def __init__(self, news: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.news = news

    def put(self, row: Any, values: Mapping[str, Any]) -> list[str]:
        """Set columns of a row as AWS has them, and note what differs. Returns the columns to be saved."""
        different = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
        if not different:
            return []
        told = TELLINGS.of(row)
        before = told.view(row)
        for name in different:
            setattr(row, name, values[name])
        after = told.view(row)
        if (type(before.thing), before.thing.pk) != (type(after.thing), after.thing.pk):
            self._moved(row, told, before, after)
        else:
            for name, old in different.items():
                if name not in told.silent:
                    self._note("changed", told, before, after, name, fact(old), fact(values[name]))
        return list(different)

    def made(self, row: Any) -> None:
        """Note a row that is new."""
        told = TELLINGS.of(row)
        self._came(row, told, told.view(row))

    def gone(self, row: Any) -> None:
        """Note a row that AWS has no more."""
        told = TELLINGS.of(row)
        self._went(row, told, told.view(row))

    def _moved(self, row: Any, told: Told, before: View, after: View) -> None:
        """It belongs to another now. One that belongs to nobody is told by who had it."""
        if before.thing is not row:
            self._went(row, told, before)
        if after.thing is not row:
            self._came(row, told, after)

    def _came(self, row: Any, told: Told, view: View) -> None:
        if view.thing is not row:
            gives = partial(told.gives, row) if told.gives else None
            self._note("changed", told, view, view, "", None, view.facts, gives)
            return
        for name, value in view.facts.items() or [("", {})]:
            self._note("created", told, view, view, name, None, value)

    def _went(self, row: Any, told: Told, view: View) -> None:
        if view.thing is not row:
            self._note("changed", told, view, view, "", view.facts, None)
            return
        for name, value in view.facts.items() or [("", {})]:
            self._note("removed", told, view, view, name, value, None)

    def _of(self, kind: Kind, view: View) -> Change:
        """The change of a thing. A namesake that was made since is told beside the one that went."""
        key = f"{view.arn} (removed)" if kind == "removed" else view.arn
        change = self.setdefault(key, Change(view.arn, kind))
        if kind == "created":
            change.kind = kind
        return change

    def _note(
        self,
        kind: Kind,
        told: Told,
        old: View,
        new: View,
        column: str,
        before: Any,
        after: Any,
        gives: Callable[[], str] | None = None,
    ) -> None:
        what = ": ".join(filter(None, (new.part, column))) or told.noun
        change = self._of(kind, new)
        if earlier := change.differences.get(what):
            before = earlier.before
        change.differences[what] = Difference(
            frozenset({old.arn, new.arn}),
            told.noun,
            new.name,
            column,
            before,
            after,
            beside=change.differences,
            gives=gives,
        )

    def counts(self) -> dict[str, int]:
        kinds = [change.kind for change in self.values()]
        return {kind: kinds.count(kind) for kind in ("created", "changed", "removed")}

    def names(self) -> dict[str, list[str]]:
        """The first names of each kind, for the Event."""
        found: dict[str, list[str]] = {"created": [], "changed": [], "removed": []}
        for change in self.values():
            found[change.kind].append(change.name)
        return {kind: sorted(names)[:NAMES] for kind, names in found.items()}

    def add(self, part: "Changes") -> None:
        """Count what one more part of the sync has found."""
        for key, change in part.items():
            if change.arn not in part.news:
                self.setdefault(key, change)


def values_of(differences: Iterable[tuple[str, Difference]]) -> dict[str, list[Any]]:
    """[before, after] by what is told, for an Event."""
    return {what: [one.before, one.after] for what, one in differences}
