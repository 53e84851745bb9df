"""The operations on users and their permissions; imported by ``UsersConfig.ready``."""

from . import (
    accounts,
    aliases,
    attachments,
    boundaries,
    group_inline_policies,
    groups,
    inline_policies,
    memberships,
    policies,
    policy_tags,
    policy_versions,
    tags,
    users,
)

__all__ = [
    "accounts",
    "aliases",
    "attachments",
    "boundaries",
    "group_inline_policies",
    "groups",
    "inline_policies",
    "memberships",
    "policies",
    "policy_tags",
    "policy_versions",
    "tags",
    "users",
]
