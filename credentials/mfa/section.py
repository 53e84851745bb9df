"""The MFA devices on the page that shows all credentials of a user."""

from typing import Any

from credentials import devices
from credentials.mfa.recovery_section import recovery_section
from iamconsole.operations import Caller
from users.models import User


def section(caller: Caller, user: User) -> dict[str, Any]:
    return {
        "devices": devices.of_user(user),
        "device_limit": devices.PER_USER,
        "recovery": recovery_section(user, caller),
    }
