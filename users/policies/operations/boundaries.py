"""PutUserPermissionsBoundary, DeleteUserPermissionsBoundary (IAM-FACTS 2.4, 8.9)."""

from collections.abc import Collection, Sequence

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.news import News, by_oneself
from iamconsole.operations.wanted import Params, Row, Wanted
from users.at_aws import user_row, wanted_user
from users.callers.last_administrator import KeepsAnAdministrator
from users.lookups import find_policy, find_user, lock_user, user_resources
from users.models import ManagedPolicy, User
from users.models.policies import NOT_FOR_USERS
from users.policies import newer

FOR_SERVICES = "Policy {arn} is for AWS services and cannot be attached to users or groups, or bound them."
NOT_A_SCOPE = "Scope ARN: {arn} does not exist or is not attachable."


class UserPermissionOperation(Operation):
    """What operations on a user's permissions have in common."""

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def context(self, call: Call) -> Context:
        """iam:PermissionsBoundary is the target's boundary, iam:PolicyARN the policy."""
        keys: dict[str, str] = {}
        if arn := call.param("PolicyArn"):
            keys["iam:PolicyARN"] = arn
        if boundary := self.boundary(call):
            keys["iam:PermissionsBoundary"] = boundary
        return keys

    def boundary(self, call: Call) -> str:
        """The ARN of the boundary the user has now or is planned to have; "" without one."""
        name = call.params["UserName"]
        try:
            policy = find_user(call.account_id, name).permissions_boundary
        except IamError:
            return call.planned.get(("PermissionsBoundary", name.lower()), "")
        return policy.arn if policy else ""

    def lock(self, call: Call) -> None:
        lock_user(call)

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        return user_row(call.user, members)


def find_boundary(call: Call) -> ManagedPolicy:
    """The policy of PermissionsBoundary. Raises InvalidInput, NoSuchEntity (IAM-FACTS 2.6)."""
    arn = call.params["PermissionsBoundary"]
    if ":policy/" not in arn:
        raise IamError("InvalidInput", f"ARN {arn} is not valid.")
    wanted = Call(call.caller, call.operation, {"PolicyArn": arn})
    policy = find_policy(wanted, NOT_A_SCOPE)
    check_for_users(call, policy)
    return policy


def check_for_users(call: Call, policy: ManagedPolicy) -> None:
    """Users and groups can have it; AWS decides for a linked account. Raises PolicyNotAttachable
    (IAM-FACTS 2.23).
    """
    if call.caller.link is None and policy.is_aws and policy.path.startswith(NOT_FOR_USERS):
        raise IamError("PolicyNotAttachable", FOR_SERVICES.format(arn=policy.arn))


def boundary_back(call: Call, wanted: str) -> list[tuple[str, Params]]:
    """What makes the boundary again what it is now, after it is the ``wanted`` one, "" for none."""
    name = call.params["UserName"]
    user = User.objects.people(call.account_id).with_name(name).select_related("permissions_boundary").first()
    now = user.permissions_boundary.arn if user and user.permissions_boundary else ""
    if now == wanted:
        return []
    if not now:
        return [("DeleteUserPermissionsBoundary", {"UserName": name})]
    return [("PutUserPermissionsBoundary", {"UserName": name, "PermissionsBoundary": now})]


@operation("PutUserPermissionsBoundary")
class PutUserPermissionsBoundary(KeepsAnAdministrator, UserPermissionOperation):
    needed_at_aws = {"iam:PutUserPermissionsBoundary": "set a permissions boundary"}
    notice = News("You changed your own permissions boundary", by_oneself)

    def undo(self, call: Call) -> Undo:
        return boundary_back(call, call.params["PermissionsBoundary"])

    def prepare(self, call: Call) -> None:
        newer.learn(call.caller, call.params["PermissionsBoundary"])

    def boundary(self, call: Call) -> str:
        """The key is the boundary that is asked for: so a creator can be held to one."""
        return str(call.params["PermissionsBoundary"])

    def lock(self, call: Call) -> None:
        super().lock(call)
        call.found["boundary"] = find_boundary(call)

    def write(self, call: Call, facts: Facts) -> None:
        call.user.permissions_boundary = call.found["boundary"]
        call.user.save(update_fields=["permissions_boundary"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        boundary = {"PermissionsBoundaryArn": params["PermissionsBoundary"]}
        return wanted_user(before, params, {"PermissionsBoundary": boundary})


@operation("DeleteUserPermissionsBoundary")
class DeleteUserPermissionsBoundary(UserPermissionOperation):
    needed_at_aws = {"iam:DeleteUserPermissionsBoundary": "remove a permissions boundary"}
    notice = News("You removed your own permissions boundary", by_oneself)

    def undo(self, call: Call) -> Undo:
        return boundary_back(call, "")

    def check(self, call: Call) -> None:
        if call.user.permissions_boundary is None:
            name = call.params["UserName"]
            raise IamError("NoSuchEntity", f"The user with name {name} has no permissions boundary.")

    def write(self, call: Call, facts: Facts) -> None:
        call.user.permissions_boundary = None
        call.user.save(update_fields=["permissions_boundary"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_user(before, params, None, PermissionsBoundary=bool)
