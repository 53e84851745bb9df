"""The access keys, when their user is deleted."""

from credentials.deletion_items import Item, step_on
from credentials.models import AccessKey
from users.models import User


def items(user: User) -> list[Item]:
    return [key_item(user, key) for key in AccessKey.objects.filter(user=user)]


def key_item(user: User, key: AccessKey) -> Item:
    """The console deletes only inactive keys, so an active one is deactivated first."""
    steps = [step_on(user, "DeleteAccessKey", AccessKeyId=key.label)]
    if key.active:
        steps.insert(0, step_on(user, "UpdateAccessKey", AccessKeyId=key.label, Status="Inactive"))
    return Item(key.label, key.status, key.last_used_date, tuple(steps))
