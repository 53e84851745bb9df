"""The guard that somebody of whom MFA is required keeps a device, beside the operations that take one off.

IAM has no such rule; the API follows IAM. Who deletes the user has its password and keys removed before
its devices, and nobody can sign in as it any more: then the guard lets go.
"""

from credentials import devices
from iamconsole.errors import IamError
from iamconsole.operations import Call, Caller, Operation
from iamconsole.operations.caller import Context
from users.callers import mfa_requirement
from users.callers.build import OTHER_FACTOR
from users.models import User

LAST_OWN_DEVICE = (
    "This is your only MFA device, and your policies do not let you remove it. Replace it instead, or assign "
    "another device first."
)
RECOVERY_CODE = "recovery code"  # as the factor of a caller
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
    """To be named first among the bases of an operation that takes a device off its user.

    Self-service lets people take off their own devices with another factor, but not the last one: that is for
    whose policies say so.
    """

    def context(self, call: Call) -> Context:
        return other_factor(call.caller, call.params["SerialNumber"])

    def guard(self, call: Call) -> None:
        if is_last_while_required(call.user):
            raise IamError("DeleteConflict", LAST_DEVICE.format(user=call.user.label))
        by_policy = call.caller.permits(self.action, call.user.arn)
        if not by_policy and call.user.user_id == call.caller.user_id and devices.count(call.user) <= 1:
            raise IamError("DeleteConflict", LAST_OWN_DEVICE)


def other_factor(caller: Caller, serial: str) -> Context:
    """The condition key that says whether the caller has just proved another factor than the named device."""
    other = caller.signed_in_recently and caller.factor not in ("", serial)
    return {OTHER_FACTOR: "true" if other else "false"}
