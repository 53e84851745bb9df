"""How far statements about one action reach, and whether one reach surely covers another.

What is compared are texts of resources and conditions, so an answer is certain or it is "cannot be told":
where two ways of writing may mean the same, that is shown as a difference, and never as no change.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from iamconsole.policy import Condition, Statement, Steps
from iamconsole.policy.context import folded
from iamconsole.policy.glob import compiled

Test = tuple[str, str, frozenset[str]]  # operator and key without case, values
PER_PAIR = 4  # steps for comparing two reaches


@dataclass(frozen=True, slots=True)
class Reach:
    """Resources of a statement and what it asks of the request; ``besides``: all resources but these.

    ``variables``: whether ``${`` begins one. It does not in documents of 2008-10-17.
    """

    resources: frozenset[str]
    besides: bool
    tests: frozenset[Test]
    variables: bool

    @property
    def everywhere(self) -> bool:
        return not self.besides and "*" in self.resources

    def covers(self, other: "Reach") -> bool:
        """Whether every request that ``other`` is about is surely one of this reach."""
        if self == other:
            return True
        if not self.tests <= other.tests or (self.tests and self.variables != other.variables):
            return False
        if self.everywhere:
            return True
        if self.besides or other.besides:
            same = self.besides and other.besides and self.variables == other.variables
            return same and self.resources <= other.resources
        same_words = self.variables == other.variables
        return all(
            any(_covers(mine, text, same_words) for mine in self.resources) for text in other.resources
        )


EVERYTHING = Reach(frozenset({"*"}), False, frozenset(), False)
Reaches = frozenset[Reach]


def _covers(pattern: str, text: str, same_words: bool) -> bool:
    """Whether a pattern of resources fits whatever another one fits. ``?`` could stand for a star of it."""
    if pattern == text:
        return same_words or "${" not in pattern
    return "?" not in pattern and "${" not in pattern and compiled(pattern).matches(text)


def reaches(statement: Statement, conditions: Iterable[Condition], variables: bool) -> Reaches:
    """The reaches of a statement, one for each resource, with those of its conditions that are left."""
    tests = frozenset(test_of(condition) for condition in conditions)
    texts = [*statement.resources, *(value for _, _, values in tests for value in values)]
    variables = variables and any("${" in text for text in texts)
    if statement.not_resource:
        return frozenset({Reach(frozenset(statement.resources), True, tests, variables)})
    every = {"*"} if "*" in statement.resources else statement.resources
    return frozenset(Reach(frozenset({text}), False, tests, variables) for text in every)


def test_of(condition: Condition) -> Test:
    return condition.operator.lower(), folded(condition.key), frozenset(condition.values)


def widest(rows: Iterable[Reach], steps: Steps | None = None) -> Reaches:
    """Those that no other one covers: together they reach as far as all. Raises TooManySteps."""
    kept: list[Reach] = []
    for row in rows:
        if steps:
            steps.take(2 * PER_PAIR * len(kept))
        if not any(other.covers(row) for other in kept):
            kept = [*(other for other in kept if not row.covers(other)), row]
    return frozenset(kept)


@dataclass(frozen=True, slots=True)
class Access:
    """One action of somebody: what allows it, what denies it, and within what; ``bounds`` is None without a
    boundary. Allowed where one of ``allows`` reaches, one of ``bounds``, and none of ``denies``.
    """

    allows: Reaches
    denies: Reaches = frozenset()
    bounds: Reaches | None = None

    @classmethod
    def of(
        cls,
        allows: Iterable[Reach],
        denies: Iterable[Reach],
        bounds: Iterable[Reach] | None,
        steps: Steps | None = None,
    ) -> "Access":
        """The access in its shortest form: what surely comes to nothing is ``NONE``. Raises TooManySteps."""
        given, refused = widest(allows, steps), widest(denies, steps)
        within = None if bounds is None else widest(bounds, steps)
        if steps:
            steps.take(PER_PAIR * len(given) * len(refused))
        if within is not None and EVERYTHING in within:
            within = None
        nothing = not given or EVERYTHING in refused or (within is not None and not within)
        if nothing or all(any(no.covers(yes) for no in refused) for yes in given):
            return NONE
        return cls(given, refused, within)

    @property
    def is_full(self) -> bool:
        """Whether it is there on every resource, whatever the request."""
        return EVERYTHING in self.allows and not self.denies and self.bounds is None

    @property
    def asks(self) -> bool:
        """Whether it depends on conditions."""
        return any(row.tests for row in (*self.allows, *self.denies, *(self.bounds or ())))

    def pairs_with(self, other: "Access") -> int:
        """How many reaches ``is_within`` compares at most, in either direction."""
        bounds = [len(one.bounds or ()) for one in (self, other)]
        given = [len(one.allows) for one in (self, other)]
        return (
            given[0] * given[1]
            + len(self.denies) * len(other.denies)
            + (given[0] + bounds[0]) * bounds[1]
            + (given[1] + bounds[1]) * bounds[0]
        )

    def is_within(self, other: "Access") -> bool:
        """Whether all of this access is surely in the other."""
        if not self.allows:
            return True
        allowed = all(any(theirs.covers(mine) for theirs in other.allows) for mine in self.allows)
        undenied = all(any(mine.covers(theirs) for mine in self.denies) for theirs in other.denies)
        return allowed and undenied and self._is_bounded_by(other.bounds)

    def _is_bounded_by(self, bounds: Reaches | None) -> bool:
        if bounds is None:
            return True
        mine = (self.allows, *([self.bounds] if self.bounds is not None else []))
        return any(all(any(one.covers(row) for one in bounds) for row in rows) for rows in mine)


NONE = Access(frozenset())
