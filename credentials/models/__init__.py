"""Credentials of users, and what guards the sign-in."""

from .access_keys import AccessKey
from .known_addresses import KnownAddress
from .login_profiles import LoginProfile, PasswordHistory
from .mfa import VirtualMFADevice
from .notices import Notice
from .signing_certificates import SigningCertificate
from .throttle import Throttle

__all__ = [
    "AccessKey",
    "KnownAddress",
    "LoginProfile",
    "Notice",
    "PasswordHistory",
    "SigningCertificate",
    "Throttle",
    "VirtualMFADevice",
]
