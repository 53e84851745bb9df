"""Decisions a second, beside moto's evaluator and Cedar, in the same process: `make bench`.

Documents are parsed once, every request is another one, and each answer is compared with the right
one. The evaluators take turns; of each the median of the rounds counts.
"""

import statistics
import time
from collections.abc import Callable, Sequence

import cedarpy
from moto.iam.access_control import IAMPolicy, PermissionResult

from iamconsole.policy import NamedPolicy, evaluate, parse

from .policy_documents import Case, Request, cases
from .policy_probes import PROBES

REQUESTS, ROUNDS = 5_000, 7
Decide = Callable[[Request], bool]


def main() -> None:
    print(f"{REQUESTS} decisions, {ROUNDS} rounds in turn, the median")
    print(f"{'policy':<22} {'a second':>10} {'moto':>10} {'cedar':>10} {'to moto':>8} {'aim':>5}  right")
    for case in cases(REQUESTS):
        measure(case)
    for name, decide_by in (("the console", ours), ("moto", motos)):
        right = sum(answer(decide_by, text, request) is request.allowed for text, request in PROBES.values())
        print(f"{name}: {right} of {len(PROBES)} probes right")


def measure(case: Case) -> None:
    """One line of the table. ``right`` counts the answers of the three."""
    deciders = [ours(case.document), motos(case.document), cedars(case.cedar)]
    rounds = [[timed(decide, case.requests) for decide in deciders] for _ in range(ROUNDS)]
    speed = [REQUESTS / statistics.median(row[index] for row in rounds) for index in range(len(deciders))]
    right = [sum(decide(one) is one.allowed for one in case.requests) / REQUESTS for decide in deciders]
    told = ", ".join(f"{share:.0%}" for share in right)
    print(
        f"{case.name:<22} {speed[0]:>10,.0f} {speed[1]:>10,.0f} {speed[2]:>10,.0f} "
        f"{speed[0] / speed[1]:>8.2f} {case.aim:>5.0f}  {told}"
    )


def timed(decide: Decide, requests: Sequence[Request]) -> float:
    begun = time.perf_counter()
    for request in requests:
        decide(request)
    return time.perf_counter() - begun


def ours(document: str) -> Decide:
    identity = (NamedPolicy("p", "", "Inline", "", parse(document)),)

    def decide(request: Request) -> bool:
        return evaluate(request.action, request.resource, request.context, identity=identity).allowed

    return decide


def motos(document: str) -> Decide:
    policy = IAMPolicy(document)

    def decide(request: Request) -> bool:
        found = policy.is_action_permitted(
            request.action, request.resource, incoming_condition_values=dict(request.context)
        )
        return found is PermissionResult.PERMITTED

    return decide


def cedars(policies: str) -> Decide:
    parsed, nobody = cedarpy.PolicySet.from_str(policies), cedarpy.Entities.from_json_str("[]")
    who = {"principal": 'User::"u"', "action": 'Action::"a"', "resource": 'Thing::"r"'}

    def decide(request: Request) -> bool:
        context = {"action": request.action, "resource": request.resource}
        if name := request.context.get("aws:username"):
            context["own"] = f"arn:aws:iam::111122223333:user/{name}"
            context["mfa"] = request.context["aws:MultiFactorAuthPresent"]
        return cedarpy.is_authorized({**who, "context": context}, parsed, nobody).allowed

    return decide


def answer(decide_by: Callable[[str], Decide], document: str, request: Request) -> bool | None:
    """The answer to a probe; None when the evaluator gives up."""
    try:
        return decide_by(document)(request)
    except Exception:  # another's evaluator fails in its own ways, and that is what is counted
        return None


if __name__ == "__main__":
    main()
