"""What an operation asks for at AWS, in the words of AWS's lists.

After silence the next reading of the account is compared with it (``iamconsole.sync.settle``): AWS has it,
or has it not, whoever did it. A fact is a value, a mapping of facts, or a test of the value.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Fact = Any
Params = Mapping[str, Any]
Test = Callable[[Any], bool]

HAPPENED = "AWS had done it; the mirror now shows it."
CANNOT_TELL = "The mirror shows the account as AWS has it now."


@dataclass(frozen=True, slots=True)
class Wanted:
    """The state of one thing.

    ``listed`` is AWS's list that shows it, ``of`` the user whose list it is, "" for one of the account.
    ``which`` tells the thing apart in the list, ``like`` is what it is to be like; None: it is to be gone.
    ``sure``: members that all rows must have before a "no" is believed, where they may not be read.
    ``then`` is the sentence for whoever asked, where AWS has it.
    """

    listed: str
    which: Mapping[str, Fact] = field(default_factory=dict)
    like: Mapping[str, Fact] | None = field(default_factory=dict)
    of: str = ""
    sure: Sequence[str] = ()
    then: str = HAPPENED

    def reached(self, rows: Sequence[Mapping[str, Any]]) -> bool | None:
        """Whether AWS has it, by the rows of the list; None where they cannot tell."""
        found = [row for row in rows if agrees(row, self.which)]
        if self.like is None:
            return not found
        if any(agrees(row, self.like) for row in found):
            return True
        return None if any(name not in row for row in found for name in self.sure) else False


@dataclass(frozen=True, slots=True)
class Asked(Wanted):
    """What no list shows: the read ``listed`` is asked for it alone, with ``params``, and its whole answer
    is the one row. AWS may not allow that; then it stays unknown.
    """

    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lost:
    """Something whose secret never arrived. The mirror finds it while it is written, by the time at which it
    was made; ``then`` has ``{thing}`` where its ID belongs.
    """

    then: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """AWS shows nothing of it. ``after`` names a list that must have been read before that is said."""

    then: str = CANNOT_TELL
    after: str = ""


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
