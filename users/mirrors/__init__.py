"""Mirrors of accounts, users, groups and policies: how the sync writes what AWS lists of them."""

from iamconsole.sync.mirrors import Mirror

from . import account_alias, attachments, groups, policies, users

# In the order in which they are written. Boundaries, attachments and memberships need both their sides,
# and a policy goes only when nobody has it any more.
MIRRORS: tuple[type[Mirror], ...] = (
    policies.ManagedPolicies,
    users.Users,
    groups.Groups,
    groups.Memberships,
    attachments.Attachments,
    attachments.InlinePolicies,
    policies.UnlistedPolicies,
    account_alias.AccountAlias,
)
