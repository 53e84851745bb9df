"""The operations on users and their permissions; imported by ``UsersConfig.ready``."""

from . import accounts, aliases, attachments, boundaries, groups, inline_policies, memberships, tags, users

__all__ = [
    "accounts",
    "aliases",
    "attachments",
    "boundaries",
    "groups",
    "inline_policies",
    "memberships",
    "tags",
    "users",
]
