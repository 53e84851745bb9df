"""SimulatePrincipalPolicy and SimulateCustomPolicy (IAM-FACTS 8.7).

Both decide here, with the console's engine; on a linked account from its mirror. What is refused, and in
which words, is AWS's (IAM-FACTS 8.7). Organization policies are not known here, so they are refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from iamconsole import catalogue
from iamconsole.arn import ACCOUNT_ID
from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.paging import Sorted, page
from iamconsole.policy import TooManySteps, values
from users.simulator.context_entries import context_given
from users.simulator.principal_policies import (
    acting_as,
    boundary_given,
    documents,
    invalid,
    resource_policy_given,
    simulation_of,
    stored_arn,
    without_excluded,
)
from users.simulator.resource_types import arn_format
from users.simulator.simulation import (
    TOO_MUCH,
    Matched,
    Result,
    Simulation,
    Source,
    Trial,
    facts_of_nobody,
    with_facts,
    worst,
)

BAD_MARKER = "Invalid marker for pagination."  # IAM-FACTS 2.22.6
POLICY_TYPES = {
    "identity": "IAM Policy",
    "boundary": "Permissions Boundary Policy",
    "resource": "Resource Policy",
}


@operation("SimulatePrincipalPolicy")
class SimulatePrincipalPolicy(Operation):
    """A user with its groups, or a group; the policies of the caller are not asked what they allow."""

    reads = True

    def resources(self, call: Call) -> Sequence[str]:
        return [stored_arn(call)]

    def read(self, call: Call) -> Facts:
        simulation = without_excluded(call, simulation_of(call))
        return simulated(call, acting_as(call, simulation))


@operation("SimulateCustomPolicy")
class SimulateCustomPolicy(Operation):
    """Policies given as text, of nobody."""

    reads = True

    def read(self, call: Call) -> Facts:
        if call.param("OrderedOrganizationPolicyInputList"):
            raise invalid("Organization policies cannot be simulated here. Leave them out.")
        policies = tuple(documents(call, "PolicyInputList"))
        given = Simulation(policies, context=facts_of_nobody(call.account_id))
        return simulated(call, acting_as(call, given))


def simulated(call: Call, simulation: Simulation) -> Facts:
    """A page of results, one per action. Raises InvalidInput, also for too much work."""
    simulation = with_facts(simulation, context_given(call.param("ContextEntries", [])))
    simulation = replace(
        simulation,
        boundary=boundary_given(call) or simulation.boundary,
        resource_policy=resource_policy_given(call),
        foreign=_is_foreign(call, simulation.principal),
    )
    actions, resources = _actions(call), _resources(call)
    trial = Trial(simulation, arns=call.caller.arns)
    # The actions are those of the request, of which a marker knows: their numbers stay.
    results = Sorted(
        "EvaluationResults",
        enumerate(actions),
        lambda numbered: numbered[:1],
        lambda numbered: evaluation(trial, numbered[1], resources),
    )
    try:
        return page(call, results, code="InvalidInput", bad=BAD_MARKER)
    except TooManySteps as error:
        raise invalid(TOO_MUCH) from error


def evaluation(trial: Trial, action: str, resources: Sequence[str]) -> dict[str, Any]:
    """One action on all resources in the shape of IAM's reply: the most restrictive answer on top, with the
    statements of all.
    """
    results = [trial.run(action, resource) for resource in resources or ["*"]]
    reply: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": _name(action, results),
        "EvalDecision": worst(results).value,
        "MatchedStatements": _distinct(one for result in results for one in result.matched),
        "MissingContextValues": [] if any(one != "*" for one in resources) else trial.missing(),
    }
    if trial.simulation.boundary:
        within = all(result.bounded for result in results)
        reply["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
    if any(one != "*" for one in resources):
        reply["EvalDecisionDetails"] = {}  # what else decided is of other accounts, and none is asked
        reply["ResourceSpecificResults"] = [_on_resource(result, trial.missing()) for result in results]
    return reply


def _name(action: str, results: Sequence[Result]) -> str:
    """Of one resource its ARN, of several the form of the action's resource in the first one's partition."""
    first = results[0].resource
    partition = next((one.resource.split(":")[1] for one in results if one.resource != "*"), "")
    return arn_format(action, partition) if len(results) > 1 and partition else first


def _on_resource(result: Result, missing: list[str]) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "EvalResourceName": result.resource,
        "EvalResourceDecision": result.outcome.value,
        "MatchedStatements": [_statement(one) for one in result.matched],
        "EvalDecisionDetails": {},
        "MissingContextValues": missing,
    }
    if result.bounded is not None:
        reply["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": result.bounded}
    return reply


def _statement(matched: Matched) -> dict[str, Any]:
    span = matched.span
    return {
        "SourcePolicyId": _policy_id(matched.source),
        "SourcePolicyType": POLICY_TYPES[matched.stage],
        "StartPosition": {"Line": span.start.line, "Column": span.start.column},
        "EndPosition": {"Line": span.end.line, "Column": span.end.column},
    }


def _policy_id(source: Source) -> str:
    """A policy's name; an inline one's with whom it is part of: ``user_diego_work`` (IAM-FACTS 8.7)."""
    if source.named.kind != "Inline":
        return source.named.name
    return f"{source.owner}_{source.carrier.rpartition('/')[2]}_{source.named.name}"


def _distinct(matches: Iterable[Matched]) -> list[dict[str, Any]]:
    """Each statement of each policy once, as it is told."""
    found = {(id(one.source), one.stage, one.index): one for one in matches}
    return [_statement(one) for one in found.values()]


def _actions(call: Call) -> list[str]:
    """Any text with a colon is an action, and is compared letter by letter. Raises InvalidInput."""
    actions: list[str] = call.params["ActionNames"]
    if not all(":" in action for action in actions):
        raise invalid("The action is invalid since it is missing names")
    known = [action for action in actions if catalogue.find_action(action)]
    unknown = [action for action in actions if not catalogue.find_action(action)]
    if known and unknown:
        raise invalid(
            f"Invalid Input Actions: [{','.join(known)}] and [{','.join(unknown)}] require different "
            "authorization information. "
        )
    return actions


def _resources(call: Call) -> list[str]:
    resources: list[str] = call.param("ResourceArns", [])
    for resource in resources:
        if resource != "*" and values.arn(resource) is None:
            raise invalid(f"ResourceNames are not in a valid ARN format: {resource}.")
    return resources


def _is_foreign(call: Call, principal: str) -> bool:
    """Whether the resources belong to another account than who acts. Raises InvalidInput."""
    owner = call.param("ResourceOwner")
    if not owner:
        return False
    parts = owner.split(":", 5)
    account_id = parts[4] if len(parts) == 6 and values.arn(owner) else owner
    if not ACCOUNT_ID.fullmatch(account_id):
        raise invalid(f"'{owner}' is not a valid as a Resource Owner.")
    return account_id != (principal.split(":")[4] if principal else call.account_id)
