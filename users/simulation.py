"""What would be decided: policies with their texts, tried on actions and resources (IAM-FACTS 8.7).

Nothing is asked of AWS: a linked account is decided from its mirror, as fresh as its last sync.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from iamconsole.operations.caller import PRINCIPAL_TYPES, Context
from iamconsole.policy import (
    Decision,
    MalformedPolicyDocument,
    NamedPolicy,
    Outcome,
    Statement,
    StatementSpan,
    distinct,
    evaluate,
    keys_for,
    parse,
    parse_resource_policy,
    statement_spans,
)
from iamconsole.policy.context import folded

from . import mfa_requirement
from .callers import may_change_password, self_service
from .models import Group, InlinePolicy, ManagedPolicy, PolicyAttachment, User
from .models.policies import UNREADABLE
from .permissions import of_user as of_holder

STUB_USER_ID = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"
ATTACHED = PolicyAttachment.objects.select_related("policy", "group__account")
INLINE = InlinePolicy.objects.select_related("group__account")
BY_AGE = attrgetter("pk")
SEVERITY = (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY, Outcome.ALLOWED)


@dataclass(frozen=True, slots=True)
class Source:
    """A policy as the engine takes it, with its text.

    ``owner`` is the kind of thing that carries it, ``carrier`` the ARN of that thing.
    """

    named: NamedPolicy
    document: str
    owner: str = "none"
    carrier: str = ""

    def span_of(self, statement: Statement) -> StatementSpan:
        """Where a statement of this policy stands in the text."""
        return statement_spans(self.document)[self.index_of(statement)]

    def index_of(self, statement: Statement) -> int:
        """The place of a statement among those of this policy; equal ones are told apart."""
        return next(i for i, one in enumerate(self.named.policy.statements) if one is statement)


@dataclass(frozen=True, slots=True)
class Matched:
    """A statement that decided, its policy, and the stage in which it counted."""

    source: Source
    statement: Statement
    stage: str

    @property
    def span(self) -> StatementSpan:
        return self.source.span_of(self.statement)


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
    """Policies and facts, to be tried. ``principal`` is the ARN a resource policy would name."""

    identity: tuple[Source, ...]
    boundary: Source | None = None
    resource_policy: Source | None = None
    principal: str = ""
    context: Context = field(default_factory=dict)

    @property
    def sources(self) -> list[Source]:
        """Every policy that counts."""
        return [*self.identity, *(one for one in (self.boundary, self.resource_policy) if one)]

    def run(self, action: str, resource: str = "*") -> Result:
        """Decide one action on one resource."""
        decision = evaluate(
            action,
            resource,
            self.context,
            identity=[source.named for source in self.identity],
            boundary=self.boundary.named if self.boundary else None,
            resource_policy=self.resource_policy.named if self.resource_policy else None,
            principal=self.principal,
        )
        return Result(
            action,
            resource,
            decision.outcome,
            decision.stage,
            tuple(self._matched(decision)),
            tuple(self._missing(action)),
            self._bounded(action, resource),
        )

    def _bounded(self, action: str, resource: str) -> bool | None:
        if self.boundary is None:
            return None
        return evaluate(action, resource, self.context, identity=[self.boundary.named]).allowed

    def _matched(self, decision: Decision) -> Iterable[Matched]:
        for match in decision.matches:
            source = next(one for one in self.sources if one.named is match.source)
            yield Matched(source, match.statement, match.stage)

    def _missing(self, action: str) -> Iterable[str]:
        given = {folded(key) for key in self.context}
        wanted = distinct(key for source in self.sources for key in keys_for(source.named.policy, action))
        return (key for key in wanted if folded(key) not in given)


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
        context=facts_of(None),
    )


def facts_of(user: User | None) -> dict[str, str]:
    """The condition keys that tell who acts (IAM-FACTS 8.6); a stub's where it is nobody known."""
    if user is None:
        return {"aws:userid": STUB_USER_ID}
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
    text = json.dumps(self_service(may_change_password=may_change_password(user)), indent=2)
    return Source(NamedPolicy("ConsoleSelfService", "", "Console", "", parse(text)), text)
