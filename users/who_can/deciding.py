"""Who can do what was asked: every holder's policies, equal ones decided once (IAM-FACTS 8.3).

An answer is *can* only where no request is refused, *depends* where some are, and *blocked* where a policy
allows it and a Deny or the boundary takes all of it.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from iamconsole.policy import Policy, Steps
from iamconsole.policy.context import Context, folded
from iamconsole.policy.keys import statement_keys
from iamconsole.policy.reach import Asked, Known, Reach, meet, overruled, reaches
from users.models import Account
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
    """A statement that decided, and which of the holder's policies it is in: None for the boundary."""

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
    """A holder, and what is so of it; the best answer first. Root has no parts: no policy limits it."""

    holder: Holder
    policies: tuple[Carried, ...]
    parts: tuple[Part, ...]

    @property
    def verdict(self) -> Verdict:
        return self.parts[0].answer.verdict


ORDER = tuple(Verdict)


def rows_of(account: Account, question: Question, most: int = MOST_STEPS) -> Iterator[Row]:
    """Everybody of whom some policy allows some of it, users before groups. Raises TooManySteps."""
    services = {name.partition(":")[0].lower() for name in question.asked}
    yield from Deciding(Holders(account, services), question, Steps(most)).rows()


class Deciding:
    """A question under way. What is the same for several holders is worked out once."""

    def __init__(self, holders: Holders, question: Question, steps: Steps) -> None:
        self.holders, self.asked, self.steps = holders, question.asked, steps
        self._keys: dict[int, frozenset[str]] = {}
        self._said: dict[object, tuple[Reach, ...]] = {}
        self._parts: dict[object, tuple[Part, ...]] = {}
        # Of groups and of users it is known who acts, as far as anybody does.
        self._has = {True: OF_ALL.__contains__, False: _is_of_users}

    def rows(self) -> Iterator[Row]:
        for holder in self.holders:
            self.steps.take(8)
            policies = self.holders.policies(holder)
            if policies and (parts := self.parts(holder, policies)):
                yield Row(holder, policies, parts)

    def parts(self, holder: Holder, policies: tuple[Carried, ...]) -> tuple[Part, ...]:
        """The answers of a holder, which all with the same policies and the same facts in them share."""
        bounds = holder.boundary.policy if holder.boundary else None
        every = [carried.policy for carried in policies] + ([bounds] if bounds else [])
        wanted = frozenset[str]().union(*(self._keys_of(policy) for policy in every))
        facts = self._facts(holder) if wanted else {}
        key = (
            holder.is_group,
            tuple(id(carried.policy) for carried in policies),
            id(bounds),
            tuple(facts.get(name, ()) for name in sorted(wanted)),
        )
        if key not in self._parts:
            facts = facts or self._facts(holder)
            self._parts[key] = self._decided(holder, policies, bounds, facts)
        return self._parts[key]

    def _facts(self, holder: Holder) -> dict[str, tuple[str, ...]]:
        """The facts by folded key; a tag that is there in two spellings has both."""
        found: dict[str, tuple[str, ...]] = {}
        for key, value in self.holders.facts(holder).items():
            found[folded(key)] = (*found.get(folded(key), ()), f"{key}={value}")
        return found

    def _keys_of(self, policy: Policy) -> frozenset[str]:
        """The keys about who acts that a policy's statements about the actions ask for."""
        if id(policy) not in self._keys:
            rows = {id(row): row for asked in self.asked.values() for row in policy.about(asked.action)}
            keys = {folded(key) for row in rows.values() for key in statement_keys(row, policy.has_variables)}
            self.steps.take(len(self.asked) + len(keys))
            self._keys[id(policy)] = frozenset(filter(_is_of_users, keys))
        return self._keys[id(policy)]

    def _decided(
        self,
        holder: Holder,
        policies: Sequence[Carried],
        bounds: Policy | None,
        facts: Mapping[str, tuple[str, ...]],
    ) -> tuple[Part, ...]:
        known = Known(Context(self.holders.facts(holder), self.steps), self._has[holder.is_group], self.steps)
        parts: dict[object, tuple[list[str], Answer]] = {}
        for name, asked in self.asked.items():
            found = [
                Said(place, reach)
                for place, carried in enumerate(policies)
                for reach in self._reaches(carried.policy, asked, known, facts)
            ]
            if not any(one.reach.statement.allow for one in found):
                continue
            within = None
            if bounds is not None:
                within = [Said(None, one) for one in self._reaches(bounds, asked, known, facts)]
            answer = judged(found, within, self.steps)
            parts.setdefault(_alike(answer), ([], answer))[0].append(name)
        listed = [Part(tuple(names), answer) for names, answer in parts.values()]
        return tuple(sorted(listed, key=lambda part: ORDER.index(part.answer.verdict)))

    def _reaches(
        self, policy: Policy, asked: Asked, known: Known, facts: Mapping[str, tuple[str, ...]]
    ) -> tuple[Reach, ...]:
        """What a policy says of an action, for all who have it with the same facts."""
        wanted = sorted(self._keys_of(policy))
        key = (id(policy), asked.action, known.has, tuple(facts.get(name, ()) for name in wanted))
        if key not in self._said:
            self._said[key] = reaches(policy, asked, known)
        return self._said[key]


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


def _is_of_users(key: str) -> bool:
    """Whether a key (folded) tells which user acts, with a value or without."""
    return key in OF_USERS or key in OF_ALL or key.startswith(TAG)
