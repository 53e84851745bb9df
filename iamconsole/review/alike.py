"""Most services in one line: "All services except ..." instead of hundreds of equal rows."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from iamconsole import catalogue

NAMED = 6  # services that the line leaves out by name; others are counted, and listed below it


class OfService(Protocol):
    """A row about one service."""

    @property
    def prefix(self) -> str: ...


Row = TypeVar("Row", bound=OfService)


@dataclass(frozen=True)
class Most(Generic[Row]):
    """The services that read the same, which are most of AWS's; ``row`` is one of theirs."""

    row: Row
    prefixes: frozenset[str]

    @cached_property
    def others(self) -> list[str]:
        """The names of the services that are not among them."""
        return [one.name for one in catalogue.services().values() if one.prefix not in self.prefixes]

    @property
    def title(self) -> str:
        """``All services``, ``All services except Amazon S3``, ``All services except 40``."""
        if not self.others:
            return "All services"
        named = ", ".join(self.others) if len(self.others) <= NAMED else str(len(self.others))
        return f"All services except {named}"

    @property
    def counted(self) -> list[str]:
        """The services left out where the title only counts them."""
        return self.others if len(self.others) > NAMED else []


@dataclass(frozen=True, slots=True)
class Shortened(Generic[Row]):
    """Rows by service, those that read the same as one where they are more than half of all services."""

    most: Most[Row] | None
    rows: Sequence[Row]


def shortened(rows: Iterable[Row], alike: Callable[[Row], Hashable]) -> Shortened[Row]:
    """The rows with the largest set that ``alike`` tells to be equal taken together; the others in order."""
    listed = list(rows)
    same: defaultdict[Hashable, list[Row]] = defaultdict(list)
    for row in listed:
        same[alike(row)].append(row)
    largest = max(same.values(), key=len, default=[])
    if 2 * len(largest) <= len(catalogue.services()):
        return Shortened(None, listed)
    prefixes = frozenset(row.prefix for row in largest)
    return Shortened(Most(largest[0], prefixes), [row for row in listed if row.prefix not in prefixes])
