"""GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy (IAM-FACTS 8.7).

On a linked account the mirror is read, as for the simulation.
"""

from collections.abc import Iterable, Sequence

from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.policy import MalformedPolicyDocument, context_keys, distinct, mentioned_keys
from users.simulator.principal_policies import INVALID_ITEM, invalid, stored_arn, stored_policies
from users.simulator.simulation import Source


@operation("GetContextKeysForCustomPolicy")
class GetContextKeysForCustomPolicy(Operation):
    reads = True

    def read(self, call: Call) -> Facts:
        return {"ContextKeyNames": given_keys(call)}


@operation("GetContextKeysForPrincipalPolicy")
class GetContextKeysForPrincipalPolicy(Operation):
    """The policies of a user with its groups and boundary, or of a group."""

    reads = True

    def resources(self, call: Call) -> Sequence[str]:
        return [stored_arn(call)]

    def read(self, call: Call) -> Facts:
        sources = stored_policies(call).sources
        stored = [key for one in sources for key in mentioned_keys(one.document, any_operator=True)]
        return {"ContextKeyNames": [*stored, *given_keys(call)]}


def given_keys(call: Call) -> list[str]:
    """The keys of the policies given as text, once per policy. Raises InvalidInput."""
    keys: list[str] = []
    for number, document in enumerate(call.param("PolicyInputList", []), start=1):
        try:
            keys += mentioned_keys(document)
        except MalformedPolicyDocument as error:
            raise invalid(INVALID_ITEM.format(number=number)) from error
    return keys


def mentioned(sources: Iterable[Source]) -> list[str]:
    """The keys in conditions and variables of some policies, without repetition."""
    return distinct(key for source in sources for key in context_keys(source.named.policy))
