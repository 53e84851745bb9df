"""PutGroupPolicy, GetGroupPolicy, ListGroupPolicies, DeleteGroupPolicy (IAM-FACTS 2.4, 9.2)."""

from collections.abc import Collection, Sequence
from functools import partial

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.wanted import Params, Row, Wanted, has, same_document, without_case
from users import quotas
from users.at_aws import group_row, wanted_group
from users.callers.last_administrator import KeepsAnAdministrator
from users.lookups import find_group, group_resources, lock_group, page_by_name
from users.models import Group, InlinePolicy
from users.policies.documents import check_document
from users.policies.operations.inline_policies import size_with

INLINE_SIZE_PER_GROUP = 5120  # characters in all, white space outside strings not counted


def no_such_policy(name: str) -> IamError:
    return IamError("NoSuchEntity", f"The group policy with name {name} cannot be found.")


def find_inline(group: Group, name: str) -> InlinePolicy:
    """Raises NoSuchEntity."""
    policy = InlinePolicy.objects.filter(group=group, name_folded=name.lower()).first()
    if policy is None:
        raise no_such_policy(name)
    return policy


class GroupPolicyOperation(Operation):
    def put_back(self, call: Call) -> list[tuple[str, Params]]:
        """Writes the policy as it is known here; nothing where there is none."""
        group, name = call.params["GroupName"], call.params["PolicyName"]
        rows = InlinePolicy.objects.filter(group__account__account_id=call.account_id)
        policy = rows.filter(group__name_folded=group.lower(), name_folded=name.lower()).first()
        named = {"GroupName": group, "PolicyName": name}
        return [("PutGroupPolicy", {**named, "PolicyDocument": policy.document})] if policy else []

    def resources(self, call: Call) -> Sequence[str]:
        return group_resources(call)

    def lock(self, call: Call) -> None:
        lock_group(call)

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        return group_row(call.found["group"], members)


@operation("PutGroupPolicy")
class PutGroupPolicy(KeepsAnAdministrator, GroupPolicyOperation):
    """Put over a policy of the same name, without case, replaces it and keeps its spelling."""

    needed_at_aws = {"iam:PutGroupPolicy": "write inline policies of groups"}

    def undo(self, call: Call) -> Undo:
        named = {name: call.params[name] for name in ("GroupName", "PolicyName")}
        return self.put_back(call) or [("DeleteGroupPolicy", named)]

    def check(self, call: Call) -> None:
        document, name = call.params["PolicyDocument"], call.params["PolicyName"]
        check_document(document)
        others = InlinePolicy.objects.filter(group=call.found["group"]).exclude(name_folded=name.lower())
        limit = f"Maximum policy size of {INLINE_SIZE_PER_GROUP} bytes exceeded"
        text = f"{limit} for group {call.found['group'].group_name}"
        quotas.check_size(call, partial(size_with, document, others), INLINE_SIZE_PER_GROUP, text)

    def write(self, call: Call, facts: Facts) -> None:
        name, document = call.params["PolicyName"], call.params["PolicyDocument"]
        InlinePolicy.objects.update_or_create(
            group=call.found["group"],
            name_folded=name.lower(),
            defaults={"document": document},
            create_defaults={"document": document, "policy_name": name},
        )

    def wanted(self, before: Params, params: Params) -> Wanted:
        policy = {
            "PolicyName": without_case(params["PolicyName"]),
            "PolicyDocument": same_document(params["PolicyDocument"]),
        }
        return wanted_group(before, params, {"GroupPolicyList": has(policy)})


@operation("DeleteGroupPolicy")
class DeleteGroupPolicy(KeepsAnAdministrator, GroupPolicyOperation):
    needed_at_aws = {"iam:DeleteGroupPolicy": "delete inline policies of groups"}

    def undo(self, call: Call) -> Undo:
        return self.put_back(call)

    def check(self, call: Call) -> None:
        find_inline(call.found["group"], call.params["PolicyName"])

    def write(self, call: Call, facts: Facts) -> None:
        name = call.params["PolicyName"].lower()
        InlinePolicy.objects.filter(group=call.found["group"], name_folded=name).delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        policy = {"PolicyName": without_case(params["PolicyName"])}
        return wanted_group(before, params, None, GroupPolicyList=has(policy))


@operation("GetGroupPolicy")
class GetGroupPolicy(GroupPolicyOperation):
    reads = True
    tells = ("policies",)

    def read(self, call: Call) -> Facts:
        group = find_group(call.account_id, call.params["GroupName"])
        policy = find_inline(group, call.params["PolicyName"])
        return {
            "GroupName": group.group_name,
            "PolicyName": call.params["PolicyName"],
            "PolicyDocument": policy.document,
        }


@operation("ListGroupPolicies")
class ListGroupPolicies(GroupPolicyOperation):
    reads = True
    tells = ("policies",)

    def read(self, call: Call) -> Facts:
        group = find_group(call.account_id, call.params["GroupName"])
        return page_by_name(call, group.inline_policies.all(), "PolicyNames", lambda row: row.policy_name)
