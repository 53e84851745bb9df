"""Credentials of users, and what guards the sign-in."""

from .access_keys import AccessKey
from .hardware_tokens import HardwareMFADevice
from .login_profiles import LoginProfile, PasswordHistory
from .mfa import VirtualMFADevice
from .recovery_codes import RecoveryCode, RecoveryCodeSet
from .signing_certificates import SigningCertificate
from .throttle import Throttle

__all__ = [
    "AccessKey",
    "HardwareMFADevice",
    "LoginProfile",
    "PasswordHistory",
    "RecoveryCode",
    "RecoveryCodeSet",
    "SigningCertificate",
    "Throttle",
    "VirtualMFADevice",
]
