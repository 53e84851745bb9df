"""What policies say about the actions of a question, worked out once for all that they treat alike.

A set of actions is a number with one bit for each: thousands of policies cut up a wildcard's actions, and
each cut costs about as much as one comparison.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from iamconsole.policy import Policy, Statement, Steps
from iamconsole.policy.reach import Asked
from users.simulator.resource_types import beginnings, can_begin
from users.who_can.question import Question

VARIABLE = "${"


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Actions (as bits) about which a policy has the same statements. ``everywhere``: whether all of them are
    about every resource; ``by_kind``: whether what they reach differs between kinds of resources.
    """

    bits: int
    rows: tuple[Statement, ...]
    everywhere: bool
    by_kind: bool

    @classmethod
    def of(cls, bits: int, rows: tuple[Statement, ...]) -> "Alike":
        """What a Deny is about need not be known where that is everything."""
        everywhere = all(row.everywhere for row in rows)
        return cls(bits, rows, everywhere, not everywhere or any(row.allow for row in rows))


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """What of a policy can be about the actions: sets of them that together are all. ``allowed`` are those
    with an Allow, ``keys`` the condition keys about who acts.
    """

    policy: Policy
    sets: tuple[Alike, ...]
    allowed: int
    keys: tuple[str, ...]

    @property
    def speaks(self) -> bool:
        return any(one.rows for one in self.sets)


class Actions:
    """The actions of a question by their bits."""

    def __init__(self, question: Question, steps: Steps) -> None:
        self.asked, self.steps = list(question.asked.items()), steps
        self.all = (1 << len(self.asked)) - 1
        self._of_patterns: dict[tuple[tuple[str, ...], bool], int] = {}
        self._names: dict[int, tuple[str, ...]] = {}

    def names(self, bits: int) -> tuple[str, ...]:
        """The actions as people read them, in the order of the question."""
        if bits not in self._names:
            self._names[bits] = tuple(name for at, (name, _) in enumerate(self.asked) if bits >> at & 1)
        return self._names[bits]

    def by_kind(self, bits: int) -> Iterator[tuple[int, Asked]]:
        """Those that act on the same, and one of them."""
        for kind in self._kinds:
            if some := bits & kind:
                yield some, self.first(some)

    def first(self, bits: int) -> Asked:
        return self.asked[(bits & -bits).bit_length() - 1][1]

    def sets(self, policy: Policy) -> tuple[Alike, ...]:
        """All actions, cut up by the statements of a policy that can be about them. Raises TooManySteps."""
        sets: list[tuple[int, tuple[Statement, ...]]] = [(self.all, ())]
        for row in policy.statements:
            about = self._about(row)
            if not about:
                continue
            self.steps.take(len(sets))
            cut = [(bits & about, (*rows, row)) for bits, rows in sets if bits & about]
            sets = cut + [(bits & ~about, rows) for bits, rows in sets if bits & ~about]
        return tuple(Alike.of(bits, rows) for bits, rows in sets)

    def _about(self, row: Statement) -> int:
        """The actions of a statement, without those that cannot act on what it names."""
        meant = self.all if row.any_action else self._meant(row)
        if not meant or row.everywhere or row.not_resource:
            return meant
        named = 0
        for pattern in row.resources:
            self.steps.take(1 + len(self._beginnings))
            named |= self._acting_on(pattern, certain=row.allow)
            if not meant & ~named:
                break
        return meant & named

    def _meant(self, row: Statement) -> int:
        """The actions that a statement's patterns mean: the same patterns are compared once."""
        key = (row.actions, row.not_action)
        self.steps.take(4 + len(row.actions) // 8)
        found = self._of_patterns.get(key)
        if found is None:
            found = 0
            for at, (_, asked) in enumerate(self.asked):
                service = asked.action.partition(":")[0]
                self.steps.take(row.action_set.steps(asked.action, service))
                if row.action_set.has(asked.action, service):
                    found |= 1 << at
            found = self._of_patterns[key] = self.all & ~found if row.not_action else found
        return found

    def _acting_on(self, pattern: str, *, certain: bool) -> int:
        """The actions that can act on what a pattern of resources names, by how it begins: all where that is
        not told. What a variable cannot fill denies everything, so there only an Allow is ``certain``.
        """
        if VARIABLE in pattern and not certain:
            return self.all
        known = pattern.partition(VARIABLE)[0].partition("*")[0].partition("?")[0]
        parts = known.split(":", 5)
        if len(parts) < 6:
            return self.all
        found = self._untold
        for beginning, bits in self._beginnings.items():
            if can_begin(beginning, parts[2], parts[5]):
                found |= bits
        return found

    @cached_property
    def _kinds(self) -> tuple[int, ...]:
        found: dict[object, int] = {}
        for at, (_, asked) in enumerate(self.asked):
            found[asked.kind] = found.get(asked.kind, 0) | 1 << at
        return tuple(found.values())

    @cached_property
    def _beginnings(self) -> dict[tuple[str, str], int]:
        """How the resources begin on which the actions act."""
        found: dict[tuple[str, str], int] = {}
        for at, (name, _) in enumerate(self.asked):
            for beginning in beginnings(name) or ():
                found[beginning] = found.get(beginning, 0) | 1 << at
        return found

    @cached_property
    def _untold(self) -> int:
        """The actions of which it is not known on what they act."""
        return sum(1 << at for at, (name, _) in enumerate(self.asked) if beginnings(name) is None)
