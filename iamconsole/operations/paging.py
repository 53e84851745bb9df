"""Pages of lists: what Marker and MaxItems ask for, and where the next page begins (IAM-FACTS 2.2, 2.22.5).

An answer has one or more parts, lists that fill a page one after the other. No part counts positions: each
goes on after the entry that was shown last, whatever was deleted or added meanwhile.
"""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from typing import Any, Protocol

from iamconsole.errors import IamError

from .call import Call, Facts
from .markers import NoMarker, seal, unseal

DEFAULT_ITEMS = 100
BAD_MARKER = "Invalid Marker."
ENTRY_BYTES = 4  # of a digest, which tell an entry from fifty others
Key = Sequence[str | float]


class Part(Protocol):
    """One list of an answer. A *place* in it is what a marker keeps of it; b"" is the beginning."""

    @property
    def member(self) -> str:
        """The member of the answer."""

    def rows(self, place: bytes, count: int) -> list[Any]:
        """The first ``count`` rows behind a place, in order."""

    def place(self, before: bytes, shown: list[Any]) -> bytes:
        """The place behind the rows that were shown from ``before`` on."""

    def facts(self, rows: list[Any]) -> Iterable[Any]:
        """The rows as the answer has them."""


def page(
    call: Call,
    *parts: Part,
    items: int = DEFAULT_ITEMS,
    code: str = "ValidationError",
    bad: str = BAD_MARKER,
) -> Facts:
    """The page that the call asks for, of ``items`` where it does not say how many.

    Raises IamError ``code`` with ``bad`` for what was not handed out as a marker of this list: of the same
    account, operation and parameters.
    """
    begin, place = 0, b""
    if marker := call.param("Marker"):
        try:
            number, *rest = unseal(marker, _list(call))
        except NoMarker:
            raise IamError(code, bad) from None
        begin, place = number, bytes(rest)
    room = call.param("MaxItems", items)
    reply: Facts = {part.member: [] for part in parts}
    for number, part in enumerate(parts[begin:], start=begin):
        rows = part.rows(place, room + 1)
        reply[part.member] = list(part.facts(rows[:room]))
        if len(rows) > room:
            place = part.place(place, rows[:room]) if room else place
            return {**reply, "IsTruncated": True, "Marker": seal(bytes([number]) + place, _list(call))}
        room, place = room - len(rows), b""
    return {**reply, "IsTruncated": False}


def _list(call: Call) -> str:
    """Stands for the list: its account, its operation and the parameters that choose it."""
    chosen = {name: value for name, value in call.params.items() if name not in ("Marker", "MaxItems")}
    text = json.dumps([call.account_id, call.operation.name, chosen], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


def by_itself(entry: Any) -> Key:
    """The order of texts by code point."""
    return (entry,)


def as_it_is(entry: Any) -> Any:
    """What needs no other form in the answer."""
    return entry


@dataclass(frozen=True, slots=True)
class Sorted:
    """Entries that are all at hand, in the order of ``key``, which tells them apart; ``fact`` is asked of
    those of the page only.
    """

    member: str
    entries: Iterable[Any]
    key: Callable[[Any], Key] = by_itself
    fact: Callable[[Any], Any] = as_it_is

    def rows(self, place: bytes, count: int) -> list[Any]:
        keyed = sorted(((tuple(self.key(entry)), entry) for entry in self.entries), key=itemgetter(0))
        last = tuple(json.loads(place)) if place else ()
        begin = bisect_right(keyed, last, key=itemgetter(0))
        return [entry for _, entry in keyed[begin : begin + count]]

    def place(self, before: bytes, shown: list[Any]) -> bytes:
        return json.dumps(list(self.key(shown[-1]))).encode()

    def facts(self, rows: list[Any]) -> Iterable[Any]:
        return map(self.fact, rows)


@dataclass(frozen=True, slots=True)
class AsGiven:
    """At most fifty entries in an order of their own, told apart by ``name``.

    No order tells where an entry was that is gone: a place holds all that were shown.
    """

    member: str
    entries: Sequence[Any]
    name: Callable[[Any], str]

    def rows(self, place: bytes, count: int) -> list[Any]:
        shown = Counter(place[at : at + ENTRY_BYTES] for at in range(0, len(place), ENTRY_BYTES))
        rows: list[Any] = []
        for entry in self.entries:
            digest = self._digest(entry)
            if shown[digest]:  # names can be made so that digests are equal: each hides one entry
                shown[digest] -= 1
            else:
                rows.append(entry)
        return rows[:count]

    def place(self, before: bytes, shown: list[Any]) -> bytes:
        return before + b"".join(map(self._digest, shown))

    def facts(self, rows: list[Any]) -> Iterable[Any]:
        return rows

    def _digest(self, entry: Any) -> bytes:
        return sha256(self.name(entry).encode()).digest()[:ENTRY_BYTES]
