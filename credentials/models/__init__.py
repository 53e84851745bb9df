"""Credentials of users, and what guards the sign-in."""

from .access_keys import AccessKey
from .hardware_tokens import HardwareMFADevice
from .known_addresses import KnownAddress
from .login_profiles import LoginProfile, PasswordHistory
from .member_roots import MemberRoot, RootAccess
from .mfa import VirtualMFADevice
from .notices import Notice
from .passkeys import Passkey
from .password_links import PasswordLink
from .recovery_codes import RecoveryCode, RecoveryCodeSet
from .rotations import Campaign, Rotation
from .server_certificates import ServerCertificate
from .service_specific_credentials import ServiceSpecificCredential
from .sessions import ConsoleSession
from .signing_certificates import SigningCertificate
from .ssh_public_keys import SSHPublicKey
from .throttle import Throttle, UnknownNames

__all__ = [
    "AccessKey",
    "Campaign",
    "ConsoleSession",
    "HardwareMFADevice",
    "KnownAddress",
    "LoginProfile",
    "MemberRoot",
    "Notice",
    "Passkey",
    "PasswordHistory",
    "PasswordLink",
    "RecoveryCode",
    "RecoveryCodeSet",
    "RootAccess",
    "Rotation",
    "SSHPublicKey",
    "ServerCertificate",
    "ServiceSpecificCredential",
    "SigningCertificate",
    "Throttle",
    "UnknownNames",
    "VirtualMFADevice",
]
