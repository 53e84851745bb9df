"""Mirrors of accounts, users, groups and policies: how the sync writes what AWS lists of them."""

from iamconsole.sync.mirrors import Mirror
from users.accounts import alias_mirror as account_alias
from users.accounts import summary_mirror as account_summary
from users.groups import mirror as groups
from users.people import mirror as users
from users.policies import attachments_mirror as attachments
from users.policies import mirror as policies

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
    account_summary.AccountSummary,
)
