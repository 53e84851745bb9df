"""The operations on credentials; imported by ``CredentialsConfig.ready``."""

from . import (
    access_keys,
    key_details,
    login_profiles,
    mfa,
    mfa_tags,
    password_policy,
    root,
    service_specific_credentials,
)

__all__ = [
    "access_keys",
    "key_details",
    "login_profiles",
    "mfa",
    "mfa_tags",
    "password_policy",
    "root",
    "service_specific_credentials",
]
