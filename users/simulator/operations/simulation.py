"""SimulatePrincipalPolicy and SimulateCustomPolicy (IAM-FACTS 8.7).

Both decide here, with the console's engine; on a linked account from its mirror. Not known here are
organization policies and resources of other accounts: what asks for them is refused, not guessed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.paging import Sorted, page
from iamconsole.policy import TooManySteps
from users.simulator.principal_policies import (
    acting_as,
    boundary_given,
    context_given,
    documents,
    invalid,
    resource_policy_given,
    simulation_of,
    without_excluded,
)
from users.simulator.simulation import (
    TOO_MUCH,
    Matched,
    Result,
    Simulation,
    Trial,
    facts_of,
    with_facts,
    worst,
)

ACTION = re.compile(r"[A-Za-z0-9-]{1,64}:[A-Za-z0-9]{1,128}")
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
        return [call.params["PolicySourceArn"]]

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
        if call.param("ResourcePolicy") and not call.param("CallerArn"):
            raise invalid("CallerArn is needed with a ResourcePolicy: its Principal names who can act.")
        given = Simulation(tuple(documents(call, "PolicyInputList")), context=facts_of(None))
        return simulated(call, acting_as(call, given))


def simulated(call: Call, simulation: Simulation) -> Facts:
    """A page of results, one per action. Raises InvalidInput, also for too much work."""
    simulation = with_facts(simulation, context_given(call.param("ContextEntries", [])))
    simulation = replace(
        simulation,
        boundary=boundary_given(call) or simulation.boundary,
        resource_policy=resource_policy_given(call),
    )
    _check_owner(call)
    actions, resources = _actions(call), _resources(call)
    trial = Trial(simulation)
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
    """One action on all resources in the shape of IAM's reply: the most restrictive answer on top."""
    results = [trial.run(action, resource) for resource in resources or ["*"]]
    outcome = worst(results)
    deciding = [result for result in results if result.outcome is outcome]
    reply: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": results[0].resource if len(results) == 1 else "*",
        "EvalDecision": outcome.value,
        "MatchedStatements": _distinct(one for result in deciding for one in result.matched),
        "MissingContextValues": [] if any(one != "*" for one in resources) else list(results[0].missing),
    }
    if trial.simulation.boundary:
        within = all(result.bounded for result in results)
        reply["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
    if any(one != "*" for one in resources):
        reply["ResourceSpecificResults"] = [_on_resource(result) for result in results]
    return reply


def _on_resource(result: Result) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "EvalResourceName": result.resource,
        "EvalResourceDecision": result.outcome.value,
        "MatchedStatements": [_statement(one) for one in result.matched],
        "MissingContextValues": list(result.missing),
    }
    if result.bounded is not None:
        reply["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": result.bounded}
    return reply


def _statement(matched: Matched) -> dict[str, Any]:
    span = matched.span
    return {
        "SourcePolicyId": matched.source.named.name,
        "SourcePolicyType": POLICY_TYPES[matched.stage],
        "StartPosition": {"Line": span.start.line, "Column": span.start.column},
        "EndPosition": {"Line": span.end.line, "Column": span.end.column},
    }


def _distinct(matches: Iterable[Matched]) -> list[dict[str, Any]]:
    """Each statement of each policy once, as it is told."""
    found = {(one.source.named.name, one.stage, one.span): one for one in matches}
    return [_statement(one) for one in found.values()]


def _actions(call: Call) -> list[str]:
    actions: list[str] = call.params["ActionNames"]
    for action in actions:
        if not ACTION.fullmatch(action):
            raise invalid(f"Invalid action {action}. Write service:Action, without wildcards.")
    return actions


def _resources(call: Call) -> list[str]:
    resources: list[str] = call.param("ResourceArns", [])
    for resource in resources:
        if resource != "*" and (not resource.startswith("arn:") or resource.count(":") < 5):
            raise invalid(f'Invalid resource {resource}. Write an ARN or "*".')
    return resources


def _check_owner(call: Call) -> None:
    owner = call.param("ResourceOwner")
    if owner and call.account_id not in owner.split(":"):
        raise invalid(
            "Resources of another account cannot be simulated here, because its policies are not known."
        )
