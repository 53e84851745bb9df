"""Writing the mirror of credentials: access keys, MFA devices, passwords, and their last use."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from credentials import recovery_codes, sessions, summary
from credentials.models import AccessKey, LoginProfile, PasswordHistory, VirtualMFADevice
from credentials.models.access_keys import KEYS_PER_USER
from iamconsole.models import Intent
from iamconsole.sync import guard
from iamconsole.sync.mirror import Writing
from iamconsole.sync.report import Row
from users.models import User

# How far AWS's clock and ours may be apart.
CLOCK_SKEW = timedelta(minutes=1)


@dataclass
class Rows:
    """The account's credentials by the user's primary key; ``touched`` users need a new summary.

    New keys and profiles are kept and written together: the transaction must be short.
    """

    keys: dict[int, list[AccessKey]] = field(default_factory=lambda: defaultdict(list))
    devices: dict[str, VirtualMFADevice] = field(default_factory=dict)
    profiles: dict[int, LoginProfile] = field(default_factory=dict)
    touched: dict[int, User] = field(default_factory=dict)
    new_keys: list[AccessKey] = field(default_factory=list)
    new_profiles: list[LoginProfile] = field(default_factory=list)

    @classmethod
    def of(cls, writing: Writing) -> "Rows":
        rows = cls()
        for key in AccessKey.objects.filter(user__account=writing.account):
            rows.keys[key.user_id].append(key)
        devices = VirtualMFADevice.objects.filter(account=writing.account)
        rows.devices = {device.serial_number: device for device in devices}
        profiles = LoginProfile.objects.filter(user__account=writing.account)
        rows.profiles = {profile.user_id: profile for profile in profiles}
        return rows

    def touch(self, user: User) -> None:
        self.touched[user.pk] = user


def write(writing: Writing) -> None:
    """Write the credentials of all users that are written."""
    rows, snapshot = Rows.of(writing), writing.snapshot
    check_owners(writing)
    for detail in writing.details():
        user, row = writing.users[detail["UserId"]], snapshot.row(detail)
        if user.user_id in snapshot.keys:
            write_keys(writing, rows, user, snapshot.keys[user.user_id], row)
        if user.user_id in snapshot.devices:
            write_devices(writing, rows, user, snapshot.devices[user.user_id])
        if user.user_id in snapshot.profiles:
            write_profile(writing, rows, user, snapshot.profiles[user.user_id], row)
        write_last_use(rows, user, detail, row)
    write_unassigned(writing, rows)
    AccessKey.objects.bulk_create(rows.new_keys)
    LoginProfile.objects.bulk_create(rows.new_profiles)
    write_summaries(rows)


def write_summaries(rows: Rows) -> None:
    """The summary columns of the touched users, from the rows at hand; codes go with the last device."""
    kinds: dict[int, list[str]] = defaultdict(list)
    for device in rows.devices.values():
        if device.user_id:
            kinds[device.user_id].append(device.kind)
    for key, user in rows.touched.items():
        had_device = user.mfa_count > 0
        summary.fill(user, rows.profiles.get(key), rows.keys.get(key, []), kinds[key])
        if had_device and not user.mfa_count:
            recovery_codes.forget(user)
        # One by one: for many columns that is faster than bulk_update's long CASE expressions.
        user.save(update_fields=summary.COLUMNS)


def check_owners(writing: Writing) -> None:
    snapshot, account = writing.snapshot, writing.account
    ids = [item["AccessKeyId"] for items in snapshot.keys.values() for item in items]
    guard.check_not_foreign(account, AccessKey, "access_key_id", ids, owner="user__account")
    serials = [item["SerialNumber"] for items in snapshot.devices.values() for item in items]
    serials += [item["SerialNumber"] for item in snapshot.virtual_devices or []]
    guard.check_not_foreign(account, VirtualMFADevice, "serial_number", serials)


# Access keys.


def write_keys(
    writing: Writing, rows: Rows, user: User, listed: list[dict[str, Any]], row: Row | None
) -> None:
    """Access keys by ID. What the report tells is matched by the time of creation."""
    known = {key.label: key for key in rows.keys[user.pk]}
    ids = {item["AccessKeyId"] for item in listed}
    for key_id, key in list(known.items()):
        if key_id not in ids and not guard.too_fresh_to_remove(key.create_date, writing.snapshot.started):
            writing.changes.note(user, key_id, key.status, "deleted")
            key.delete()
            del known[key_id]
    lost = lost_keys(writing, user, [item for item in listed if item["AccessKeyId"] not in known], row)
    for item in listed:
        write_key(writing, rows, user, item, known, item["AccessKeyId"] in lost)
    rows.keys[user.pk] = list(known.values())
    rows.touch(user)


def write_key(
    writing: Writing, rows: Rows, user: User, item: Mapping[str, Any], known: dict[str, AccessKey], lost: bool
) -> None:
    """One listed key; left for the next sync while both slots are still taken here."""
    key_id, key = item["AccessKeyId"], known.get(item["AccessKeyId"])
    if key is not None:
        if key.status != item["Status"]:
            writing.changes.note(user, key_id, key.status, item["Status"])
        AccessKey.objects.filter(pk=key.pk).update(status=item["Status"], create_date=item["CreateDate"])
        key.status, key.create_date = item["Status"], item["CreateDate"]
        return
    free = [slot for slot in range(1, KEYS_PER_USER + 1) if slot not in {k.slot for k in known.values()}]
    if free:
        writing.changes.note(user, key_id, "", item["Status"])
        known[key_id] = AccessKey(
            user=user,
            slot=free[0],
            access_key_id=key_id,
            status=item["Status"],
            create_date=item["CreateDate"],
            secret_lost=lost,
        )
        rows.new_keys.append(known[key_id])


def lost_keys(writing: Writing, user: User, unknown: list[dict[str, Any]], row: Row | None) -> set[str]:
    """Keys that AWS made for us without our hearing of it: nobody has their secret.

    Only a key made while its Intent waited counts, and never one that was used: somebody has that.
    """
    used = {key.created for key in row.keys if key.last_used} if row else set()
    found: set[str] = set()
    for intent in sorted(writing.settling, key=lambda intent: intent.opened_at):
        if intent.operation != "CreateAccessKey" or intent.params["UserName"].lower() != user.name_folded:
            continue
        possible = [
            item
            for item in unknown
            if made_while_waiting(intent, item["CreateDate"])
            and item["CreateDate"] not in used
            and item["AccessKeyId"] not in found
        ]
        if possible:
            item = min(possible, key=lambda item: abs(item["CreateDate"] - intent.opened_at))
            writing.lost[intent.id] = item["AccessKeyId"]
            found.add(item["AccessKeyId"])
    return found


def made_while_waiting(intent: Intent, created: datetime) -> bool:
    return intent.opened_at - CLOCK_SKEW <= created <= intent.opened_at + guard.patience() + CLOCK_SKEW


# MFA devices.


def write_devices(writing: Writing, rows: Rows, user: User, listed: list[dict[str, Any]]) -> None:
    """MFA devices by serial number; the seed of one enrolled here is kept, another's is not known."""
    before = sorted(serial for serial, device in rows.devices.items() if device.user_id == user.pk)
    wanted = {item["SerialNumber"]: item.get("EnableDate") for item in listed}
    for serial in before:
        device = rows.devices[serial]
        fresh = guard.too_fresh_to_remove(device.enable_date, writing.snapshot.started)
        if serial not in wanted and not fresh:
            device.user, device.confirmed, device.enable_date = None, False, None
            device.save(update_fields=["user", "confirmed", "enable_date"])
    for serial, enabled in wanted.items():
        write_device(writing, rows, user, serial, enabled)
    if before != sorted(wanted):
        writing.changes.note(user, "MFA devices", before, sorted(wanted))
    rows.touch(user)


