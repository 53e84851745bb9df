"""The MFA devices of users, of all kinds: everything that asks "which devices" asks here.

A new kind is a subclass of ``MFADevice`` and an entry in ``KINDS``; pages, quota, summary columns,
deletion and reports follow. Devices of a user come in the order in which they were enabled.
"""

import uuid
from collections.abc import Iterable

from django.db.models import Q

from credentials.models import HardwareMFADevice, Passkey, VirtualMFADevice
from credentials.models.devices import MFADevice
from users.credential_status import MFA_WORDS
from users.models import Account, User

KINDS: tuple[type[MFADevice], ...] = (VirtualMFADevice, HardwareMFADevice, Passkey)
PER_USER = 8  # of any mix (IAM-FACTS 5.1)


def of_user(user: User) -> list[MFADevice]:
    """All devices of a user."""
    return _read(Q(user=user))


def of_users(users: Iterable[int]) -> list[MFADevice]:
    """All devices of several users, by primary key."""
    return _read(Q(user__in=users))


def usable(user: User) -> list[MFADevice]:
    """The devices with which the user can sign in here."""
    return [device for device in of_user(user) if device.usable_here]


def are_elsewhere(user: User) -> bool:
    """Whether the user has MFA devices and none whose codes can be checked here (ARCHITECTURE 3)."""
    return user.mfa_count > 0 and not usable(user)


def showing_codes(user: User) -> list[MFADevice]:
    """Those of them that show a code to type."""
    return [device for device in usable(user) if device.takes_codes]


def count(user: User) -> int:
    return sum(kind._default_manager.filter(user=user).count() for kind in KINDS)


def find(user: User, device_id: uuid.UUID) -> MFADevice | None:
    """The user's device of that ``uuid``."""
    return next(iter(_read(Q(user=user, uuid=device_id))), None)


def lock(account_id: str, serial: str) -> MFADevice | None:
    """Lock the device of that serial number in an account, assigned or not."""
    for kind in KINDS:
        rows = kind._default_manager.select_for_update(of=("self",)).select_related("account")
        if device := rows.filter(account__account_id=account_id, serial_number=serial).first():
            return device
    return None


def release(devices: Iterable[MFADevice]) -> None:
    """Take devices off their users; the summary columns are the caller's."""
    for kind in KINDS:
        keys = [device.pk for device in devices if type(device) is kind]
        if keys:
            kind.release(kind._default_manager.filter(pk__in=keys))


def summarised(kinds: Iterable[str]) -> str:
    """The kinds in ``User.mfa_kind``: each once, the one that is hardest to steal first."""
    found = set(kinds)
    return " ".join(kind for kind in MFA_WORDS if kind in found)


def in_account(account: Account) -> tuple[int, int]:
    """How many devices an account has: with a user, and without."""
    assigned = unassigned = 0
    for kind in KINDS:
        rows = kind._default_manager.filter(account=account)
        with_user = rows.filter(user__isnull=False).count()
        assigned, unassigned = assigned + with_user, unassigned + rows.count() - with_user
    return assigned, unassigned


def _read(wanted: Q) -> list[MFADevice]:
    found = [
        device for kind in KINDS for device in kind._default_manager.filter(wanted).select_related("user")
    ]
    return sorted(found, key=_order)


def _order(device: MFADevice) -> tuple[float, str]:
    enabled = device.enable_date.timestamp() if device.enable_date else float("inf")
    return enabled, device.serial_number
