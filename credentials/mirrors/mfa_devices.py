"""Writing the mirror of MFA devices: those of users, and those nobody has."""

from datetime import datetime
from typing import Any

from credentials.mirrors.rows import Rows
from credentials.models import VirtualMFADevice
from iamconsole.sync import guard
from users.mirrors.users import MirrorWrite
from users.models import User


def write(writing: MirrorWrite, rows: Rows, user: User, listed: list[dict[str, Any]]) -> None:
    """MFA devices by serial number; the seed of one enrolled here is kept, another's is not known."""
    # One that has gone to another user in this sync is that user's.
    before = sorted(serial for serial in rows.held[user.pk] if rows.devices[serial].user_id == user.pk)
    wanted = {item["SerialNumber"]: item.get("EnableDate") for item in listed}
    for serial in before:
        device = rows.devices[serial]
        fresh = guard.too_fresh_to_remove(device.enable_date, writing.snapshot.started)
        if serial not in wanted and not fresh and serial not in writing.recent.ids:
            device.user, device.confirmed, device.enable_date = None, False, None
            device.save(update_fields=["user", "confirmed", "enable_date"])
    for serial, enabled in wanted.items():
        if serial not in writing.recent.ids:
            write_device(writing, rows, user, serial, enabled)
    if before != sorted(wanted):
        writing.changes.note(user, "MFA devices", before, sorted(wanted))
    rows.touched[user.pk] = user


def write_device(writing: MirrorWrite, rows: Rows, user: User, serial: str, enabled: datetime | None) -> None:
    device = rows.devices.get(serial)
    if device is None:
        device = VirtualMFADevice(account=writing.account, serial_number=serial, name=name_of(serial))
        rows.devices[serial] = device
        rows.new_devices.append(device)
    elif device.enable_date and enabled and enabled > device.enable_date + guard.FRESH:
        # Enrolled again outside, under the same serial number: the seed we hold may be another's.
        device.sealed_seed = ""
    unchanged = (device.user_id, device.confirmed, device.enable_date) == (user.pk, True, enabled)
    device.user, device.confirmed, device.enable_date = user, True, enabled
    if device.pk and not unchanged:
        device.save()


def name_of(serial: str) -> str:
    return serial.rpartition("/")[2]


def write_unassigned(writing: MirrorWrite) -> None:
    """Unassigned virtual devices are mirrored and, when AWS has deleted them, removed."""
    listed = writing.snapshot.virtual_devices
    if listed is None or writing.devices_busy:
        return
    serials = {item["SerialNumber"] for item in listed} | writing.recent.ids
    known = VirtualMFADevice.objects.filter(account=writing.account)
    have = dict(known.values_list("serial_number", "user_id"))
    VirtualMFADevice.objects.bulk_create(
        VirtualMFADevice(account=writing.account, serial_number=serial, name=name_of(serial), confirmed=False)
        for serial in unassigned(listed)
        if serial not in have and serial not in writing.recent.ids
    )
    if any(owner is None and serial not in serials for serial, owner in have.items()):
        for device in known.filter(user=None).exclude(serial_number__in=serials):
            if not guard.too_fresh_to_remove(device.create_date, writing.snapshot.started):
                device.delete()


def unassigned(listed: list[dict[str, Any]]) -> list[str]:
    """Serial numbers without a user. One with a user is the root user's or is written with its user."""
    return [item["SerialNumber"] for item in listed if not item.get("User")]
