"""Credentials of users, and what guards the sign-in."""

from .access_keys import AccessKey
from .login_profiles import LoginProfile, PasswordHistory
from .mfa import VirtualMFADevice
from .password_links import PasswordLink
from .server_certificates import ServerCertificate
from .service_specific_credentials import ServiceSpecificCredential
from .signing_certificates import SigningCertificate
from .ssh_public_keys import SSHPublicKey
from .throttle import Throttle

__all__ = [
    "AccessKey",
    "LoginProfile",
    "PasswordHistory",
    "PasswordLink",
    "SSHPublicKey",
    "ServerCertificate",
    "ServiceSpecificCredential",
    "SigningCertificate",
    "Throttle",
    "VirtualMFADevice",
]