def write_device(writing: Writing, rows: Rows, user: User, serial: str, enabled: datetime | None) -> None:
    device = rows.devices.get(serial)
    if device is None:
        device = VirtualMFADevice(account=writing.account, serial_number=serial, name=name_of(serial))
        rows.devices[serial] = device
    elif device.enable_date and enabled and enabled > device.enable_date + guard.FRESH:
        # Enrolled again outside, under the same serial number: the seed we hold may be another's.
        device.sealed_seed = ""
    device.user, device.confirmed, device.enable_date = user, True, enabled
    device.save()


def name_of(serial: str) -> str:
    return serial.rpartition("/")[2]


def write_unassigned(writing: Writing, rows: Rows) -> None:
    """Unassigned virtual devices are mirrored and, when AWS has deleted them, removed."""
    listed = writing.snapshot.virtual_devices
    if listed is None or writing.devices_busy:
        return
    serials = {item["SerialNumber"] for item in listed}
    for item in listed:
        # One with a user is the root user's or is written with its user.
        if not item.get("User") and item["SerialNumber"] not in rows.devices:
            serial = item["SerialNumber"]
            VirtualMFADevice.objects.create(
                account=writing.account, serial_number=serial, name=name_of(serial), confirmed=False
            )
    for device in VirtualMFADevice.objects.filter(account=writing.account, user=None):
        fresh = guard.too_fresh_to_remove(device.create_date, writing.snapshot.started)
        if device.serial_number not in serials and not fresh:
            device.delete()


