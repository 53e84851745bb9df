"""The guard that somebody of whom MFA is required keeps a device, beside the operations that take one off.

IAM has no such rule; the API follows IAM. Who deletes the user has its password and keys removed before
its devices, and nobody can sign in as it any more: then the guard lets go.
"""

from credentials import devices
from iamconsole.errors import IamError
from iamconsole.operations import Call, Operation
from users.callers import mfa_requirement
from users.models import User

LAST_DEVICE = (
    "MFA is required for {user}, and this is the last MFA device. Replace it instead. The new device is "
    "assigned first, and this one is removed in the same step."
)


def is_last_while_required(user: User) -> bool:
    """Whether taking a device off would leave somebody without one who must have one."""
    if not (user.password_enabled or user.access_key_count):
        return False
    return mfa_requirement.covers(user) and devices.count(user) <= 1


class KeepsADevice(Operation):
    """To be named first among the bases of an operation that takes a device off its user."""

    def guard(self, call: Call) -> None:
        if is_last_while_required(call.user):
            raise IamError("DeleteConflict", LAST_DEVICE.format(user=call.user.label))
