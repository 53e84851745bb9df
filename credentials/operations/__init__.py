"""The operations on credentials; imported by ``CredentialsConfig.ready``."""

from . import (
    access_keys,
    login_profiles,
    mfa,
    mfa_tags,
    password_policy,
    root,
    signing_certificates,
    ssh_public_keys,
)

__all__ = [
    "access_keys",
    "login_profiles",
    "mfa",
    "mfa_tags",
    "password_policy",
    "root",
    "signing_certificates",
    "ssh_public_keys",
]
