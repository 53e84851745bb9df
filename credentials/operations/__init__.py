"""The operations on credentials; imported by ``CredentialsConfig.ready``."""

from . import (
    access_keys,
    hardware_tokens,
    login_profiles,
    mfa,
    mfa_tags,
    password_policy,
    recovery_codes,
    root,
)

__all__ = [
    "access_keys",
    "hardware_tokens",
    "login_profiles",
    "mfa",
    "mfa_tags",
    "password_policy",
    "recovery_codes",
    "root",
]
