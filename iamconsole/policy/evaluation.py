"""The decision: explicit deny, allow, or neither (IAM-FACTS 8.3)."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .conditions import CannotEvaluate, holds
from .document import Policy, Statement
from .glob import matches
from .variables import Context, substitute


class Outcome(enum.StrEnum):
    """As the simulator names them (IAM-FACTS 8.7)."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy with where it comes from. ``via`` names a group, "" means attached directly."""

    name: str
    arn: str
    kind: str
    via: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Match:
    """A statement that matched, its policy, and the stage in which it counted."""

    source: NamedPolicy
    statement: Statement
    stage: str


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome, the statements that decided it, and the stage where it was decided."""

    outcome: Outcome
    matches: tuple[Match, ...]
    stage: str

    @property
    def allowed(self) -> bool:
        return self.outcome is Outcome.ALLOWED


def evaluate(
    action: str,
    resource: str,
    context: Context,
    *,
    identity: Sequence[NamedPolicy],
    boundary: NamedPolicy | None = None,
    session: Sequence[NamedPolicy] | None = None,
) -> Decision:
    """Decide one action on one resource.

    An explicit deny anywhere is final; then every stage that is present must allow: identity
    policies, the boundary, session policies.
    """
    stages = {"identity": identity}
    if boundary is not None:
        stages["boundary"] = [boundary]
    if session is not None:
        stages["session"] = session
    folded = {key.lower(): value for key, value in context.items()}
    matched = [
        m for stage, sources in stages.items() for m in _matches(stage, sources, action, resource, folded)
    ]
    for match in matched:
        if not match.statement.allow:
            return Decision(Outcome.EXPLICIT_DENY, (match,), match.stage)
    for stage in stages:
        if not any(match.stage == stage for match in matched):
            return Decision(Outcome.IMPLICIT_DENY, (), stage)
    return Decision(Outcome.ALLOWED, tuple(matched), "identity")


def _matches(
    stage: str, sources: Sequence[NamedPolicy], action: str, resource: str, context: Context
) -> Iterator[Match]:
    for source in sources:
        for statement in source.policy.statements:
            if applies(statement, source.policy, action, resource, context):
                yield Match(source, statement, stage)


def applies(statement: Statement, policy: Policy, action: str, resource: str, context: Context) -> bool:
    """Whether action, resource and every condition of a statement match. ``context`` is folded."""
    if not (_action(statement, action) and _resource(statement, policy, resource, context)):
        return False
    try:
        return all(holds(c, context, variables=policy.has_variables) for c in statement.conditions)
    except CannotEvaluate:
        return not statement.allow  # fail closed


def _action(statement: Statement, action: str) -> bool:
    folded = action.lower()
    return any(matches(pattern.lower(), folded) for pattern in statement.actions) is not statement.not_action


def _resource(statement: Statement, policy: Policy, resource: str, context: Context) -> bool:
    found = any(_one_resource(pattern, policy, resource, context) for pattern in statement.resources)
    return found is not statement.not_resource


def _one_resource(pattern: str, policy: Policy, resource: str, context: Context) -> bool:
    """Case counts; a variable without a value matches nothing."""
    filled = substitute(pattern, context) if policy.has_variables else pattern
    return filled is not None and matches(filled, resource)
