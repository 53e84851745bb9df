"""The access keys, when their user is deleted."""

from credentials.deletion_items import Item, steps_to_delete
from credentials.models import AccessKey
from users.models import User


def items(user: User) -> list[Item]:
    return [key_item(user, key) for key in AccessKey.objects.filter(user=user)]


def key_item(user: User, key: AccessKey) -> Item:
    steps = steps_to_delete(user, "AccessKey", active=key.active, AccessKeyId=key.label)
    return Item(key.label, key.status, key.last_used_date, steps)
