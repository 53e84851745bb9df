"""The SSH public keys, when their user is deleted."""

from credentials.deletion_items import Item, step_on
from credentials.models import SSHPublicKey
from users.models import User


def items(user: User) -> list[Item]:
    return [ssh_key_item(user, key) for key in SSHPublicKey.objects.filter(user=user)]


def ssh_key_item(user: User, key: SSHPublicKey) -> Item:
    number = {"SSHPublicKeyId": key.ssh_public_key_id}
    steps = [step_on(user, "DeleteSSHPublicKey", **number)]
    if key.active:
        steps.insert(0, step_on(user, "UpdateSSHPublicKey", **number, Status="Inactive"))
    return Item(key.ssh_public_key_id, key.status, steps=tuple(steps))
