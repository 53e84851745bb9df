"""What can be done with many users at once: which operations each action takes for one user."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from credentials.deletion import deletion
from credentials.models import LoginProfile
from credentials.sessions import revoking
from iamconsole.operations import Step
from users.models import User

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BulkAction:
    """One action: its words, what happens to a user in one sentence, and its operations."""

    name: str
    title: str
    button: str
    effect: str
    nothing: str
    steps: Callable[[User, Params], list[Step]]
    danger: bool = False
    at_aws: bool = False  # for linked accounts only
    permissions: bool = False  # who gains and who loses what is shown first


def revoke_sessions(user: User, params: Params) -> list[Step]:
    return revoking.steps_of(user, password=bool(params.get("remove_password")), keys=False)


def require_password_change(user: User, params: Params) -> list[Step]:
    if not LoginProfile.objects.filter(user=user).exists():
        return []
    return [Step("UpdateLoginProfile", {"UserName": user.user_name, "PasswordResetRequired": True})]


def add_to_group(user: User, params: Params) -> list[Step]:
    return [Step("AddUserToGroup", {"UserName": user.user_name, "GroupName": params["group"]})]


def tag(user: User, params: Params) -> list[Step]:
    tags = [{"Key": params["key"], "Value": params.get("value", "")}]
    return [Step("TagUser", {"UserName": user.user_name, "Tags": tags})]


def delete(user: User, params: Params) -> list[Step]:
    return deletion.steps(deletion.stages(user))


ACTIONS: Mapping[str, BulkAction] = {
    action.name: action
    for action in (
        BulkAction(
            "revoke-sessions",
            "Revoke active sessions",
            "Revoke active sessions",
            "AWS denies everything to console sessions and temporary credentials of these users that began "
            "before now. Access keys and sessions of roles are not affected.",
            "",
            revoke_sessions,
            at_aws=True,
        ),
        BulkAction(
            "require-password-change",
            "Require a password change",
            "Require password change",
            "These users must choose a new password at their next sign-in.",
            "Nothing to do: the user has no console password.",
            require_password_change,
        ),
        BulkAction(
            "add-to-group",
            "Add to a group",
            "Add to group",
            "The group's policies apply to these users from the next request on.",
            "",
            add_to_group,
            permissions=True,
        ),
        BulkAction(
            "tag",
            "Tag users",
            "Tag users",
            "These users get the tag. If a user already has a tag with this key, its value is replaced.",
            "",
            tag,
        ),
        BulkAction(
            "delete",
            "Delete users",
            "Delete users",
            "This deletes these users with their passwords, access keys, MFA devices, inline policies and "
            "memberships. This cannot be undone.",
            "",
            delete,
            danger=True,
        ),
    )
}
