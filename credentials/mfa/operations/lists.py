"""ListMFADevices, ListVirtualMFADevices, GetMFADevice (IAM-FACTS 5.1)."""

from collections.abc import Sequence

from credentials import devices
from credentials.mfa.operations.mfa import no_such_device
from credentials.models import VirtualMFADevice
from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.paging import AsGiven, page
from iamconsole.operations.shapes import ValidationError
from users.lookups import meant_user, page_by_name, user_resources
from users.people.operations.users import user_facts

OWNER = ("Path", "UserName", "UserId", "Arn", "CreateDate")
FIDO = ("passkey", "u2f")
FIDO_ONLY = (
    "The MFA device serial number sent in the request is invalid or not supported by this API. Currently, "
    "only hardware FIDO security keys are supported. Please use the compatible device or API."
)


@operation("ListMFADevices")
class ListMFADevices(Operation):
    """The devices of one user, of all kinds."""

    reads = True
    tells = ("mfa_devices",)
    own_user_by_default = True
    serves_root = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        user = meant_user(call)
        found = [
            {
                "UserName": user.user_name,
                "SerialNumber": device.serial_number,
                "EnableDate": device.enable_date,
            }
            for device in devices.of_user(user)
        ]
        return page(call, AsGiven("MFADevices", found, lambda device: str(device["SerialNumber"])))


@operation("GetMFADevice")
class GetMFADevice(Operation):
    """Of passkeys and security keys only. None is attested here, so no certification is known."""

    reads = True
    tells = ("mfa_devices",)
    own_user_by_default = True
    serves_root = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        user = meant_user(call)
        serial = call.params["SerialNumber"]
        device = next((d for d in devices.of_user(user) if d.serial_number == serial), None)
        if device is None:
            raise no_such_device(serial)
        if device.kind not in FIDO:
            raise ValidationError(FIDO_ONLY)
        return {
            "UserName": user.user_name,
            "SerialNumber": serial,
            "EnableDate": device.enable_date,
            "Certifications": {},
        }


@operation("ListVirtualMFADevices")
class ListVirtualMFADevices(Operation):
    """Of the whole account; one without a user tells its serial number and nothing else."""

    reads = True
    lists = "mfa"
    tells = ("mfa_devices", "spare_mfa_devices")

    def read(self, call: Call) -> Facts:
        rows = VirtualMFADevice.objects.select_related("user__account")
        rows = rows.filter(account__account_id=call.account_id, serial_number__contains=":mfa/")
        status = call.param("AssignmentStatus", "Any")
        if status != "Any":
            rows = rows.filter(user__isnull=status == "Unassigned")
        return page_by_name(call, rows, "VirtualMFADevices", virtual_facts, "serial_number")


def virtual_facts(device: VirtualMFADevice) -> Facts:
    """No tags and no seed."""
    if device.user is None:
        return {"SerialNumber": device.serial_number}
    owner = {key: value for key, value in user_facts(device.user).items() if key in OWNER}
    return {"SerialNumber": device.serial_number, "EnableDate": device.enable_date, "User": owner}
