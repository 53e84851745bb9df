"""ListPoliciesGrantingServiceAccess: which policies let a principal reach a service (IAM-FACTS 8.7)."""

from collections.abc import Sequence
from typing import Any

from iamconsole import catalogue
from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.paging import Sorted, page
from users.simulator.effective import share
from users.simulator.principal_policies import Principal, invalid, principal_of, simulated
from users.simulator.simulation import Source

NO_SUCH_SERVICE = "The service namespace {name} is not known."


def sources_of(principal: Principal) -> list[Source]:
    """The policies of a user, also through its groups, of a group or a role. Boundaries give nothing."""
    simulation = simulated(principal, in_browser=False)
    return [source for source in simulation.identity if source.owner != "none"]


def grants(source: Source, namespace: str) -> bool:
    """Whether a policy allows any action of the service, if only for some resources."""
    return any(action.service == namespace for action in share(source.named.policy).allowed)


def check_namespace(name: str) -> str:
    """A service's namespace as the catalogue spells it. Raises InvalidInput."""
    if name.lower() not in catalogue.services():
        raise invalid(NO_SUCH_SERVICE.format(name=name))
    return name.lower()


@operation("ListPoliciesGrantingServiceAccess")
class ListPoliciesGrantingServiceAccess(Operation):
    reads = True

    def resources(self, call: Call) -> Sequence[str]:
        return [call.params["Arn"]]

    def read(self, call: Call) -> Facts:
        sources = sources_of(principal_of(call, "Arn"))
        namespaces = set(map(check_namespace, call.params["ServiceNamespaces"]))

        def entry(namespace: str) -> Facts:
            policies = [policy_facts(source) for source in sources if grants(source, namespace)]
            return {"ServiceNamespace": namespace, "Policies": policies}

        return page(call, Sorted("PoliciesGrantingServiceAccess", namespaces, fact=entry))


def policy_facts(source: Source) -> dict[str, Any]:
    """A managed policy by its ARN, an inline one by the user, group or role that it is part of."""
    if source.named.arn:
        managed = {"PolicyType": "MANAGED", "PolicyArn": source.named.arn}
        return {"PolicyName": source.named.name, **managed}
    return {
        "PolicyName": source.named.name,
        "PolicyType": "INLINE",
        "EntityType": source.owner.upper(),
        "EntityName": source.carrier.rpartition("/")[2],
    }
