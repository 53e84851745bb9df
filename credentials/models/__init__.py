"""Credentials of users, and what guards the sign-in."""

from .access_keys import AccessKey
from .login_profiles import LoginProfile, PasswordHistory
from .mfa import VirtualMFADevice
from .throttle import Throttle

__all__ = ["AccessKey", "LoginProfile", "PasswordHistory", "Throttle", "VirtualMFADevice"]
