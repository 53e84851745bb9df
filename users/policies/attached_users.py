"""The users who have a policy directly, counted and found in the index of its attachments."""

from django.db.models import QuerySet

from users.models import ManagedPolicy, PolicyAttachment, User
from users.policies.operations.policies import entities

FEW = 1_000  # who are found first and then sorted: not looked for among all users by name


def attached_users(policy: ManagedPolicy, account_id: str) -> tuple[QuerySet[User], int]:
    """The users of the account by name, and how many they are."""
    rows = PolicyAttachment.objects.filter(policy=policy, user__isnull=False).order_by()
    if policy.account_id is None:  # AWS's own are attached in every account
        rows = rows.filter(user__account__account_id=account_id)
    users, _ = entities(policy, account_id, "PermissionsPolicy")
    number = rows.count()
    if number <= FEW:
        users = users.filter(pk__in=list(rows.values_list("user", flat=True)))
    return users, number
