"""What pages show of groups, and what goes with one when it is deleted."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from iamconsole.operations import Step
from users.models import Group

SORTS = {
    "name": "name_folded",
    "users": "user_count",
    "policies": "policy_count",
    "created": "create_date",
}


@dataclass(frozen=True, slots=True)
class Going:
    """One thing that goes with a group: what it is, its name, what remains of it."""

    what: str
    name: str
    note: str


def sorted_groups(groups: QuerySet[Group], order: str) -> QuerySet[Group]:
    """By a column of ``SORTS``, downwards with a minus; by name where the address says nothing sensible."""
    column = SORTS.get(order.removeprefix("-"), SORTS["name"])
    key = F(column).desc() if order.startswith("-") else F(column).asc()
    return groups.order_by(key, "name_folded")


def going_with(group: Group) -> list[Going]:
    """Everything that must go before the group can, in IAM's order (IAM-FACTS 2.5)."""
    users = [
        Going("User in the group", user.user_name, "the user is not deleted") for user in group.users.all()
    ]
    inline = [Going("Inline policy", policy.policy_name, "") for policy in group.inline_policies.all()]
    attached = [
        Going("Attached policy", row.policy.policy_name, "the policy is not deleted")
        for row in group.policy_attachments.select_related("policy")
    ]
    return [*users, *inline, *attached]


def deletion_steps(group: Group) -> list[Step]:
    """The operations that delete a group with everything that goes with it."""
    name = group.group_name
    steps = [
        Step("RemoveUserFromGroup", {"GroupName": name, "UserName": user.user_name})
        for user in group.users.all()
    ]
    steps += [
        Step("DeleteGroupPolicy", {"GroupName": name, "PolicyName": policy.policy_name})
        for policy in group.inline_policies.all()
    ]
    steps += [
        Step("DetachGroupPolicy", {"GroupName": name, "PolicyArn": row.policy.arn})
        for row in group.policy_attachments.select_related("policy")
    ]
    return [*steps, Step("DeleteGroup", {"GroupName": name})]
