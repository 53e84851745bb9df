"""What a sync found different: for the Events, the account page and the job's result."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal["created", "changed", "removed"]
NAMES = 50


class Named(Protocol):
    """A row that AWS names: a user, a group."""

    @property
    def arn(self) -> str: ...


@dataclass
class Change:
    """One row that is not as the mirror had it; ``values`` are [before, after]."""

    name: str
    kind: Kind
    values: dict[str, list[Any]] = field(default_factory=dict)


class Changes(dict[str, Change]):
    """Changes by ARN. Of ``news``, which this sync has made, everything is new."""

    def __init__(self, news: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.news = news

    def created(self, row: Named) -> None:
        self[row.arn] = Change(name_of(row), "created")

    def removed(self, row: Named) -> None:
        # A namesake made since has the same ARN; that it is another one is said by "created" too.
        self[f"{row.arn} (removed)"] = Change(name_of(row), "removed")

    def note(self, row: Named, what: str, before: Any, after: Any) -> None:
        """Something of a row differs. All of a created one is new, which is no news."""
        if row.arn in self.news:
            return
        change = self.setdefault(row.arn, Change(name_of(row), "changed"))
        if change.kind == "changed":
            change.values[what] = [before, after]

    def counts(self) -> dict[str, int]:
        kinds = [change.kind for change in self.values()]
        return {kind: kinds.count(kind) for kind in ("created", "changed", "removed")}

    def names(self) -> dict[str, list[str]]:
        """The first names of each kind, for the Event."""
        found: dict[str, list[str]] = {"created": [], "changed": [], "removed": []}
        for change in self.values():
            found[change.kind].append(change.name)
        return {kind: sorted(names)[:NAMES] for kind, names in found.items()}


def name_of(row: Named) -> str:
    """The name at the end of its ARN, behind the path."""
    return row.arn.rpartition("/")[2]
