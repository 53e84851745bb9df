"""How a user's credentials stand: the words of lists and pages, and what of it is out of order.

Severity: error for a password without MFA and for keys over a year; warning for what is over a limit
or was never used. A user without a password needs no MFA: grey, not red. What was made or set within
the last GRACE_DAYS and was not used yet is grey too: it is new.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from iamconsole.not_known import NotKnown
from iamconsole.templatetags.console import relative
from iamconsole.words import plural
from users.facts import Unread
from users.models import Account, PasswordPolicy, User

# CIS AWS Foundations: access keys are rotated every 90 days or less; ours for inactivity is the same.
KEY_LIMIT_DAYS = 90
KEY_ERROR_DAYS = 365
UNUSED_LIMIT_DAYS = 90
# How long a new password or key may wait for its first use. Unused credentials begins with it too.
GRACE_DAYS = 14
ENABLED = "Enabled"
# In this order a user's kinds are summarised: the one that is hardest to steal first.
MFA_WORDS = {
    "passkey": "Passkey",
    "u2f": "Security key",
    "virtual": "Authenticator app",
    "hardware": "Hardware token",
    "reported": "Active",  # a credential report tells that there is a device, and not which
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A status type of the components (error, warning, success, normal, none) and its words; or ``unread``,
    where what they would say was not read.
    """

    type: str
    words: str
    unread: NotKnown | None = None

    @classmethod
    def not_known(cls, fact: NotKnown) -> "Standing":
        return cls("none", str(fact), fact)


def password_lifetime(account: Account) -> timedelta | None:
    """How long a password of the account lives; None when it never expires."""
    policy = PasswordPolicy.of(account)
    return policy.lifetime if policy else None


def password_lifetimes(accounts: Iterable[Account]) -> dict[int, timedelta | None]:
    """The same for several accounts, by their keys; an account without a policy is not in it."""
    policies = PasswordPolicy.objects.filter(account__in=accounts)
    return {policy.account_id: policy.lifetime for policy in policies}


def older_than(moment: datetime | None, days: int) -> bool:
    """Whether a moment is more than ``days`` whole days ago."""
    return moment is not None and (timezone.now() - moment).days > days


def is_new(made: datetime | None) -> bool:
    """Whether something was made within the grace period: nobody is warned that it was not used yet."""
    return made is not None and timezone.now() - made < timedelta(days=GRACE_DAYS)


def has_new_password(user: User) -> bool:
    """Whether the user's password was set within the grace period and was not used since."""
    return user.password_last_used is None and is_new(user.password_last_changed or user.create_date)


def console_access(user: User, lifetime: timedelta | None, unread: Unread) -> Standing:
    """The console password, with the one thing about it that matters most."""
    if not user.password_enabled:
        fact = unread["passwords"]
        return Standing.not_known(fact) if fact else Standing("none", "No password")
    if lifetime and user.password_last_changed and user.password_last_changed + lifetime <= timezone.now():
        return Standing("warning", "Password expired")
    if user.password_last_used is None and not unread["last_use"]:
        return Standing("none" if has_new_password(user) else "warning", "Never signed in")
    return Standing("normal", ENABLED)


def console_access_with_mfa(user: User, lifetime: timedelta | None, unread: Unread) -> Standing:
    """The same where no column of MFA devices stands beside it."""
    found = console_access(user, lifetime, unread)
    if not user.password_enabled or (not user.mfa_count and unread["mfa"]):
        return found
    if found.words != ENABLED:
        without = Standing("none" if has_new_password(user) else "error", f"{found.words}, no MFA")
        return found if user.mfa_count else without
    if not user.mfa_count:
        return Standing("error", f"{ENABLED} without MFA")
    return Standing("success", f"{ENABLED} with MFA")


def mfa(user: User, unread: Unread) -> Standing:
    """The MFA devices: None is an error only beside a password that had its time to be used."""
    if not user.mfa_count and (fact := unread["mfa"]):
        return Standing.not_known(fact)
    if not user.mfa_count:
        wanted = user.password_enabled and not has_new_password(user)
        return Standing("error" if wanted else "none", "None")
    words = MFA_WORDS.get(user.mfa_kind.partition(" ")[0], "Active")
    return Standing("normal", f"{words} +{user.mfa_count - 1}" if user.mfa_count > 1 else words)


def can_act(user: User) -> bool:
    """Whether anybody can act as the user: root of a member account often has neither password nor key
    (IAM-FACTS 2.24.2). GovCloud has no console for root, whatever its report says of a password.
    """
    password = user.password_enabled and not (user.is_root and user.account.partition == "aws-us-gov")
    return bool(password or user.access_key_count)


def key_age(created: datetime | None) -> Standing:
    """The age of an active access key against its limits, as a status type; the words are the age."""
    if created is None:
        return Standing("none", "–")
    days = (timezone.now() - created).days
    words = plural(days, "day")
    if days > KEY_ERROR_DAYS:
        return Standing("error", words)
    return Standing("warning" if days > KEY_LIMIT_DAYS else "normal", words)


def access_keys(user: User, unread: Unread) -> Standing:
    """All access keys in one line."""
    if not user.access_key_count and (fact := unread["access_keys"]):
        return Standing.not_known(fact)
    if not user.access_key_count:
        return Standing("none", "None")
    words = f"{user.active_key_count} active"
    if inactive := user.access_key_count - user.active_key_count:
        words += f", {inactive} inactive"
    return Standing(key_age(user.oldest_active_key).type if user.active_key_count else "normal", words)


def key_last_use(created: datetime, used: datetime | None) -> Standing:
    """The last use of an active access key, which was made at ``created``: out of order is what was not used
    for too long, and what was never used though it is no longer new.
    """
    if used is None:
        return Standing("none" if is_new(created) else "warning", relative(None))
    return Standing("warning" if older_than(used, UNUSED_LIMIT_DAYS) else "normal", relative(used))


def last_activity(user: User, unread: Unread) -> Standing:
    """A user that has credentials which are no longer new, and does not use them, is out of order."""
    words = relative(user.last_activity)
    if user.last_activity is None and (fact := unread["last_use"]):
        return Standing.not_known(fact)
    password = (user.password_last_changed or user.create_date) if user.password_enabled else None
    oldest = min(filter(None, (password, user.oldest_active_key)), default=None)
    if user.last_activity is None:
        return Standing("none" if oldest is None or is_new(oldest) else "warning", words)
    idle = older_than(user.last_activity, UNUSED_LIMIT_DAYS) and not is_new(oldest)
    return Standing("warning" if idle else "normal", words)
