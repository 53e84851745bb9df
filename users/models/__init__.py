"""Accounts, users, groups and the policies that decide what they may do."""

from .accounts import Account, AccountLink, Accounts, PasswordPolicy, SyncRun, in_accounts
from .figures import DailyFigures
from .groups import Group, GroupMembership
from .link_permissions import LinkPermission
from .organization import Organization, OrganizationAccount, OrganizationalUnit
from .permission_requests import PermissionRequest
from .policies import InlinePolicy, LoadedCatalogue, ManagedPolicy, PolicyAttachment, PolicyVersion, Scope
from .preferences import HiddenPart, ListPreferences
from .users import WITH_MFA, WITH_PASSWORD, User, UserQuerySet

__all__ = [
    "WITH_MFA",
    "WITH_PASSWORD",
    "Account",
    "AccountLink",
    "Accounts",
    "DailyFigures",
    "Group",
    "GroupMembership",
    "HiddenPart",
    "InlinePolicy",
    "LinkPermission",
    "ListPreferences",
    "LoadedCatalogue",
    "ManagedPolicy",
    "Organization",
    "OrganizationAccount",
    "OrganizationalUnit",
    "PasswordPolicy",
    "PermissionRequest",
    "PolicyAttachment",
    "PolicyVersion",
    "Scope",
    "SyncRun",
    "User",
    "UserQuerySet",
    "in_accounts",
]
