"""The summary columns of the user row: kept here, in the transaction that changes a credential."""

from collections.abc import Sequence
from datetime import datetime

from credentials import devices
from credentials.models import AccessKey, LoginProfile, RecoveryCodeSet
from users.models import User

COLUMNS = [
    "password_enabled",
    "password_last_changed",
    "mfa_count",
    "mfa_kind",
    "access_key_count",
    "active_key_count",
    "oldest_active_key",
    "key_last_used",
    "last_activity",
]


def refresh(user: User) -> None:
    """Work the user's summary out of its credentials and save it.

    Recovery codes stand in for a device, so they go with the last one, of whatever kind.
    """
    had_device = user.mfa_count > 0
    profile = LoginProfile.objects.filter(user=user).first()
    kinds = [device.kind for device in devices.of_user(user)]
    fill(user, profile, list(AccessKey.objects.filter(user=user)), kinds)
    user.save(update_fields=COLUMNS)
    if had_device and not user.mfa_count:
        RecoveryCodeSet.objects.filter(user=user).delete()


def signed_in(user: User, at: datetime) -> None:
    """Save that the user has signed in with the password: all that a sign-in changes of the summary."""
    known = User.objects.values_list("last_activity", flat=True).get(pk=user.pk)
    user.password_last_used, user.last_activity = at, max(at, known or at)
    user.save(update_fields=["password_last_used", "last_activity"])


def fill(
    user: User, profile: LoginProfile | None, keys: Sequence[AccessKey], mfa_kinds: Sequence[str]
) -> None:
    """Set the summary columns from credentials that have been read, and the kind of each MFA device;
    the caller saves."""
    active = sorted((key for key in keys if key.active), key=lambda key: (key.create_date, key.slot))
    used = [key.last_used_date for key in keys if key.last_used_date]
    user.password_enabled = profile is not None
    user.password_last_changed = profile.password_last_changed if profile else None
    user.mfa_count, user.mfa_kind = len(mfa_kinds), devices.summarised(mfa_kinds)
    user.access_key_count, user.active_key_count = len(keys), len(active)
    # Both of the one key: beside its age stands when it was used, and not when another key was.
    user.oldest_active_key = active[0].create_date if active else None
    user.key_last_used = active[0].last_used_date if active else None
    user.last_activity = max(filter(None, (*used, user.password_last_used)), default=None)
