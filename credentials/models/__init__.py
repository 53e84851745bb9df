"""Credentials of users, and what guards the sign-in."""

from .access_keys import AccessKey
from .login_profiles import LoginProfile, PasswordHistory
from .mfa import VirtualMFADevice
from .sessions import ConsoleSession
from .signing_certificates import SigningCertificate
from .throttle import Throttle

__all__ = [
    "AccessKey",
    "ConsoleSession",
    "LoginProfile",
    "PasswordHistory",
    "SigningCertificate",
    "Throttle",
    "VirtualMFADevice",
]
