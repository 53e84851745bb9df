"""The operations on credentials; imported by ``CredentialsConfig.ready``."""

from . import (
    access_keys,
    login_profiles,
    mfa,
    mfa_tags,
    password_policy,
    root,
    server_certificate_tags,
    server_certificates,
)

__all__ = [
    "access_keys",
    "login_profiles",
    "mfa",
    "mfa_tags",
    "password_policy",
    "root",
    "server_certificate_tags",
    "server_certificates",
]
