"""AttachUserPolicy, DetachUserPolicy, DeleteUserPolicy, RemoveUserFromGroup (IAM-FACTS 2.4, 8.9)."""

from collections.abc import Sequence

from iamconsole.arn import group_arn
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.caller import Context
from users.models import Group, GroupMembership, InlinePolicy, PolicyAttachment, User

from .rows import find_policy, find_user, lock_user, user_resources

MANAGED_POLICIES_PER_USER = 10  # IAM-FACTS 9.1


class UserPermissionOperation(Operation):
    """What operations on a user's permissions have in common."""

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def context(self, call: Call) -> Context:
        """iam:PermissionsBoundary tells of the target's boundary, iam:PolicyARN of the policy."""
        keys: dict[str, str] = {}
        if arn := call.param("PolicyArn"):
            keys["iam:PolicyARN"] = arn
        try:
            boundary = find_user(call.account_id, call.params["UserName"]).permissions_boundary
        except IamError:
            boundary = None
        if boundary:
            keys["iam:PermissionsBoundary"] = boundary.arn
        return keys

    def lock(self, call: Call) -> None:
        lock_user(call)


@operation("AttachUserPolicy")
class AttachUserPolicy(UserPermissionOperation):
    def check(self, call: Call) -> None:
        if not call.params["PolicyArn"].startswith("arn:"):
            raise IamError("ValidationError", f"ARN {call.params['PolicyArn']} is not valid.")
        policy = find_policy(call, "Policy ARN does not exist or is not attachable.")
        call.found["policy"] = policy
        attached = PolicyAttachment.objects.filter(user=call.user)
        if attached.filter(policy=policy).exists():
            return  # attaching again succeeds
        if attached.count() >= MANAGED_POLICIES_PER_USER:
            raise IamError(
                "LimitExceeded", f"Cannot exceed quota for PoliciesPerUser: {MANAGED_POLICIES_PER_USER}"
            )

    def write(self, call: Call, facts: Facts) -> None:
        policy = find_policy(call, "Policy ARN does not exist or is not attachable.")
        PolicyAttachment.objects.get_or_create(user=call.user, policy=policy)


@operation("DetachUserPolicy")
class DetachUserPolicy(UserPermissionOperation):
    def check(self, call: Call) -> None:
        policy = find_policy(call, "Policy ARN was not found.")
        if not PolicyAttachment.objects.filter(user=call.user, policy=policy).exists():
            raise IamError("NoSuchEntity", "Policy ARN was not found.")

    def write(self, call: Call, facts: Facts) -> None:
        PolicyAttachment.objects.filter(user=call.user, policy__arn=call.params["PolicyArn"]).delete()


@operation("DeleteUserPolicy")
class DeleteUserPolicy(UserPermissionOperation):
    def check(self, call: Call) -> None:
        if not self._rows(call).exists():
            name = call.params["PolicyName"]
            raise IamError("NoSuchEntity", f"The user policy with name {name} cannot be found.")

    def write(self, call: Call, facts: Facts) -> None:
        self._rows(call).delete()

    @staticmethod
    def _rows(call: Call):  # type: ignore[no-untyped-def]
        return InlinePolicy.objects.filter(user=call.user, name_folded=call.params["PolicyName"].lower())


@operation("RemoveUserFromGroup")
class RemoveUserFromGroup(Operation):
    """Idempotent; the user is looked up before the group (IAM-FACTS 2.6)."""

    def resources(self, call: Call) -> Sequence[str]:
        name = call.params["GroupName"]
        group = self._group(call)
        return [group.arn if group else group_arn(call.account_id, "/", name)]

    def lock(self, call: Call) -> None:
        lock_user(call)

    def check(self, call: Call) -> None:
        if self._group(call) is None:
            name = call.params["GroupName"]
            raise IamError("NoSuchEntity", f"The group with name {name} cannot be found.")

    def write(self, call: Call, facts: Facts) -> None:
        GroupMembership.objects.filter(user=call.user, group=self._group(call)).delete()
        refresh_groups(call.user)

    @staticmethod
    def _group(call: Call) -> Group | None:
        return (
            Group.objects.filter(
                account__account_id=call.account_id, name_folded=call.params["GroupName"].lower()
            )
            .select_related("account")
            .first()
        )


def refresh_groups(user: User) -> None:
    """Keep the user's summary columns of groups."""
    names = list(user.groups.order_by("name_folded").values_list("group_name", flat=True))
    user.group_count, user.group_names = len(names), ", ".join(names)[:400]
    user.save(update_fields=["group_count", "group_names"])
