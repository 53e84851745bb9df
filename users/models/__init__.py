"""Accounts, users, groups and the policies that decide what they may do."""

from .accounts import Account, AccountLink, PasswordPolicy, SyncRun
from .figures import DailyFigures
from .groups import Group, GroupMembership
from .policies import InlinePolicy, ManagedPolicy, PolicyAttachment, PolicyVersion, Scope
from .preferences import ListPreferences
from .users import User, UserManager

__all__ = [
    "Account",
    "AccountLink",
    "DailyFigures",
    "Group",
    "GroupMembership",
    "InlinePolicy",
    "ListPreferences",
    "ManagedPolicy",
    "PasswordPolicy",
    "PolicyAttachment",
    "PolicyVersion",
    "Scope",
    "SyncRun",
    "User",
    "UserManager",
]
