"""The operations on credentials; imported by ``CredentialsConfig.ready``."""

from . import (
    access_key_last_used,
    access_keys,
    key_details,
    login_profiles,
    mfa,
    mfa_tags,
    password_links,
    password_policy,
    root,
    server_certificate_tags,
    server_certificates,
    service_specific_credentials,
    signing_certificates,
    ssh_public_keys,
    sts,
)

__all__ = [
    "access_key_last_used",
    "access_keys",
    "key_details",
    "login_profiles",
    "mfa",
    "mfa_tags",
    "password_links",
    "password_policy",
    "root",
    "server_certificate_tags",
    "server_certificates",
    "service_specific_credentials",
    "signing_certificates",
    "ssh_public_keys",
    "sts",
]
