"""The permissions of one user, to be given to another."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from users.models import User

# What is read of the user that is copied, as AWS's console reads it.
READ_ACTIONS = (
    "iam:GetUser",
    "iam:ListGroupsForUser",
    "iam:ListAttachedUserPolicies",
    "iam:ListUserPolicies",
    "iam:GetUserPolicy",
)


@dataclass(frozen=True, slots=True)
class PermissionCopy:
    """Groups by name, attached policies and boundary by ARN, inline documents by name: as they stood
    when they were chosen, so that what is reviewed is what is given.
    """

    user_id: str
    user_name: str
    groups: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    inline: Mapping[str, str] = field(default_factory=dict)
    boundary: str = ""

    @property
    def inline_names(self) -> list[str]:
        return sorted(self.inline, key=str.lower)


def permissions_of(user: User) -> PermissionCopy:
    """What the user has of its own and through groups."""
    attached = user.policy_attachments.order_by("policy__policy_name")
    return PermissionCopy(
        user_id=user.user_id,
        user_name=user.user_name,
        groups=tuple(user.groups.order_by("name_folded").values_list("group_name", flat=True)),
        policies=tuple(attached.values_list("policy__arn", flat=True)),
        inline=dict(user.inline_policies.values_list("policy_name", "document")),
        boundary=user.permissions_boundary.arn if user.permissions_boundary else "",
    )
