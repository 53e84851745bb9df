"""How the door finds the tags of users and policies, for conditions about them, and what AWS tells of one
policy alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iamconsole.operations import single_reads
from iamconsole.operations.resource_tags import Tags, tags_in, tags_of
from iamconsole.operations.single_reads import Asking, SingleRead

from .account_details import OPERATION
from .models import Account, ManagedPolicy, Scope, User
from .models.policies import scope_of

# When a policy was made, and when it was changed.
State = tuple[datetime, datetime]


@tags_of("user")
def user_tags(account_id: str, arn: str) -> Tags:
    name = arn.rpartition("/")[2].lower()
    users = User.objects.select_related("account").filter(account__account_id=account_id)
    user = users.people().with_name(name).first()
    return user.tags if user and user.arn == arn else {}


@tags_of("policy")
def policy_tags(account_id: str, arn: str) -> Tags:
    policy = own_policy(account_id, arn)
    return policy.tags if policy else {}


def own_policy(account_id: str, arn: str) -> ManagedPolicy | None:
    """A customer managed policy of the account; AWS's have no tags of ours."""
    own = ManagedPolicy.objects.filter(account__account_id=account_id, scope=Scope.LOCAL)
    return own.select_related("account").filter(arn=arn).first()


class ReadPolicy(SingleRead):
    """Tags and description of a policy."""

    kind = "policy"
    action = "GetPolicy"

    def listed(self, lists: Mapping[str, Any]) -> dict[str, State]:
        return {
            detail["Arn"]: (detail["CreateDate"], detail.get("UpdateDate", detail["CreateDate"]))
            for detail in (lists.get(OPERATION) or {}).get("Policies", ())
            if scope_of(detail["Arn"]) == Scope.LOCAL
        }

    def known(self, account: Account) -> dict[str, tuple[datetime | None, State]]:
        rows = ManagedPolicy.objects.customer(account).order_by()
        columns = rows.values_list("arn", "read_at", "create_date", "update_date")
        return {arn: (read_at, (created, updated)) for arn, read_at, created, updated in columns}

    def find(self, account_id: str, arn: str) -> ManagedPolicy | None:
        policy = own_policy(account_id, arn)
        return policy if policy and policy.account and policy.account.kind == Account.Kind.LINKED else None

    def lock(self, row: ManagedPolicy) -> ManagedPolicy | None:
        return ManagedPolicy.objects.select_for_update(of=("self",)).filter(pk=row.pk).first()

    def ask(self, asking: Asking, arn: str) -> dict[str, Any]:
        policy: dict[str, Any] = asking.read(self.action, PolicyArn=arn)["Policy"]
        return policy

    def values(self, row: ManagedPolicy, answer: dict[str, Any]) -> dict[str, Any]:
        return {"tags": tags_in(answer), "description": answer.get("Description", "")}


single_reads.register(ReadPolicy)
