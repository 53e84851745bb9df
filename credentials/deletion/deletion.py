"""Deleting a user with everything that goes with it, in IAM's documented order (IAM-FACTS 2.5)."""

from dataclasses import dataclass, field

from credentials.deletion_items import Item, step_on
from credentials.kinds import KINDS
from iamconsole.not_known import NotKnown
from iamconsole.operations import Step
from users.models import Group, InlinePolicy, PolicyAttachment, User


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of thing, with all of its items; without any it is shown grey. ``unread``: there may be
    more than that.
    """

    what: str
    items: list[Item] = field(default_factory=list)
    unread: NotKnown | None = None


def stages(user: User) -> list[Stage]:
    """Everything that must go before the user, and the user, in order."""
    inline = [_inline(user, policy) for policy in InlinePolicy.objects.filter(user=user)]
    groups, unread = [_membership(user, group) for group in Group.objects.filter(users=user)], user.not_known
    return [
        *(Stage(kind.what, kind.items(user), unread[kind.fact]) for kind in KINDS),
        Stage("Inline policies", inline, unread["policies"]),
        Stage("Attached policies", [_attached(user, row) for row in _attachments(user)], unread["policies"]),
        Stage("Group memberships", groups, unread["groups"]),
        Stage(user_and_tags(user), [Item(user.arn, steps=(step_on(user, "DeleteUser"),))]),
    ]


def steps(stages: list[Stage]) -> list[Step]:
    """The operations of all stages, in order."""
    return [step for stage in stages for item in stage.items for step in item.steps]


def user_and_tags(user: User) -> str:
    count = len(user.tags)
    return f"The user and its {count} tag{'s' if count > 1 else ''}" if count else "The user"


def _inline(user: User, policy: InlinePolicy) -> Item:
    return Item(policy.policy_name, steps=(step_on(user, "DeleteUserPolicy", PolicyName=policy.policy_name),))


def _attachments(user: User) -> list[PolicyAttachment]:
    return list(PolicyAttachment.objects.filter(user=user).select_related("policy"))


def _attached(user: User, row: PolicyAttachment) -> Item:
    step = step_on(user, "DetachUserPolicy", PolicyArn=row.policy.arn)
    return Item(row.policy.policy_name, "the policy is not deleted", steps=(step,))


def _membership(user: User, group: Group) -> Item:
    step = step_on(user, "RemoveUserFromGroup", GroupName=group.group_name)
    return Item(group.group_name, "the group is not deleted", steps=(step,))
