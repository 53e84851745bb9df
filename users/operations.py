"""The operations on users and their permissions; imported by ``UsersConfig.ready``."""

from users.accounts.operations import accounts, across, aliases, links, local_accounts, mfa_requirement
from users.groups.operations import groups, memberships
from users.organization import operations as organization
from users.people.operations import profiles, tags, users
from users.permission_requests import operations as permission_requests
from users.policies.operations import (
    attachments,
    boundaries,
    catalogue,
    group_inline_policies,
    inline_policies,
    policies,
    policy_tags,
    policy_versions,
)
from users.roles import operations as roles
from users.simulator.operations import context_keys, service_access, simulation

__all__ = [
    "accounts",
    "across",
    "aliases",
    "attachments",
    "boundaries",
    "catalogue",
    "context_keys",
    "group_inline_policies",
    "groups",
    "inline_policies",
    "links",
    "local_accounts",
    "memberships",
    "mfa_requirement",
    "organization",
    "permission_requests",
    "policies",
    "policy_tags",
    "policy_versions",
    "profiles",
    "roles",
    "service_access",
    "simulation",
    "tags",
    "users",
]
