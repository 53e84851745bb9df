"""The operations on users and their permissions; imported by ``UsersConfig.ready``."""

from . import accounts, attachments, users

__all__ = ["accounts", "attachments", "users"]
