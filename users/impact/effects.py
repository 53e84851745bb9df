"""Who gains and who loses what by a change: people with the same policies are decided once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from iamconsole.catalogue import Action
from iamconsole.operations import Step
from iamconsole.operations.registry import find
from iamconsole.policy import Condition, MalformedPolicyDocument, Policy, Steps, parse
from iamconsole.policy.conditions import holds
from iamconsole.policy.context import Context, folded
from iamconsole.review.changes import (
    GAIN,
    LESS,
    LOSS,
    MORE,
    Actions,
    Facts,
    Parts,
    Side,
    Verdict,
    affected,
    meant,
    unknown_names,
    verdicts,
)
from users.callers.console_actions import own_actions
from users.condition_facts import facts_of
from users.impact.holdings import Change, Held, read
from users.models import Account, User
from users.models.policies import compiled

# A page works out as much as about three seconds allow, a job a hundred times of it.
PAGE_STEPS, JOB_STEPS = 7_000_000, 700_000_000
PER_PERSON = 200
# What is known of everybody, whatever the request.
PERSON_KEYS = frozenset(
    {
        "aws:username",
        "aws:userid",
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principaltype",
        "aws:principaltag/",
    }
)


@dataclass(frozen=True)
class Effect:
    """The same for some people: ``found`` is what they gain and lose; None where a document is not known."""

    people: Sequence[User]
    found: Sequence[Verdict] | None

    @cached_property
    def gains(self) -> bool:
        return any(verdict.kind in (GAIN, MORE) for verdict in self.found or ())

    @cached_property
    def loses(self) -> bool:
        return any(verdict.kind in (LOSS, LESS) for verdict in self.found or ())

    @cached_property
    def differs(self) -> bool:
        """Whether for some actions it cannot be told which side is more."""
        return any(verdict.kind not in (GAIN, LOSS, MORE, LESS) for verdict in self.found or ())


@dataclass(frozen=True)
class Impact:
    """The effects, those on most people first; for how many of all ``concerned`` nothing changes."""

    effects: Sequence[Effect]
    concerned: int

    @cached_property
    def unchanged(self) -> int:
        return self.concerned - sum(len(effect.people) for effect in self.effects)


def change_of(steps: Iterable[Step]) -> Change:
    """What operations would do, in their order."""
    change = Change()
    for step in steps:
        find(step.name).effect(change, step.params)
    return change


def impact_of(account: Account, steps: Iterable[Step], budget: int | None = None) -> Impact:
    """Decide it for everybody concerned, in as many steps as a page allows. Raises TooManySteps."""
    change, allowed = change_of(steps), Steps(budget or PAGE_STEPS)
    held = read(account, change)
    before = {name: held.held(name) for name in held.people}
    allowed.take(PER_PERSON * len(before))
    for edit in change.edits:
        edit(held)
    cases: defaultdict[tuple[Held, Held], list[User]] = defaultdict(list)
    for name, user in held.people.items():
        after = held.held(name)
        if after != before[name]:
            cases[before[name], after].append(user)
    parts: dict[object, tuple[Sequence[Verdict] | None, list[User]]] = {}
    deciding = Deciding(allowed)
    for (old, new), users in cases.items():
        for found, people in deciding.case(old, new, users):
            parts.setdefault(shown_of(found), (found, []))[1].extend(people)
    effects = [
        Effect(sorted(people, key=lambda user: user.name_folded), found)
        for found, people in parts.values()
        if found is None or found
    ]
    return Impact(sorted(effects, key=lambda effect: -len(effect.people)), len(held.people))


def shown_of(found: Sequence[Verdict] | None) -> object:
    """What is shown of verdicts: people with the same are shown together, whatever they had before."""
    if found is None:
        return None
    actions: defaultdict[tuple[str, bool, bool], set[Action]] = defaultdict(set)
    for verdict in found:
        actions[verdict.kind, verdict.limited, verdict.asks] |= verdict.actions
    return frozenset((*how, frozenset(some)) for how, some in actions.items())


class Deciding:
    """The work on many cases: those that differ in nothing that counts are one."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.parts = Parts(steps)
        self.more = frozenset(own_actions().values())
        self._known: dict[tuple[Side, Side, tuple[object, ...]], Sequence[Verdict]] = {}
        self._speaking: dict[tuple[Policy, Actions], bool] = {}
        self._affected: dict[frozenset[Policy], Actions] = {}

    def case(
        self, old: Held, new: Held, users: Sequence[User]
    ) -> Iterable[tuple[Sequence[Verdict] | None, list[User]]]:
        """The verdicts, for each part of the users who are alike in what conditions ask about them."""
        texts, bounds = old[0] ^ new[0], {old[1], new[1]} - {None}
        if not all(map(is_known, [*texts, *(text for text in bounds if text is not None)])):
            yield None, list(users)
            return
        self.parts.pay_for(side(old).policies | side(new).policies)
        before, after = self._relevant(side(old), side(new))
        parts: defaultdict[tuple[object, ...], list[User]] = defaultdict(list)
        asking = asked_of_people(before.policies | after.policies)
        for user in users:
            self.steps.take(1 + 10 * len(asking))
            facts = context_of(user) if asking else None
            parts[tuple(holds(one, facts, variables=True) for one in asking) if facts else ()].append(user)
        for answers, people in parts.items():
            key = before, after, answers
            if key not in self._known:
                facts_known = Facts(context_of(people[0]), PERSON_KEYS)
                self._known[key] = verdicts(before, after, facts_known, more=self.more, parts=self.parts)
            yield self._known[key], people

    def _relevant(self, before: Side, after: Side) -> tuple[Side, Side]:
        """Both without the policies that speak of no action that can differ."""
        if before.boundary != after.boundary:
            return before, after
        changed = before.identity ^ after.identity
        names = frozenset(name for policy in changed for name in unknown_names(policy, self.more))
        if changed not in self._affected:
            self._affected[changed] = affected(
                Side(before.identity & changed), Side(after.identity & changed), self.more, names
            )
        about = self._affected[changed]

        def left(one: Side) -> Side:
            kept = (
                policy for policy in one.identity if policy in changed or self._speaks(policy, about, names)
            )
            return Side(frozenset(kept), one.boundary)

        return left(before), left(after)

    def _speaks(self, policy: Policy, about: Actions, names: frozenset[str]) -> bool:
        key = policy, about
        if key not in self._speaking:
            self.steps.take(100 * len(policy.statements))
            self._speaking[key] = any(
                not about.isdisjoint(meant(row, self.more, names)) for row in policy.statements
            )
        return self._speaking[key]


def side(held: Held) -> Side:
    boundary = None if held[1] is None else compiled(held[1])
    return Side(frozenset(map(compiled, held[0])), boundary)


def is_known(text: str) -> bool:
    """Whether a document was read and can be understood; else it counts as denying all (fail closed)."""
    try:
        parse(text)
    except MalformedPolicyDocument:
        return False
    return True


def context_of(user: User) -> Context:
    return Context(facts_of(user))


def asked_of_people(policies: Iterable[Policy]) -> list[Condition]:
    """The conditions that ask about who acts, and nothing else."""
    nobody = Facts(Context({}), PERSON_KEYS)
    rows = (condition for policy in policies for row in policy.statements for condition in row.conditions)
    found = {(one.operator, folded(one.key), one.values): one for one in rows if nobody.settles(one)}
    return [found[key] for key in sorted(found)]
