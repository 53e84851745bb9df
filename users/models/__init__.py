"""Accounts, users, groups and the policies that decide what they may do."""

from .accounts import Account, AccountLink, PasswordPolicy
from .groups import Group, GroupMembership
from .policies import InlinePolicy, ManagedPolicy, PolicyAttachment, PolicyVersion
from .users import User, UserManager

__all__ = [
    "Account",
    "AccountLink",
    "Group",
    "GroupMembership",
    "InlinePolicy",
    "ManagedPolicy",
    "PasswordPolicy",
    "PolicyAttachment",
    "PolicyVersion",
    "User",
    "UserManager",
]
