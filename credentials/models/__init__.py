"""Credentials of users, and what guards the sign-in."""

from .access_keys import AccessKey
from .login_profiles import LoginProfile, PasswordHistory
from .mfa import VirtualMFADevice
from .passkeys import Passkey
from .signing_certificates import SigningCertificate
from .throttle import Throttle

__all__ = [
    "AccessKey",
    "LoginProfile",
    "Passkey",
    "PasswordHistory",
    "SigningCertificate",
    "Throttle",
    "VirtualMFADevice",
]
