"""Operations that only people of the home account can use."""

from collections.abc import Sequence

from iamconsole.arn import Arns, partition_of
from iamconsole.errors import AccessDenied
from iamconsole.operations import Call, Caller, Operation
from users.models import Account

HOME_ONLY = "Only people in the home account can do this."


class HomeOperation(Operation):
    """For callers of the home account, on an account named by AccountId."""

    def resources(self, call: Call) -> Sequence[str]:
        return [arns_named(call).root] if "AccountId" in call.params else ["*"]

    def prepare(self, call: Call) -> None:
        if not Account.objects.filter(account_id=call.account_id, is_home=True).exists():
            raise AccessDenied(HOME_ONLY, action=self.action)


def arns_named(call: Call) -> Arns:
    """Those of the account that ``AccountId`` names."""
    params = call.params
    return arns_in(params["AccountId"], params.get("RoleArn", ""), call.caller, params.get("Partition", ""))


def arns_in(account_id: str, role_arn: str, caller: Caller, partition: str = "") -> Arns:
    """Those of an account. One that is not here yet is in the partition of the role that leads to it, else
    in the named one, else in the caller's.
    """
    known = Account.objects.filter(account_id=account_id).values_list("partition", flat=True).first()
    named = Arns(partition, account_id).root if partition else ""
    return Arns(known or partition_of(role_arn, named, caller.arn), account_id)
