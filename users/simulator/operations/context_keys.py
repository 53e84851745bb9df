"""GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy (IAM-FACTS 8.7).

On a linked account the mirror is read, as for the simulation.
"""

from collections.abc import Iterable, Sequence

from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.policy import context_keys, distinct
from users.simulator.principal_policies import documents, simulation_of
from users.simulator.simulation import Source


@operation("GetContextKeysForCustomPolicy")
class GetContextKeysForCustomPolicy(Operation):
    reads = True

    def read(self, call: Call) -> Facts:
        return {"ContextKeyNames": mentioned(documents(call, "PolicyInputList"))}


@operation("GetContextKeysForPrincipalPolicy")
class GetContextKeysForPrincipalPolicy(Operation):
    """The policies of a user with its groups and boundary, or of a group."""

    reads = True

    def resources(self, call: Call) -> Sequence[str]:
        return [call.params["PolicySourceArn"]]

    def read(self, call: Call) -> Facts:
        return {"ContextKeyNames": mentioned(simulation_of(call).sources)}


def mentioned(sources: Iterable[Source]) -> list[str]:
    """The keys in conditions and variables of some policies, without repetition."""
    return distinct(key for source in sources for key in context_keys(source.named.policy))
