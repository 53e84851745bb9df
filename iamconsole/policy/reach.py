"""What a policy says of an action whatever the request: on which resources, and on which conditions.

``evaluate`` decides one request. Here only who acts is known: the facts of a request that are not stay as
conditions, and the resources are a whole area. The rules are the same (IAM-FACTS 8.3, 8.4, 8.5).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .areas import Area, area, begin_alike
from .conditions import holds
from .context import Context, folded
from .document import Condition, Policy, Statement
from .operator_names import is_known_operator
from .steps import Steps
from .truth import CannotEvaluate
from .variables import tokens_with_gaps, variables_of

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Asked:
    """An action (folded) and the areas that together are the resources it is asked about.

    ``acts_on``: whether the action can act on what a pattern of resources names. ``kind`` is the same for
    actions that act on the same.
    """

    action: str
    areas: tuple[Area, ...]
    acts_on: Callable[[str], bool]
    kind: object = None


class Known:
    """The facts of who acts. ``has``: whether a condition key (folded) is one, with a value or without.

    Most statements ask for none, so they are told by ``facts`` when the first one does.
    """

    def __init__(
        self, facts: Callable[[], Mapping[str, str]], has: Callable[[str], bool], steps: Steps
    ) -> None:
        self._facts, self.has, self.steps = facts, has, steps

    @cached_property
    def context(self) -> Context:
        return Context(self._facts(), self.steps)


@dataclass(frozen=True, slots=True)
class Reach:
    """A statement about what was asked, and its place in its policy.

    ``whole``: about all resources asked about. ``areas`` are those that it is about; None where they are all
    but some. ``texts`` are its resources for people. ``conditions`` are those that the request decides.
    """

    statement: Statement
    index: int
    whole: bool
    areas: tuple[Area, ...] | None
    texts: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def always(self) -> bool:
        """Whether it applies to every request that was asked about."""
        return self.whole and not self.conditions


def reaches(policy: Policy, rows: Sequence[Statement], asked: Asked, known: Known) -> tuple[Reach, ...]:
    """What the statements about the action (``policy.about``) say of the resources asked about: those that
    can apply, in their order. Raises TooManySteps.
    """
    indexes = {id(row): index for index, row in enumerate(policy.statements)}
    found = [_reach(row, indexes[id(row)], policy.has_variables, asked, known) for row in rows]
    return tuple(one for one in found if one is not None)


def covered(areas: tuple[Area, ...], deny: Reach, steps: Steps) -> bool:
    """Whether the areas are all among the resources of another statement. Raises TooManySteps."""
    if deny.whole:
        return True
    return deny.areas is not None and all(any(row.covers(one, steps) for row in deny.areas) for one in areas)


def meet(left: Reach, right: Reach, steps: Steps) -> bool:
    """Whether two statements can be about the same resource. Raises TooManySteps."""
    if left.whole or right.whole or left.areas is None or right.areas is None:
        return True
    return any(one.meets(other, steps) for one in left.areas for other in right.areas)


def overruled(allow: Reach, deny: Reach, steps: Steps) -> bool:
    """Whether a deny applies whenever the allow does. Raises TooManySteps."""
    if not set(deny.conditions) <= set(allow.conditions):
        return False
    return deny.whole if allow.areas is None else covered(allow.areas, deny, steps)


def _reach(row: Statement, index: int, variables: bool, asked: Asked, known: Known) -> Reach | None:
    """None where it cannot apply. Where that cannot be told, only a Deny applies, as in a decision."""
    known.steps.take(8 + len(row.resources) + len(row.conditions))
    conditions = []
    for condition in row.conditions:
        if is_known_operator(condition.operator) and not _settled(condition, variables, known):
            conditions.append(condition)
            continue
        met = holds(condition, known.context, variables=variables)
        if met is False or (met is None and row.allow):
            return None
    if row.everywhere:
        return Reach(row, index, True, asked.areas, (EVERY,), tuple(conditions))
    return _on_resources(row, index, variables, asked, known, tuple(conditions))


def _settled(condition: Condition, variables: bool, known: Known) -> bool:
    """Whether who acts decides the condition alone."""
    if not known.has(folded(condition.key)):
        return False
    try:
        keys = [key for value in condition.values if "${" in value for key in variables_of(value)]
    except CannotEvaluate:
        return True
    return not variables or all(map(known.has, keys))


def _on_resources(
    row: Statement,
    index: int,
    variables: bool,
    asked: Asked,
    known: Known,
    conditions: tuple[Condition, ...],
) -> Reach | None:
    patterns = []
    for pattern, glob in zip(row.resources, row.resource_globs, strict=True):
        if not any(begin_alike(glob, wanted.glob) for wanted in asked.areas) and "${" not in pattern:
            continue
        try:
            found = _area(pattern, variables, known)
        except CannotEvaluate:
            found = None
            if not row.allow:  # what cannot be told denies
                return Reach(row, index, True, asked.areas, row.resources, conditions)
        if found is not None:
            patterns.append(found)
        elif row.not_resource and row.allow:
            return None  # a variable without a value would turn "all but this one" into "all"
    if row.not_resource:
        return _all_but(row, index, patterns, asked, known, conditions)
    return _among(row, index, patterns, asked, known, conditions)


def _among(
    row: Statement,
    index: int,
    patterns: list[tuple[Area, bool]],
    asked: Asked,
    known: Known,
    conditions: tuple[Condition, ...],
) -> Reach | None:
    """A statement of ``Resource``: what of each area asked about its patterns have."""
    steps, areas, texts, whole, told = known.steps, list[Area](), dict[str, None](), True, True
    for wanted in asked.areas:
        all_of_it = next((one for one, exact in patterns if exact and one.covers(wanted, steps)), None)
        if all_of_it is not None:
            areas.append(wanted)
            texts[all_of_it.text] = None
            continue
        whole = False
        for one, exact in patterns:
            if one.meets(wanted, steps) and asked.acts_on(one.text):
                areas.append(one)
                texts[one.text] = None
                told = told and exact
    if not areas:
        return None
    # What a Deny is about must be certain before it overrules anything.
    named = tuple(areas) if told or row.allow else None
    return Reach(row, index, whole, named, tuple(texts), conditions)


def _all_but(
    row: Statement,
    index: int,
    patterns: list[tuple[Area, bool]],
    asked: Asked,
    known: Known,
    conditions: tuple[Condition, ...],
) -> Reach | None:
    """A statement of ``NotResource``: what of each area asked about its patterns leave."""
    steps = known.steps
    left = [
        wanted
        for wanted in asked.areas
        if not any(exact and one.covers(wanted, steps) for one, exact in patterns)
    ]
    if not left:
        return None
    touched = [one for one, _ in patterns if any(one.meets(wanted, steps) for wanted in left)]
    texts = tuple(f"All except {one.text}" for one in touched) or (EVERY,)
    if touched:
        return Reach(row, index, False, None, texts, conditions)
    whole = len(left) == len(asked.areas)
    return Reach(row, index, whole, tuple(left), texts, conditions)


def _area(pattern: str, variables: bool, known: Known) -> tuple[Area, bool] | None:
    """The area of one pattern, and whether it is exactly known; None where a variable has no value. Raises
    CannotEvaluate.
    """
    if not variables or "${" not in pattern:
        return area(pattern), True
    known.steps.take(1 + len(pattern))
    tokens = tokens_with_gaps(pattern, known.context, known.has)
    if tokens is None:
        return None
    exact = all(map(known.has, variables_of(pattern)))
    return Area.of_tokens(tokens, "" if exact else pattern), exact
