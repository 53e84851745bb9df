"""The operations on users and their permissions; imported by ``UsersConfig.ready``."""

from . import (
    accounts,
    aliases,
    attachments,
    boundaries,
    context_keys,
    group_inline_policies,
    groups,
    inline_policies,
    memberships,
    mfa_requirement,
    policies,
    policy_tags,
    policy_versions,
    simulation,
    tags,
    users,
)

__all__ = [
    "accounts",
    "aliases",
    "attachments",
    "boundaries",
    "context_keys",
    "group_inline_policies",
    "groups",
    "inline_policies",
    "memberships",
    "mfa_requirement",
    "policies",
    "policy_tags",
    "policy_versions",
    "simulation",
    "tags",
    "users",
]
