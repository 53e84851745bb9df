"""The decision: explicit deny, allow, or neither (IAM-FACTS 8.3)."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .conditions import holds
from .context import Context, folded
from .document import Policy, Statement
from .glob import Glob
from .principals import Named
from .steps import Steps
from .truth import CannotEvaluate, Truth, negate
from .variables import fill_resource, filled_text, pay_for_reading, template


class Outcome(enum.StrEnum):
    """As the simulator names them (IAM-FACTS 8.7)."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy with where it comes from. ``via`` names a group, "" means attached directly.

    ``kind`` is "AWS managed", "Customer managed", "Inline" or "Console".
    """

    name: str
    arn: str
    kind: str
    via: str
    policy: Policy


class Match(NamedTuple):
    """A statement that matched, its policy, and the stage in which it counted."""

    source: NamedPolicy
    statement: Statement
    stage: str


class Decision(NamedTuple):
    """An outcome, the statements that decided it, and the stage where it was decided.

    A deny shows the statements that deny, an allow those that allow in every stage, and an implicit
    deny none: its ``stage`` is the first one in which nothing allows.
    """

    outcome: Outcome
    matches: tuple[Match, ...]
    stage: str

    @property
    def allowed(self) -> bool:
        return self.outcome is Outcome.ALLOWED


def evaluate(
    action: str,
    resource: str,
    context: Mapping[str, str | Sequence[str]],
    *,
    identity: Sequence[NamedPolicy],
    boundary: NamedPolicy | None = None,
    session: Sequence[NamedPolicy] | None = None,
    resource_policy: NamedPolicy | None = None,
    principal: str = "",
    foreign: bool = False,
    steps: Steps | None = None,
) -> Decision:
    """Decide one action on one resource; ``context`` has the condition keys of the request.

    An explicit deny anywhere is final; then every stage that is present must allow: identity
    policies, the boundary, session policies. A session of no policies allows nothing. The policy of
    the resource, in the account of ``principal`` (a user's ARN), may stand in for some of them. For a
    ``foreign`` resource, in another account, its policy must allow as well.

    With ``steps`` the work is paid for before it is done. Raises TooManySteps.
    """
    stages: list[tuple[str, Sequence[NamedPolicy]]] = [("identity", identity)]
    if boundary is not None:
        stages.append(("boundary", (boundary,)))
    if session is not None:
        stages.append(("session", session))
    request = _Request(action, resource, context, steps)
    denies, allows = request.denies(stages)
    granted = Named.NOT
    of_resource: list[Match] = []
    if resource_policy is not None:
        granted, of_resource = request.of_resource(resource_policy, principal, foreign)
        denies += [one for one in of_resource if not one.statement.allow]
    if denies:
        return Decision(Outcome.EXPLICIT_DENY, tuple(denies), denies[0].stage)
    matched = [one for one in allows if request.fits(one.source.policy, one.statement)] + of_resource
    allowing = {one.stage for one in matched}
    spared = SPARED[granted] if of_resource and not foreign else NONE
    if foreign:
        stages.append(("resource", ()))
    for stage, _ in stages:
        if stage not in allowing and stage not in spared:
            return Decision(Outcome.IMPLICIT_DENY, (), stage)
    return Decision(Outcome.ALLOWED, tuple(matched), "identity" if "identity" in allowing else "resource")


# The stages that need not allow when a resource policy does. Only the user's own ARN gets past a
# boundary; an account as principal leaves it all to the account's policies (IAM-FACTS 8.3).
NONE: frozenset[str] = frozenset()
SPARED: Mapping[Named, frozenset[str]] = {
    Named.NOT: NONE,
    Named.AS_ANYBODY: frozenset({"identity"}),
    Named.BY_ARN: frozenset({"identity", "boundary"}),
}


class _Request:
    """What is asked: one action, one resource, and the facts around them."""

    __slots__ = ("_context", "_given", "_steps", "name", "resource")

    def __init__(
        self, action: str, resource: str, given: Mapping[str, str | Sequence[str]], steps: Steps | None
    ) -> None:
        self.name = folded(action)
        self.resource = resource
        self._given = given
        self._steps = steps
        self._context: Context | None = None

    @property
    def context(self) -> Context:
        """Made when the first condition or variable asks for it: most statements have none."""
        if self._context is None:
            if self._steps is not None:
                self._steps.take(len(self._given))
            self._context = Context(self._given, self._steps)
        return self._context

    def denies(self, stages: Sequence[tuple[str, Sequence[NamedPolicy]]]) -> tuple[list[Match], list[Match]]:
        """The statements that deny; and those that allow the action, of which the rest is not looked at."""
        denies, allows = [], []
        for stage, sources in stages:
            for source in sources:
                for row in self.about(source.policy):
                    if row.allow:
                        allows.append(Match(source, row, stage))
                    elif self.fits(source.policy, row):
                        denies.append(Match(source, row, stage))
        return denies, allows

    def about(self, policy: Policy) -> Sequence[Statement]:
        """The statements about the action; whether they fit the rest of the request is another question."""
        if self._steps is not None:
            self._steps.take(policy.steps(self.name))
        return policy.about(self.name)

    def of_resource(self, source: NamedPolicy, user_arn: str, foreign: bool) -> tuple[Named, list[Match]]:
        """How the resource's policy grants this to the user, and its statements that count for that.

        Naming the account leaves it to the account's policies, so it only counts from another account.
        """
        granted, counted = Named.NOT, []
        for row in self.about(source.policy):
            principals, match = row.principals, Match(source, row, "resource")
            if principals is None or not self.fits(source.policy, row):
                continue
            if self._steps is not None:
                self._steps.take(len(principals.names))
            if not row.allow:
                counted += [match] if principals.denies(user_arn) else []
                continue
            how = principals.grants(user_arn)
            if how in (Named.BY_ARN, Named.AS_ANYBODY) or (foreign and how is Named.BY_ACCOUNT):
                counted.append(match)
                granted = how if granted is not Named.BY_ARN else granted
        return granted, counted

    def fits(self, policy: Policy, statement: Statement) -> bool:
        """Resource and every condition match. Where that cannot be told: only a Deny applies."""
        if self._steps is not None:
            self._steps.take(8 + len(statement.resources) + len(statement.conditions))
        variables = policy.has_variables
        answer = statement.everywhere or self._resource_matches(statement, variables)
        if answer is False:
            return False
        for condition in statement.conditions:
            met = holds(condition, self.context, variables=variables)
            if met is False:
                return False
            answer = answer and met
        return not statement.allow if answer is None else True

    def _resource_matches(self, statement: Statement, variables: bool) -> Truth:
        # Under NotResource a variable without a value would turn "all but this one" into "all".
        unknown = None if statement.not_resource else False
        found: Truth = False
        for pattern, glob in zip(statement.resources, statement.resource_globs, strict=True):
            answer = self._is(pattern, glob, variables, unknown)
            if answer:
                found = True
                break
            if answer is None:
                found = None
        return negate(found) if statement.not_resource else found

    def _is(self, pattern: str, glob: Glob, variables: bool, unknown: Truth) -> Truth:
        """Whether the resource fits one pattern; case counts."""
        if pattern == "*":
            return True
        if not variables or "${" not in pattern:
            return self._matches(glob)
        pay_for_reading(pattern, self.context)
        try:
            if (pieces := template(pattern)) is not None:
                text = filled_text(pieces, self.context)
                return unknown if text is None else text == self.resource
            filled = fill_resource(pattern, self.context)
        except CannotEvaluate:
            return None
        return unknown if filled is None else self._matches(filled.glob)

    def _matches(self, glob: Glob) -> bool:
        if self._steps is not None:
            self._steps.take(glob.steps(self.resource))
        return glob.matches(self.resource)
