"""Assigning an MFA device and taking one off, as the pages do it: both in one step where one replaces
the other, and for root by its own operations.
"""

from credentials.mfa import makers as mfa_makers
from credentials.models.devices import MFADevice
from iamconsole.errors import IamError
from iamconsole.operations import Caller, Step, execute, execute_all
from users.models import User


def assign(
    caller: Caller, user: User, serial: str, codes: tuple[str, str], replaces: MFADevice | None = None
) -> str:
    """Assign a device that shows codes, then take the replaced one off. Raises IamError.

    On a local account it is both or neither. AWS has no such step: there the old device may stay, and
    the reason is returned.
    """
    given = {"SerialNumber": serial, "AuthenticationCode1": codes[0], "AuthenticationCode2": codes[1]}
    first = for_user(user, "EnableMFADevice", "iamconsole:EnableRootMFADevice", **given)
    rest = off_steps(caller, user, replaces) if replaces else []
    if not caller.link:
        execute_all(caller, [first, *rest])
        return ""
    execute(caller, first.name, **first.params)
    try:
        for step in rest:
            execute(caller, step.name, **step.params)
    except IamError as error:
        return error.message
    return ""


def off_steps(caller: Caller, user: User, device: MFADevice) -> list[Step]:
    """Deactivate, then delete where that is allowed too; an unassigned device may stay, as in IAM."""
    serial = {"SerialNumber": device.serial_number}
    steps = [for_user(user, "DeactivateMFADevice", "iamconsole:DeactivateRootMFADevice", **serial)]
    if device.deleted_by and caller.permits(
        f"iam:{device.deleted_by}", device.serial_number, mfa_makers.key_of(device)
    ):
        steps.append(Step(device.deleted_by, serial))
    return steps


def for_user(user: User, operation: str, for_root: str, **params: str) -> Step:
    if user.is_root:
        return Step(for_root, params)
    return Step(operation, {"UserName": user.user_name, **params})
