"""What a person with an authenticator app has: a device of the console, and its codes."""

import base64

from django_otp.oath import TOTP

from credentials import summary
from credentials.models import VirtualMFADevice
from iamconsole import crypto
from iamconsole.identifiers import totp_seed
from users.models import User


def enrol(user: User, name: str = "phone") -> VirtualMFADevice:
    """A device as enrolment leaves it."""
    device = VirtualMFADevice(
        account=user.account, user=user, name=name, serial_number=f"arn:aws:iam::1:mfa/{name}", confirmed=True
    )
    device.sealed_seed = crypto.seal(totp_seed(), device.place)
    device.save()
    summary.refresh(user)
    return device


def code(device: VirtualMFADevice, drift: int = 0) -> str:
    """What the app shows now, or ``drift`` steps later."""
    return f"{TOTP(base64.b32decode(device.seed()), drift=drift).token():06d}"


def two_codes(device: VirtualMFADevice) -> tuple[str, str]:
    """The one before and the one on screen: a consecutive pair."""
    return code(device, -1), code(device)
