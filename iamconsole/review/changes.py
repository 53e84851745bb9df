"""What two sets of policies give differently, action by action.

The actions are AWS's as the catalogue has them, those the caller names besides, and every name that a
document writes out and nobody knows. Each is decided by all statements about it, before and after; which
actions have the same statements is worked out once for all of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from iamconsole import catalogue
from iamconsole.catalogue import Action
from iamconsole.policy import Condition, Policy, Statement, Steps
from iamconsole.policy.actions import ActionSet
from iamconsole.policy.conditions import holds
from iamconsole.policy.context import Context, folded
from iamconsole.policy.glob import compiled

from .reach import PER_PAIR, Access, Reaches, reaches

GAIN, LOSS, MORE, LESS, OTHER = "gain", "loss", "more", "less", "other"
PER_PART = 100  # steps for deciding about one, on both sides
UNKNOWN_LEVEL = "Other"  # of actions that the catalogue does not have
Actions = frozenset[Action]


@dataclass(frozen=True, slots=True)
class Side:
    """Policies of somebody: what counts before a change, or after it."""

    identity: frozenset[Policy]
    boundary: Policy | None = None

    @property
    def policies(self) -> frozenset[Policy]:
        return self.identity | ({self.boundary} if self.boundary else frozenset())


@dataclass(frozen=True, slots=True)
class Facts:
    """Condition keys that are known of who acts: ``keys`` are those, folded, whose absence is known too; a
    family ends with a slash.
    """

    context: Context
    keys: frozenset[str]

    def settles(self, condition: Condition) -> bool:
        """Whether the condition asks about nothing else."""
        texts = "".join(condition.values)
        return "${" not in texts and knows(self.keys, folded(condition.key))


def knows(keys: frozenset[str], key: str) -> bool:
    head, slash, _ = key.partition("/")
    return key in keys or (bool(slash) and head + slash in keys)


NOBODY = Facts(Context({}), frozenset())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to some actions that all policies treat alike. ``kind``: GAIN and LOSS of what was not
    there, or is not there any more, MORE and LESS of what stays, OTHER where both or nothing can be told.
    """

    kind: str
    before: Access
    after: Access
    actions: Actions

    @property
    def limited(self) -> bool:
        """Whether it is about some resources only, or depends on conditions."""
        part = self.after if self.kind == GAIN else self.before
        return self.kind not in (GAIN, LOSS) or not part.is_full

    @property
    def asks(self) -> bool:
        """Whether conditions decide in it."""
        return self.before.asks or self.after.asks


def verdicts(
    before: Side,
    after: Side,
    facts: Facts = NOBODY,
    *,
    more: Iterable[Action] = (),
    among: Callable[[Action], bool] | None = None,
    steps: Steps | None = None,
    parts: "Parts | None" = None,
    later: Facts | None = None,
) -> list[Verdict]:
    """What differs. ``more`` are actions besides AWS's, ``among`` chooses those to look at, ``steps`` pay for
    the work, ``parts`` remembers what the next question can use again; ``later``: what is known of who acts
    after the change, where that is something else. Raises TooManySteps.
    """
    later = later or facts
    if before == after and later == facts:
        return []
    more, parts = frozenset(more), parts or Parts(steps)
    policies = before.policies | after.policies
    parts.pay_for(policies)
    names = frozenset(name for policy in policies for name in unknown_names(policy, more))
    asked = affected(before, after, more, names) if later == facts else every_action(more, names)
    if among:
        asked = frozenset(filter(among, asked))
    found: defaultdict[tuple[str, Access, Access], list[Actions]] = defaultdict(list)
    for part in parts.of(asked, policies, more, names):
        old, new = access(before, part.rows, facts, parts.steps), access(after, part.rows, later, parts.steps)
        if parts.steps:
            parts.steps.take(2 * PER_PAIR * old.pairs_with(new))
        if kind := kind_of(old, new):
            found[kind, old, new].append(part.actions)
    return [Verdict(*key, frozenset().union(*some)) for key, some in found.items()]


def kind_of(before: Access, after: Access) -> str:
    """The kind of a verdict, "" where nothing changes."""
    if before == after:
        return ""
    if not before.allows or not after.allows:
        return GAIN if after.allows else LOSS
    grows, shrinks = before.is_within(after), after.is_within(before)
    if grows and shrinks:
        return ""
    return MORE if grows else LESS if shrinks else OTHER


def affected(before: Side, after: Side, more: Actions, names: frozenset[str]) -> Actions:
    """The actions that some policy speaks of which is not on both sides; with a boundary on one side only all
    that it does not speak of, too.
    """
    changed = before.identity ^ after.identity
    if before.boundary != after.boundary:
        return every_action(more, names)
    return frozenset[Action]().union(
        *(meant(row, more, names) for policy in changed for row in policy.statements)
    )


@dataclass(frozen=True, slots=True)
class Part:
    """Actions with the same statements of every policy, and these."""

    actions: Actions
    rows: Mapping[Policy, tuple[Statement, ...]]


