"""What AWS's own simulator says beside this console's, for a linked account."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.gateway import AwsDecision
from iamconsole.operations import Caller
from users.simulator.results import Answer

TOO_MANY = f"AWS can be asked about up to {gateway.SIMULATED_AT_ONCE} decisions at once. Enter fewer."
NO_ANSWER = "AWS's policy simulator gave no answer. {message}"
WORDS = {
    "allowed": ("success", "Allowed"),
    "explicitDeny": ("error", "Explicitly denied"),
    "implicitDeny": ("error", "Not allowed"),
}
BY_ORGANIZATION = {
    True: "The service control policies of the organization allow it.",
    False: "A service control policy of the organization does not allow it.",
    None: "AWS named no organization.",
}


@dataclass(frozen=True, slots=True)
class AtAws:
    """An answer of this console with AWS's."""

    answer: Answer
    type: str
    words: str
    detail: str


def asked_aws(caller: Caller, principal: str, answers: Sequence[Answer]) -> dict[str, Any]:
    """AWS's answers to the same question, or why there are none: what JSON can hold, for ``compared``."""
    if caller.link is None:
        return {}
    if len(answers) > gateway.SIMULATED_AT_ONCE:
        return {"refusal": TOO_MANY}
    actions = list(dict.fromkeys(answer.result.action for answer in answers))
    resources = list(dict.fromkeys(answer.result.resource for answer in answers))
    try:
        decisions = gateway.ask_simulator(caller.link, principal, actions, resources)
    except IamError as error:
        return {"refusal": NO_ANSWER.format(message=error.message)}
    return {"decisions": [[*key, *astuple(decision)] for key, decision in decisions.items()]}


def compared(asked: Mapping[str, Any], answers: Sequence[Answer]) -> dict[str, Any]:
    """What AWS said beside what this console says, for the page."""
    if "decisions" not in asked:
        return {"aws_refusal": asked.get("refusal", "")}
    decisions = {(action, resource): AwsDecision(*rest) for action, resource, *rest in asked["decisions"]}
    return {"at_aws": [beside(answer, decisions) for answer in answers]}


def beside(answer: Answer, decisions: dict[tuple[str, str], AwsDecision]) -> AtAws:
    decision = decisions.get((answer.result.action.lower(), answer.result.resource))
    if decision is None:
        return AtAws(answer, "inactive", "No answer", "")
    kind, words = WORDS.get(decision.decision, ("inactive", decision.decision))
    return AtAws(answer, kind, words, BY_ORGANIZATION[decision.by_organization])