# Passwords.


def write_profile(
    writing: Writing, rows: Rows, user: User, profile: Mapping[str, Any] | None, row: Row | None
) -> None:
    """That AWS has a console password. The password itself is usable here only if it was set here."""
    known = rows.profiles.get(user.pk)
    changed = row.password_last_changed if row else None
    rows.touch(user)
    if profile is None:
        if known and not guard.too_fresh_to_remove(known.create_date, writing.snapshot.started):
            writing.changes.note(user, "console password", "set", "removed")
            known.delete()
            del rows.profiles[user.pk]
            PasswordHistory.objects.filter(user=user).delete()
            forget_password(user)
        return
    required = profile.get("PasswordResetRequired", False)
    if known is None:
        writing.changes.note(user, "console password", "", "set")
        rows.profiles[user.pk] = LoginProfile(
            user=user,
            create_date=profile["CreateDate"],
            password_last_changed=changed or profile["CreateDate"],
            password_reset_required=required,
        )
        rows.new_profiles.append(rows.profiles[user.pk])
        return
    if changed and changed > known.password_last_changed + guard.FRESH:
        # The password we have is no longer AWS's: it must not open this door either.
        writing.changes.note(user, "console password", "set", "changed")
        forget_password(user)
    if changed and changed > known.password_last_changed:
        known.password_last_changed = changed
    known.password_reset_required = required
    known.save(update_fields=["password_last_changed", "password_reset_required"])


def forget_password(user: User) -> None:
    """The password known here opens nothing any more, and sessions it opened end."""
    if user.has_usable_password():
        user.set_unusable_password()
        user.session_epoch += 1
        user.save(update_fields=["password", "session_epoch"])
        sessions.end_all(user)


# Last use: it only moves forward, whatever an older report says.


def write_last_use(rows: Rows, user: User, detail: Mapping[str, Any], row: Row | None) -> None:
    """When password and keys were used last. Use is no change, so no Event tells of it."""
    used = max(
        filter(None, (detail.get("PasswordLastUsed"), row and row.password_last_used)),
        default=None,
    )
    if used and (user.password_last_used is None or used > user.password_last_used):
        user.password_last_used = used
        user.save(update_fields=["password_last_used"])
        rows.touch(user)
    for key in rows.keys.get(user.pk, []):
        for told in row.keys if row else ():
            if told.created == key.create_date.replace(microsecond=0) and is_later(told.last_used, key):
                key.last_used_date = told.last_used
                key.last_used_region, key.last_used_service = told.region[:32], told.service[:64]
                if key.pk:
                    key.save(update_fields=["last_used_date", "last_used_region", "last_used_service"])
                rows.touch(user)


def is_later(used: datetime | None, key: AccessKey) -> bool:
    return used is not None and (key.last_used_date is None or used > key.last_used_date)