class Parts:
    """Actions in parts. Policies are taken one after the other, those about most actions first: people who
    differ in a small policy of their own share the work on all others.
    """

    def __init__(self, steps: Steps | None = None) -> None:
        self.steps = steps
        self._paid: set[Policy] = set()
        self._looked_up: set[str] = set()
        self._known: dict[tuple[Actions, Actions, frozenset[str], tuple[Policy, ...]], list[Part]] = {}

    def pay_for(self, policies: frozenset[Policy]) -> None:
        """Looking up in the catalogue what policies mean, each pattern once. Raises TooManySteps."""
        if self.steps is None:
            return
        for policy in policies - self._paid:
            names = {name for row in policy.statements for name in row.actions} - self._looked_up
            self.steps.take(sum(map(catalogue.looked_through, names)))
            self._looked_up |= names
            self._paid.add(policy)

    def of(
        self, asked: Actions, policies: Iterable[Policy], more: Actions, names: frozenset[str]
    ) -> list[Part]:
        """The parts of ``asked``. Raises TooManySteps."""
        parts, key = [Part(asked, {})], tuple[Policy, ...]()
        for policy in sorted(policies, key=breadth, reverse=True):
            key = (*key, policy)
            known = self._known.get((asked, more, names, key))
            if known is None:
                for row in policy.statements:
                    parts = list(self._cut(parts, policy, row, meant(row, more, names)))
                self._known[asked, more, names, key] = parts
            else:
                parts = known
        if self.steps:
            self.steps.take(PER_PART * len(parts))
        return parts

    def _cut(self, parts: list[Part], policy: Policy, row: Statement, about: Actions) -> Iterable[Part]:
        for part in parts:
            if self.steps:
                self.steps.take(2 + min(len(about), len(part.actions)))
            inside = part.actions & about
            if not inside:
                yield part
                continue
            yield Part(inside, {**part.rows, policy: (*part.rows.get(policy, ()), row)})
            if len(inside) < len(part.actions):
                if self.steps:
                    self.steps.take(len(part.actions))
                yield Part(part.actions - inside, part.rows)


def breadth(policy: Policy) -> tuple[int, str]:
    """About how many actions a policy speaks; then its text, so that the order is always the same."""
    rows = policy.statements
    return sum(len(_of_catalogue(row.actions, row.not_action)) for row in rows), str(rows[:1])


def access(
    side: Side, rows: Mapping[Policy, Sequence[Statement]], facts: Facts, steps: Steps | None = None
) -> Access:
    """The access of one side to an action that these statements are about. Raises TooManySteps."""
    of_identity = [(policy, row) for policy in side.identity for row in rows.get(policy, ())]
    bound = side.boundary
    of_bounds = [(bound, row) for row in rows.get(bound, ())] if bound else []
    if steps:
        steps.take(sum(2 * len(row.resources) for _, row in (*of_identity, *of_bounds)))

    def collected(found: Iterable[tuple[Policy, Statement]], allow: bool) -> Reaches:
        parts = (left(row, policy.has_variables, facts) for policy, row in found if row.allow is allow)
        return frozenset().union(*parts)

    return Access.of(
        collected(of_identity, True),
        collected([*of_identity, *of_bounds], False),
        collected(of_bounds, True) if bound else None,
        steps,
    )


def left(statement: Statement, variables: bool, facts: Facts) -> Reaches:
    """What is left of a statement when what is known is settled; nothing where it does not apply."""
    conditions = []
    for condition in statement.conditions:
        if not facts.settles(condition):
            conditions.append(condition)
            continue
        met = holds(condition, facts.context, variables=variables)
        if met is False or (met is None and statement.allow):
            return frozenset()
    return reaches(statement, conditions, variables)


# Which actions a statement is about.


def meant(statement: Statement, more: Actions, names: frozenset[str]) -> Actions:
    """Those of the catalogue, of ``more`` and of the unknown names."""
    return _meant(statement.actions, statement.not_action, more, names)


@lru_cache(maxsize=4096)
def _meant(patterns: tuple[str, ...], negated: bool, more: Actions, names: frozenset[str]) -> Actions:
    listed = ActionSet.of(patterns)
    return _of_catalogue(patterns, negated) | frozenset(
        action for action in (*more, *map(unknown, names)) if (str(action) in listed) is not negated
    )


@lru_cache(maxsize=1024)
def _of_catalogue(patterns: tuple[str, ...], negated: bool) -> Actions:
    listed = frozenset(action for name in patterns for action in catalogue.matching(name))
    return frozenset(catalogue.all_actions()) - listed if negated else listed


def every_action(more: Actions, names: frozenset[str]) -> Actions:
    return frozenset(catalogue.all_actions()) | more | frozenset(map(unknown, names))


def unknown_names(policy: Policy, more: Actions) -> set[str]:
    """The names in the policy that mean no known action: they count as actions of their own."""
    return {name for row in policy.statements for name in _unknown_names(row.actions, more)}


@lru_cache(maxsize=4096)
def _unknown_names(patterns: tuple[str, ...], more: Actions) -> frozenset[str]:
    names = (name for name in patterns if not catalogue.matching(name))
    return frozenset(name for name in names if not any(_is_named(name, action) for action in more))


def _is_named(name: str, action: Action) -> bool:
    return compiled(folded(name)).matches(folded(str(action)))


@lru_cache(maxsize=4096)
def unknown(name: str) -> Action:
    """One object for each name: actions are told apart by identity."""
    prefix, _, action = name.partition(":")
    return Action(prefix.lower(), action, UNKNOWN_LEVEL, ())
