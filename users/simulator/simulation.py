"""What would be decided: policies with their texts, tried on actions and resources (IAM-FACTS 8.7).

Nothing is asked of AWS: a linked account is decided from its mirror, as fresh as its last sync.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter

from iamconsole.arn import Arns
from iamconsole.operations import sufficing
from iamconsole.operations.caller import PRINCIPAL_TYPES, Context
from iamconsole.operations.listed import EVERYTHING, judged_on
from iamconsole.policy import (
    Decision,
    MalformedPolicyDocument,
    NamedPolicy,
    Outcome,
    Statement,
    StatementSpan,
    Steps,
    counted_spans,
    distinct,
    evaluate,
    parse,
    parse_resource_policy,
    statement_spans,
)
from iamconsole.policy.context import folded
from iamconsole.policy.keys import statement_keys
from users.callers import mfa_requirement
from users.callers.build import self_service_of
from users.models import Group, InlinePolicy, ManagedPolicy, PolicyAttachment, User
from users.models.policies import UNREADABLE
from users.permissions import of_user as of_holder
from users.permissions import readable
from users.roles.virtual import VirtualRole
from users.simulator.resource_types import acts_on

ATTACHED = PolicyAttachment.objects.select_related("policy", "group__account")
INLINE = InlinePolicy.objects.select_related("group__account")
BY_AGE = attrgetter("pk")

# What one request may cost. A hundred actions on a hundred resources, for a user with as many policies as
# IAM lets it have, stay below; a step is about 0.1 microseconds.
MOST_STEPS = 20_000_000
OF_ANOTHER_TYPE = "type"  # the stage of a decision that no policy makes
PER_STATEMENT = 200  # steps for telling one statement that decided: its place, and its lines in the answer
PER_KEY = 20  # for telling one key without a value
TOO_MUCH = (
    "This simulation is too much work for one request. Ask about fewer actions or resources at once, or use "
    "shorter policies with fewer wildcards."
)
SEVERITY = (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY, Outcome.ALLOWED)


@dataclass(frozen=True)
class Source:
    """A policy as the engine takes it, with its text.

    ``owner`` is the kind of thing that carries it, ``carrier`` the ARN of that thing.
    """

    named: NamedPolicy
    document: str
    owner: str = "none"
    carrier: str = ""

    @cached_property
    def spans(self) -> tuple[StatementSpan, ...]:
        """Where the statements of this policy stand in its text, as AWS counts."""
        return counted_spans(self.document)

    @cached_property
    def shown(self) -> str:
        """The text as people see it."""
        return readable(self.document)

    @cached_property
    def shown_spans(self) -> tuple[StatementSpan, ...]:
        """Where the statements stand in that."""
        return statement_spans(self.shown)


@dataclass(frozen=True, slots=True)
class Matched:
    """A statement that decided, its policy, and the stage in which it counted.

    ``index`` is its place among the statements of the policy.
    """

    source: Source
    statement: Statement
    stage: str
    index: int

    @property
    def span(self) -> StatementSpan:
        return self.source.spans[self.index]


@dataclass(frozen=True, slots=True)
class Result:
    """The decision about one action on one resource; ``bounded`` says what the boundary alone allows."""

    action: str
    resource: str
    outcome: Outcome
    stage: str
    matched: tuple[Matched, ...]
    missing: tuple[str, ...]
    bounded: bool | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """Policies and facts, to be tried. ``principal`` is the ARN a resource policy would name.

    ``foreign``: the resources are another account's, whose policy must allow too.
    """

    identity: tuple[Source, ...]
    boundary: Source | None = None
    resource_policy: Source | None = None
    principal: str = ""
    context: Context = field(default_factory=dict)
    foreign: bool = False

    @property
    def sources(self) -> list[Source]:
        """Every policy that counts."""
        return [*self.identity, *(one for one in (self.boundary, self.resource_policy) if one)]


class Trial:
    """A simulation under way. What is the same for all its decisions is worked out once, and every step of
    the work is paid from one budget. ``arns`` are those of the account whose lists are asked about.
    """

    def __init__(
        self, simulation: Simulation, allowed: int = MOST_STEPS, *, arns: Arns | None = None
    ) -> None:
        self.simulation, self.steps, self._arns = simulation, Steps(allowed), arns
        self._sources = {id(source.named): source for source in simulation.sources}
        self._identity = {id(source.named) for source in simulation.identity}
        # Equal statements are told apart: each is an object of its own in its policy.
        self._index = {
            id(row): index
            for source in simulation.sources
            for index, row in enumerate(source.named.policy.statements)
        }
        self._given = {folded(key) for key in simulation.context}
        self._keys: dict[int, list[str]] = {}
        self._about: dict[str, tuple[list[NamedPolicy], tuple[str, ...]]] = {}

    def run(self, action: str, resource: str = "*") -> Result:
        """Decide one action on one resource; a read of this console also by the action of AWS's that suffices
        (``sufficing``). Raises TooManySteps.
        """
        own, also = self._decided(action, resource), sufficing.beside(action)
        if not also:
            return own
        other = self._decided(also, EVERYTHING)
        missing = tuple(distinct([*own.missing, *other.missing]))
        return replace(sufficing.either(own, other), action=action, resource=resource, missing=missing)

    def _decided(self, action: str, resource: str) -> Result:
        """Decide one action on one resource. Raises TooManySteps.

        What the action cannot act on is denied, whatever the policies say (IAM-FACTS 8.7).
        """
        tried = self.simulation
        identity, missing = self._about_action(action)
        judged = judged_on(action, self._arns) if self._arns and resource == EVERYTHING else resource
        if not acts_on(action, judged):
            self.steps.take(PER_STATEMENT + len(missing))
            bounded = self._bounded(action, judged)
            return Result(action, resource, Outcome.IMPLICIT_DENY, OF_ANOTHER_TYPE, (), missing, bounded)
        decision = evaluate(
            action,
            judged,
            tried.context,
            identity=identity,
            boundary=tried.boundary.named if tried.boundary else None,
            resource_policy=tried.resource_policy.named if tried.resource_policy else None,
            principal=tried.principal,
            foreign=tried.foreign,
            steps=self.steps,
        )
        self.steps.take(PER_STATEMENT * (1 + len(decision.matches)) + len(missing))
        return Result(
            action,
            resource,
            decision.outcome,
            decision.stage,
            tuple(self._matched(decision)),
            missing,
            self._bounded(action, judged),
        )

    def missing(self) -> list[str]:
        """The keys without a value that any statement asks for, whatever its action (IAM-FACTS 8.7). Answers
        tell them again for each resource, so each time is paid for. Raises TooManySteps.
        """
        self.steps.take(PER_KEY * len(self._missing))
        return list(self._missing)

    @cached_property
    def _missing(self) -> list[str]:
        wanted = [
            key
            for source in self.simulation.sources
            for row in source.named.policy.statements
            for key in self._keys_of(row, source.named.policy.has_variables)
        ]
        return [key for key in distinct(wanted) if folded(key) not in self._given]

    def _bounded(self, action: str, resource: str) -> bool | None:
        boundary = self.simulation.boundary
        if boundary is None:
            return None
        within = evaluate(
            action, resource, self.simulation.context, identity=[boundary.named], steps=self.steps
        )
        return within.allowed

    def _matched(self, decision: Decision) -> Iterable[Matched]:
        for match in decision.matches:
            source = self._sources[id(match.source)]
            yield Matched(source, match.statement, match.stage, self._index[id(match.statement)])

    def _about_action(self, action: str) -> tuple[list[NamedPolicy], tuple[str, ...]]:
        """The identity policies that speak of the action, and the keys without a value that statements about
        it ask for, whichever resource they name. The same for every resource.
        """
        if action not in self._about:
            name, wanted = folded(action), list[str]()
            identity = []
            for source in self.simulation.sources:
                policy = source.named.policy
                self.steps.take(policy.steps(name))
                rows = policy.about(name)
                wanted += [key for row in rows for key in self._keys_of(row, policy.has_variables)]
                if rows and id(source.named) in self._identity:
                    identity.append(source.named)
            missing = tuple(key for key in distinct(wanted) if folded(key) not in self._given)
            self._about[action] = identity, missing
        return self._about[action]

    def _keys_of(self, row: Statement, variables: bool) -> list[str]:
        if id(row) not in self._keys:
            self._keys[id(row)] = distinct(statement_keys(row, variables))
        self.steps.take(4 + len(self._keys[id(row)]))
        return self._keys[id(row)]


def worst(results: Sequence[Result]) -> Outcome:
    """The most restrictive of several outcomes."""
    return min((result.outcome for result in results), key=SEVERITY.index)


# Where policies come from.


def typed(name: str, document: str, kind: str = "Typed in") -> Source:
    """A policy that is only tried. Raises MalformedPolicyDocument."""
    return Source(NamedPolicy(name, "", kind, "", parse(document)), document)


def typed_resource_policy(name: str, document: str) -> Source:
    """The same for the policy of a resource. Raises MalformedPolicyDocument."""
    return Source(NamedPolicy(name, "", "Resource", "", parse_resource_policy(document)), document)


def of_user(user: User, *, in_browser: bool) -> Simulation:
    """A user as it is: policies of its own and of its groups, its boundary, who it is.

    ``in_browser``: also what everybody may do for oneself in this console.
    """
    sources = _stored(of_holder(ATTACHED, user), of_holder(INLINE, user), user.arn)
    if in_browser:
        sources.append(_self_service(user))
    sources += [Source(named, mfa_requirement.TEXT) for named in mfa_requirement.requirements(user)]
    boundary = user.permissions_boundary
    bounds = Source(boundary.named(), _text(boundary.document)) if boundary else None
    return Simulation(tuple(sources), bounds, None, user.arn, facts_of(user))


def of_group(group: Group) -> Simulation:
    """A group as it is. It is no principal: nobody in particular acts."""
    return Simulation(
        tuple(_stored(ATTACHED.filter(group=group), INLINE.filter(group=group), "")),
        principal=group.arn,
        context=facts_of_nobody(group.account.account_id),
    )


def of_role(role: VirtualRole) -> Simulation:
    """A console role as its sessions are; which session is not said."""
    named = NamedPolicy(role.name, "", "Inline", "", parse(role.document))
    context = {
        **facts_of_nobody(role.account.account_id),
        "aws:PrincipalArn": role.arn,
        "aws:PrincipalType": PRINCIPAL_TYPES["assumed-role"],
    }
    return Simulation((Source(named, role.document, "role", role.arn),), principal=role.arn, context=context)


def facts_of_nobody(account_id: str) -> dict[str, str]:
    """The condition keys that are there where nobody in particular acts (IAM-FACTS 8.7)."""
    return {"aws:PrincipalAccount": account_id}


def facts_of(user: User) -> dict[str, str]:
    """The condition keys that tell who acts (IAM-FACTS 8.6)."""
    facts = {
        "aws:username": user.user_name,
        "aws:userid": user.user_id,
        "aws:PrincipalArn": user.arn,
        "aws:PrincipalAccount": user.account.account_id,
        "aws:PrincipalType": PRINCIPAL_TYPES["user"],
    }
    return {**facts, **{f"aws:PrincipalTag/{key}": value for key, value in user.tags.items()}}


def with_facts(simulation: Simulation, more: Mapping[str, str | Sequence[str]]) -> Simulation:
    """The same with some condition keys set; a key is the same whatever its capital letters."""
    new = {folded(key) for key in more}
    kept = {key: value for key, value in simulation.context.items() if folded(key) not in new}
    return replace(simulation, context={**kept, **more})


def _stored(
    attached: Iterable[PolicyAttachment], inline: Iterable[InlinePolicy], user_arn: str
) -> list[Source]:
    """Managed and inline policies; what no group carries is the user's."""
    rows: list[tuple[ManagedPolicy | InlinePolicy, Group | None]]
    rows = [(row.policy, row.group) for row in sorted(attached, key=BY_AGE)]
    rows += [(row, row.group) for row in sorted(inline, key=BY_AGE)]
    return [_source(policy, group, user_arn) for policy, group in rows]


def _source(policy: ManagedPolicy | InlinePolicy, group: Group | None, user_arn: str) -> Source:
    if group is None:
        return Source(policy.named(), _text(policy.document), "user", user_arn)
    return Source(policy.named(group.group_name), _text(policy.document), "group", group.arn)


def _text(document: str) -> str:
    """A stored document that cannot be read stands as what it is decided as."""
    try:
        parse(document)
    except MalformedPolicyDocument:
        return UNREADABLE
    return document


def _self_service(user: User) -> Source:
    text = self_service_of(user)
    return Source(NamedPolicy("ConsoleSelfService", "", "Console", "", parse(text)), text)
