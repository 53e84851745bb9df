"""Credentials at hand while users are written; what is new and what differs is written together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from credentials import recovery_codes, summary
from credentials.models import AccessKey, LoginProfile, VirtualMFADevice
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Mirror
from users.models import User

USER_COLUMNS = [*summary.COLUMNS, "password_last_used"]
KEY_COLUMNS = [
    "status",
    "create_date",
    "last_used_date",
    "last_used_region",
    "last_used_service",
]
BATCH = 200


@dataclass
class Rows:
    """By the user's primary key. ``touched`` users may need a new summary, ``used`` ones have a newer
    last use of their password.
    """

    keys: dict[int, list[AccessKey]] = field(default_factory=lambda: defaultdict(list))
    devices: dict[str, VirtualMFADevice] = field(default_factory=dict)
    profiles: dict[int, LoginProfile] = field(default_factory=dict)
    touched: dict[int, User] = field(default_factory=dict)
    new_keys: list[AccessKey] = field(default_factory=list)
    changed_keys: dict[int, AccessKey] = field(default_factory=dict)
    new_profiles: list[LoginProfile] = field(default_factory=list)
    new_devices: list[VirtualMFADevice] = field(default_factory=list)
    # Serial numbers of the devices that a user has.
    held: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    used: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, writing: MirrorWrite) -> "Rows":
        rows, users = cls(), {user.pk: user for user, _ in writing.people()}
        for key in AccessKey.objects.filter(user__in=users):
            key.user = users[key.user_id]
            rows.keys[key.user_id].append(key)
        at_hand = {user.pk: user for user in writing.users.values()}
        found = VirtualMFADevice.objects.filter(account=writing.account)
        rows.devices = {device.serial_number: device for device in found}
        for serial, device in rows.devices.items():
            if device.user_id:
                rows.held[device.user_id].add(serial)
            if device.user_id in at_hand:
                device.user = at_hand[device.user_id]
        rows.profiles = {profile.user_id: profile for profile in LoginProfile.objects.filter(user__in=users)}
        for number, profile in rows.profiles.items():
            profile.user = users[number]
        return rows

    def save(self) -> None:
        """Write what is new and what differs: an unchanged account takes no statement."""
        AccessKey.objects.bulk_create(self.new_keys, batch_size=BATCH)
        changed = [key for key in self.changed_keys.values() if key.pk]
        AccessKey.objects.bulk_update(changed, KEY_COLUMNS, batch_size=BATCH)
        LoginProfile.objects.bulk_create(self.new_profiles, batch_size=BATCH)
        VirtualMFADevice.objects.bulk_create(self.new_devices, batch_size=BATCH)
        kinds: dict[int, list[str]] = defaultdict(list)
        for device in self.devices.values():
            if device.user_id:
                kinds[device.user_id].append(device.kind)
        for key, user in self.touched.items():
            self.summarise(user, kinds[key])

    def summarise(self, user: User, kinds: Sequence[str]) -> None:
        """The summary columns, if they differ; recovery codes go with the last device."""
        before, had_device = columns_of(user), user.mfa_count > 0
        summary.fill(user, self.profiles.get(user.pk), self.keys.get(user.pk, []), kinds)
        if had_device and not user.mfa_count:
            recovery_codes.forget(user)
        # One by one: for many columns that is faster than bulk_update's long CASE expressions.
        if user.pk in self.used or columns_of(user) != before:
            user.save(update_fields=USER_COLUMNS)

    def change(self, key: AccessKey) -> None:
        """A key that differs from its row; a new one is written anyway."""
        self.changed_keys[id(key)] = key


def columns_of(user: User) -> list[Any]:
    return [getattr(user, column) for column in summary.COLUMNS]


class Summaries(Mirror):
    name = "summaries of users"
    after = ("access keys", "MFA devices", "passwords", "last use")

    def end_part(self, writing: MirrorWrite) -> None:
        writing.part(Rows).save()
