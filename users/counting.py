"""Numbers of a list's rows, each counted by a subquery of its own.

Counted over joins of one query the rows would multiply: a group with 5,000 users and ten policies would
be 50,000 rows before anything is counted.
"""

from django.db.models import OuterRef, QuerySet

from iamconsole.counting import number
from users.models import Group, GroupMembership, InlinePolicy, PolicyAttachment


def groups_of(account_id: str) -> QuerySet[Group]:
    """The account's groups with how many users and policies each has."""
    rows = Group.objects.filter(account__account_id=account_id).select_related("account")
    users = number(GroupMembership.objects.filter(group=OuterRef("pk")))
    return with_policy_count(rows).annotate(user_count=users)


def with_policy_count(groups: QuerySet[Group]) -> QuerySet[Group]:
    """Groups with how many policies each has, attached and inline."""
    attached = number(PolicyAttachment.objects.filter(group=OuterRef("pk")))
    return groups.annotate(policy_count=attached + number(InlinePolicy.objects.filter(group=OuterRef("pk"))))
