"""The operations on credentials; imported by ``CredentialsConfig.ready``."""

from . import access_keys, holds, login_profiles, mfa, mfa_tags, password_policy, root

__all__ = ["access_keys", "holds", "login_profiles", "mfa", "mfa_tags", "password_policy", "root"]
