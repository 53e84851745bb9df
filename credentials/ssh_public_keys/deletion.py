"""The SSH public keys, when their user is deleted."""

from credentials.deletion_items import Item, steps_to_delete
from credentials.models import SSHPublicKey
from users.models import User


def items(user: User) -> list[Item]:
    return [ssh_key_item(user, key) for key in SSHPublicKey.objects.filter(user=user)]


def ssh_key_item(user: User, key: SSHPublicKey) -> Item:
    number, active = key.ssh_public_key_id, key.active
    steps = steps_to_delete(user, "SSHPublicKey", active=active, SSHPublicKeyId=number)
    return Item(number, key.status, steps=steps)
