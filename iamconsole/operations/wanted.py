"""What an operation asks for at AWS, in the words of AWS's lists.

After silence the next reading of the account is compared with it (``iamconsole.sync.settle``): AWS has it,
or has it not, whoever did it. A fact is a value, a mapping of facts, or a test of the value.

``before``, which each operation is given, is the Intent's evidence: ``At`` when AWS was asked, ``Things`` the
unique IDs that parameters stood for, ``Was`` whether it was so already, and what the operation adds itself.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

Fact = Any
Params = Mapping[str, Any]
Row = Mapping[str, Any]
Test = Callable[[Any], bool]

HAS = "AWS has it. You do not have to do anything."
HAS_NOT = "AWS does not have it. Try again if you still want it."
AS_WANTED = (
    "It is as you wanted at AWS. As far as this console knew, it was so before you asked. You do not "
    "have to do anything."
)
# How far AWS's clock and ours may be apart.
CLOCK_SKEW = timedelta(minutes=1)
# The list of AWS's that is its credential report; its rows have the columns as they were read.
REPORT = "CredentialReport"


def patience() -> timedelta:
    """How long whoever asks AWS waits at most, for the role's session and for the answer, and some seconds
    more until that is written down.
    """
    return timedelta(seconds=settings.AWS_SECONDS + 5)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The state of one thing.

    ``listed`` is AWS's list that shows it, ``of`` the user whose list it is, "" for one of the account.
    ``which`` tells the thing apart in the list, ``like`` is what it is to be like; None: it is to be gone.
    ``sure``: members that all rows must have before a "no" is believed, where they may not be read.
    ``then`` is the sentence for whoever asked, where AWS has it. ``also`` is a second list that must agree.
    """

    listed: str
    which: Mapping[str, Fact] = field(default_factory=dict)
    like: Mapping[str, Fact] | None = field(default_factory=dict)
    of: str = ""
    sure: Sequence[str] = ()
    then: str = HAS
    also: "Wanted | None" = None

    @property
    def members(self) -> Collection[str]:
        """The members of a row that decide."""
        return {*self.which, *(self.like or ())}

    def found(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that are the thing."""
        return [row for row in rows if agrees(row, self.which)]

    def reached(self, rows: Sequence[Row]) -> bool | None:
        """Whether AWS has it, by the rows of the list; None where they cannot tell."""
        found = self.found(rows)
        if self.like is None:
            return not found
        if any(agrees(row, self.like) for row in found):
            return True
        return None if any(name not in row for row in found for name in self.sure) else False


@dataclass(frozen=True, slots=True)
class Made(Wanted):
    """A new thing that AWS names: one whose ID, the member ``id``, is not among the ``known`` ones, and whose
    member ``dated`` is of the moments in which AWS was asked. ``then`` has ``{thing}`` where its ID belongs.
    """

    id: str = ""
    dated: str = ""
    known: Collection[str] = ()
    at: datetime | None = None

    def found(self, rows: Sequence[Row]) -> list[Row]:
        return [
            row
            for row in rows
            if agrees(row, self.which) and row[self.id] not in self.known and self.is_of_then(row)
        ]

    def is_of_then(self, row: Row) -> bool:
        return self.at is None or is_of(self.at, row.get(self.dated))

    def distance(self, row: Row) -> timedelta:
        """How far from the question it was made."""
        return abs(row[self.dated] - self.at) if self.at else timedelta()


@dataclass(frozen=True, slots=True)
class Asked(Wanted):
    """What no list shows: the read ``listed`` is asked for it alone, with ``params``, and its whole answer
    is the one row. AWS may not allow that; then it stays unknown.
    """

    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unseen:
    """AWS shows nothing of it; ``then`` says so, and what to do."""

    then: str


def asked_at(before: Params) -> datetime | None:
    """When AWS was asked, by the evidence."""
    return datetime.fromisoformat(before["At"]) if "At" in before else None


def is_of(at: datetime, moment: Any) -> bool:
    """Whether AWS dates something as of a question that was asked at that time."""
    return isinstance(moment, datetime) and at - CLOCK_SKEW <= moment <= at + patience() + CLOCK_SKEW


def while_asked(before: Params) -> Test:
    """A moment in which AWS may have acted; not before the question, nor long after it."""
    at = asked_at(before)
    return lambda moment: at is None or is_of(at, moment)


def thing(before: Params, parameter: str) -> str:
    """The unique ID that a parameter stood for, "" where that was not kept."""
    return str(before.get("Things", {}).get(parameter, ""))


def agrees(value: Any, fact: Fact) -> bool:
    """Whether a value of AWS's is as the fact has it."""
    if callable(fact):
        return bool(fact(value))
    if isinstance(fact, Mapping):
        return isinstance(value, Mapping) and all(agrees(value.get(name), fact[name]) for name in fact)
    return bool(value == fact)


def without_case(name: str) -> Test:
    """The name, in whatever spelling."""
    return lambda value: isinstance(value, str) and value.lower() == name.lower()


def ending(text: str) -> Test:
    return lambda value: isinstance(value, str) and value.endswith(text)


def same_moment(text: str) -> Test:
    """The moment, as far as AWS's lists agree on it: to the second. ``text`` is its ISO form."""
    wanted = datetime.fromisoformat(text).replace(microsecond=0)
    return lambda value: isinstance(value, datetime) and value.replace(microsecond=0) == wanted


def has(*facts: Fact) -> Test:
    """A list with something for each of the facts."""
    return lambda values: all(any(agrees(value, fact) for value in values or ()) for fact in facts)


def has_any(*facts: Fact) -> Test:
    """A list with something for one of the facts."""
    return lambda values: any(agrees(value, fact) for value in values or () for fact in facts)


def as_good_as(wanted: Any) -> Test:
    """The value; what is off, zero or left out is the same."""
    return lambda value: (value or None) == (wanted or None)


def same_document(document: str) -> Test:
    """The policy document, however its text is laid out."""
    wanted = json.loads(document)
    return lambda value: (json.loads(value) if isinstance(value, str) else value) == wanted
