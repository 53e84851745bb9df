"""The permissions of one user, to be given to another."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from iamconsole.operations import Step
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


@dataclass(frozen=True, slots=True)
class Gift:
    """What a user lacks of a copy; ``kept`` are inline policies of the same name, which stay as they are."""

    groups: tuple[str, ...]
    policies: tuple[str, ...]
    inline: Mapping[str, str]
    kept: tuple[str, ...]

    @property
    def policy_names(self) -> list[str]:
        return [arn.rpartition("/")[2] for arn in self.policies]

    def __bool__(self) -> bool:
        return bool(self.groups or self.policies or self.inline)

    def steps(self, user_name: str) -> list[Step]:
        """The operations that give it, in the order of the wizard."""
        user = {"UserName": user_name}
        steps = [Step("AddUserToGroup", {**user, "GroupName": group}) for group in self.groups]
        steps += [Step("AttachUserPolicy", {**user, "PolicyArn": arn}) for arn in self.policies]
        steps += [
            Step("PutUserPolicy", {**user, "PolicyName": name, "PolicyDocument": document})
            for name, document in self.inline.items()
        ]
        return steps


def gift(copy: PermissionCopy, user: User) -> Gift:
    """What of the copy the user does not have yet."""
    has = permissions_of(user)
    names = {name.lower(): document for name, document in has.inline.items()}
    return Gift(
        groups=tuple(group for group in copy.groups if group not in has.groups),
        policies=tuple(arn for arn in copy.policies if arn not in has.policies),
        inline={name: text for name, text in copy.inline.items() if name.lower() not in names},
        kept=tuple(name for name, text in copy.inline.items() if names.get(name.lower(), text) != text),
    )
