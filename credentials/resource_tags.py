"""How the door finds the tags of MFA devices, for conditions about them."""

from collections.abc import Mapping

from credentials.models import VirtualMFADevice
from iamconsole.operations.resource_tags import tags_of


@tags_of("mfa")
def mfa_device_tags(account_id: str, arn: str) -> Mapping[str, str] | None:
    device = VirtualMFADevice.objects.filter(account__account_id=account_id, serial_number=arn).first()
    return device.tags if device else None
