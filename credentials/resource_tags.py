"""How the door finds the tags of MFA devices and server certificates, for conditions about them."""

from collections.abc import Mapping

from credentials.models import ServerCertificate, VirtualMFADevice
from iamconsole.operations.resource_tags import tags_of


@tags_of("mfa")
def mfa_device_tags(account_id: str, arn: str) -> Mapping[str, str] | None:
    device = VirtualMFADevice.objects.filter(account__account_id=account_id, serial_number=arn).first()
    return device.tags if device else None


@tags_of("server-certificate")
def server_certificate_tags(account_id: str, arn: str) -> Mapping[str, str] | None:
    name = arn.rpartition("/")[2].lower()
    certificates = ServerCertificate.objects.select_related("account").filter(account__account_id=account_id)
    found = certificates.filter(name_folded=name).first()
    return found.tags if found and found.arn == arn else None
