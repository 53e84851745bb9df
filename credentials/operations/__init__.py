"""The operations on credentials; imported by ``CredentialsConfig.ready``."""

from . import access_keys, login_profiles, mfa, mfa_lists, mfa_tags, passkeys, password_policy, root

__all__ = [
    "access_keys",
    "login_profiles",
    "mfa",
    "mfa_lists",
    "mfa_tags",
    "passkeys",
    "password_policy",
    "root",
]
