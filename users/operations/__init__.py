"""The operations on users and their permissions; imported by ``UsersConfig.ready``."""

from . import attachments, users

__all__ = ["attachments", "users"]
