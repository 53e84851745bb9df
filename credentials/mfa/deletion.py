"""The MFA devices, when their user is deleted."""

from credentials import devices
from credentials.deletion_items import Item, step_on
from credentials.models.devices import MFADevice
from iamconsole.operations import Step
from users.models import User


def items(user: User) -> list[Item]:
    return [device_item(user, device) for device in devices.of_user(user)]


def device_item(user: User, device: MFADevice) -> Item:
    """A virtual device goes with its user; IAM would leave it behind, unassigned."""
    steps = [step_on(user, "DeactivateMFADevice", SerialNumber=device.serial_number)]
    if device.deleted_by:
        steps.append(Step(device.deleted_by, {"SerialNumber": device.serial_number}))
    return Item(device.serial_number, device.words, device.last_used_at, tuple(steps))
