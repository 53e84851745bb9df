"""Who can do what was asked: every holder's policies, equal ones decided once (IAM-FACTS 8.3).

An answer is *can* only where no request is refused, *depends* where some are, and *blocked* where a policy
allows it and a Deny or the boundary takes all of it.
"""

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

from iamconsole.policy import Policy, Steps
from iamconsole.policy.context import folded
from iamconsole.policy.keys import statement_keys
from iamconsole.policy.reach import Asked, Known, Reach, meet, overruled, reaches
from users.models import Account
from users.who_can.alike import Actions, Alike, Spoken
from users.who_can.candidates import Among, may_be
from users.who_can.holders import Carried, Holder, Holders
from users.who_can.question import Question

# What one question may cost; 5,000 users with policies of their own stay far below.
MOST_STEPS = 40_000_000
TOO_MUCH = (
    "This question is too much work for one request. Ask about fewer actions at once, or name one resource."
)
TAG = "aws:principaltag/"
OF_USERS = frozenset({"aws:username", "aws:userid", "aws:principalarn", "aws:principaltype"})
OF_ALL = frozenset({"aws:principalaccount"})


class Verdict(enum.StrEnum):
    CAN = "can"
    DEPENDS = "depends"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Said:
    """A statement that decided, and which of the row's policies it is in: None for the boundary."""

    place: int | None
    reach: Reach


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer about one action. ``allows`` are the ways to it, ``bounds`` what the boundary allows of
    them, ``denies`` what can still refuse, or what blocks; where nothing does, the boundary does.
    """

    verdict: Verdict
    allows: tuple[Said, ...]
    bounds: tuple[Said, ...]
    denies: tuple[Said, ...]

    @property
    def said(self) -> tuple[Said, ...]:
        return (*self.allows, *self.bounds, *self.denies)

    @property
    def by_boundary(self) -> bool:
        """Whether the boundary alone blocks it."""
        return self.verdict is Verdict.BLOCKED and not self.denies


@dataclass(frozen=True, slots=True)
class Part:
    """Actions with the same answer."""

    actions: tuple[str, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Row:
    """A holder with its policies about what was asked, and what they come to; the best answer first."""

    holder: Holder
    policies: tuple[Carried, ...]
    parts: tuple[Part, ...]

    @property
    def verdict(self) -> Verdict:
        return self.parts[0].answer.verdict


ORDER = tuple(Verdict)
Facts = Callable[[], Mapping[str, str]]


def rows_of(
    account: Account, question: Question, most: int = MOST_STEPS, among: Among | None = None
) -> Iterator[Row]:
    """Everybody of whom some policy allows some of it, users before groups, each by name; or those among
    some. They are decided as they are asked for. Raises TooManySteps.
    """
    return chain(*decided(account, question, Among.everybody(account) if among is None else among, most))


def decided(
    account: Account, question: Question, among: Among, most: int = MOST_STEPS
) -> tuple[Iterator[Row], Iterator[Row]]:
    """The same, users and groups apart."""
    some, holders = may_be(account, question, among), Holders(account, question.services)
    deciding = Deciding(holders, question, Steps(most))
    return deciding.rows(holders.users(some.users)), deciding.rows(holders.groups(some.groups))


class Deciding:
    """A question under way. What is the same for several holders is worked out once."""

    def __init__(self, holders: Holders, question: Question, steps: Steps) -> None:
        self.holders, self.actions, self.steps = holders, Actions(question, steps), steps
        self._spoken: dict[int, Spoken] = {}
        self._reached: dict[object, tuple[Reach, ...]] = {}
        self._parts: dict[object, tuple[Part, ...]] = {}
        # Of groups and of users it is known who acts, as far as anybody does.
        self._has: dict[bool, Callable[[str], bool]] = {True: OF_ALL.__contains__, False: _is_of_users}

    def rows(self, holders: Iterable[Holder]) -> Iterator[Row]:
        for holder in holders:
            policies = self.holders.policies(holder)
            self.steps.take(8 + len(policies))
            told = [(one, spoken) for one in policies if (spoken := self.spoken(one.policy)).speaks]
            if told and (parts := self.parts(holder, [spoken for _, spoken in told])):
                yield Row(holder, tuple(one for one, _ in told), parts)

    def spoken(self, policy: Policy) -> Spoken:
        """What a policy has about the actions, looked for once."""
        known = self._spoken.get(id(policy))
        if known is None:
            known = self._spoken[id(policy)] = self._looked_for(policy)
        return known

    def _looked_for(self, policy: Policy) -> Spoken:
        sets = self.actions.sets(policy)
        statements = {id(row): row for some in sets for row in some.rows}.values()
        keys = {folded(key) for row in statements for key in statement_keys(row, policy.has_variables)}
        self.steps.take(len(keys))
        allowed = sum(some.bits for some in sets if any(row.allow for row in some.rows))
        return Spoken(policy, sets, allowed, tuple(sorted(filter(_is_of_users, keys))))

    def parts(self, holder: Holder, told: Sequence[Spoken]) -> tuple[Part, ...]:
        """The answers of a holder, which all with the same policies and the same facts in them share."""
        allowed = 0
        for one in told:
            allowed |= one.allowed
        if not allowed:
            return ()
        bounds = self.spoken(holder.boundary.policy) if holder.boundary else None
        facts = cache(lambda: self.holders.facts(holder))
        asked = _asked_of(facts, [*told, bounds] if bounds else told)
        key = (holder.is_group, tuple(id(one.policy) for one in told), bounds and id(bounds.policy), asked)
        if key not in self._parts:
            known = Known(facts, self._has[holder.is_group], self.steps)
            self._parts[key] = self._decided(known, facts, told, bounds, allowed)
        return self._parts[key]

    def _decided(
        self, known: Known, facts: Facts, told: Sequence[Spoken], bounds: Spoken | None, allowed: int
    ) -> tuple[Part, ...]:
        """The answers, for actions of which the same is said decided once."""
        every = [*told, bounds] if bounds else told
        of_each = [_asked_of(facts, (one,)) for one in every]
        parts: dict[object, tuple[int, Answer]] = {}
        for bits, asked, kind, sets in self._cut(every, allowed):
            said = [
                self._reaches(one.policy, some, asked, known, (kind, of_each[place]))
                for place, (one, some) in enumerate(zip(every, sets, strict=True))
            ]
            answer = self._answer(said[: len(told)], said[len(told)] if bounds else None)
            if answer is not None:
                alike = _alike(answer)
                have, answer = parts.get(alike, (0, answer))
                parts[alike] = have | bits, answer
        listed = sorted(parts.values(), key=lambda one: (ORDER.index(one[1].verdict), one[0] & -one[0]))
        return tuple(Part(self.actions.names(bits), answer) for bits, answer in listed)

    def _cut(
        self, every: Sequence[Spoken], allowed: int
    ) -> Iterator[tuple[int, Asked, object, tuple[Alike, ...]]]:
        """The allowed actions in sets of which every policy says the same, with what it says. They are of one
        kind where the kind matters.
        """
        cut: list[tuple[int, tuple[Alike, ...]]] = [(allowed, ())]
        for one in every:
            self.steps.take(len(cut) * len(one.sets))
            cut = [
                (bits & some.bits, (*sets, some))
                for bits, sets in cut
                for some in one.sets
                if bits & some.bits
            ]
        for bits, sets in cut:
            if all(some.everywhere for some in sets):
                yield bits, self.actions.first(bits), None, sets
                continue
            for of_kind, asked in self.actions.by_kind(bits):
                yield of_kind, asked, asked.kind, sets

    def _answer(
        self, identity: Sequence[tuple[Reach, ...]], bounds: tuple[Reach, ...] | None
    ) -> Answer | None:
        found = [Said(place, reach) for place, some in enumerate(identity) for reach in some]
        if not any(one.reach.statement.allow for one in found):
            return None
        return judged(found, None if bounds is None else [Said(None, one) for one in bounds], self.steps)

    def _reaches(
        self, policy: Policy, some: Alike, asked: Asked, known: Known, alike: tuple[object, object]
    ) -> tuple[Reach, ...]:
        """What a policy says of such actions, for all who have it with the same facts (``alike``: the kind of
        the actions, and those).
        """
        if not some.rows:
            return ()
        key = (some, known.has, *alike) if some.by_kind else (some, known.has, alike[1])
        if key not in self._reached:
            self._reached[key] = reaches(policy, some.rows, asked, known)
        return self._reached[key]


def judged(identity: Sequence[Said], within: Sequence[Said] | None, steps: Steps) -> Answer:
    """The answer from what identity policies say and, where there is a boundary, what that says."""
    denies = [one for one in (*identity, *(within or ())) if not one.reach.statement.allow]
    given = [one for one in identity if one.reach.statement.allow]
    allows = [one for one in given if not _is_overruled(one, denies, steps)]
    if not allows:
        blocking = [one for one in denies if any(overruled(row.reach, one.reach, steps) for row in given)]
        return Answer(Verdict.BLOCKED, tuple(given), (), tuple(blocking))
    bounds: list[Said] = []
    if within is not None:
        bounds = [
            one for one in within if one.reach.statement.allow and not _is_overruled(one, denies, steps)
        ]
        allows_within = [one for one in allows if any(meet(one.reach, row.reach, steps) for row in bounds)]
        bounds = [row for row in bounds if any(meet(one.reach, row.reach, steps) for one in allows_within)]
        if not allows_within:
            return Answer(Verdict.BLOCKED, tuple(allows), (), ())
        allows = allows_within
    left = [one for one in denies if any(meet(one.reach, row.reach, steps) for row in allows)]
    allows, bounds = _enough(allows), _enough(bounds)
    always = all(one.reach.always for one in (*allows, *bounds))
    verdict = Verdict.CAN if always and not left else Verdict.DEPENDS
    return Answer(verdict, tuple(allows), tuple(bounds), tuple(left))


def _enough(ways: list[Said]) -> list[Said]:
    """Where some always allow, the others add nothing."""
    return [one for one in ways if one.reach.always] or ways


def _is_overruled(allow: Said, denies: Sequence[Said], steps: Steps) -> bool:
    return any(overruled(allow.reach, one.reach, steps) for one in denies)


def _alike(answer: Answer) -> object:
    """What answers have in common that read the same."""
    return answer.verdict, tuple(
        (one.place, one.reach.index, one.reach.texts, one.reach.conditions) for one in answer.said
    )


def _asked_of(facts: Facts, told: Sequence[Spoken]) -> object:
    """What of the holder the statements ask about: in every spelling, as tags can have two."""
    keys = {key for one in told for key in one.keys}
    if not keys:
        return None
    return tuple((key, value) for key, value in facts().items() if folded(key) in keys)


def _is_of_users(key: str) -> bool:
    """Whether a key (folded) tells which user acts, with a value or without."""
    return key in OF_USERS or key in OF_ALL or key.startswith(TAG)
