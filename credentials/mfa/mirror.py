"""Writing the mirror of MFA devices: those of users, and those nobody has."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from credentials import devices
from credentials.mirror_rows import Rows
from credentials.models import VirtualMFADevice
from iamconsole.credential_report import Row
from iamconsole.sync import guard
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Answers, BulkList, Detail, Mirror, Question
from iamconsole.sync.plan import Listing
from iamconsole.sync.told import FOLLOWS, GIVEN, OURS, USE, Told
from users.models import Account, User

VIRTUAL = BulkList("ListVirtualMFADevices", "VirtualMFADevices")
VIRTUAL_PLACE = ":mfa/"
Devices = set[tuple[str, datetime | None]]


def device_fact(serial: str, enabled: datetime | None) -> tuple[str, datetime | None]:
    """A device by its serial number and the second in which it was enrolled: two of AWS's lists need not
    agree on less.
    """
    return serial, enabled and enabled.replace(microsecond=0)


class KnownDevices(defaultdict[str, Devices]):
    """Devices of the mirror by unique ID of the user."""

    def __init__(self) -> None:
        super().__init__(set)

    @classmethod
    def of(cls, known: Known) -> "KnownDevices":
        found, rows = cls(), VirtualMFADevice.objects.filter(user__account=known.account).order_by()
        for user_id, serial, enabled in rows.values_list("user__user_id", "serial_number", "enable_date"):
            found[user_id].add(device_fact(serial, enabled))
        return found


class ListedDevices(defaultdict[str, Devices]):
    """Assigned virtual devices of AWS's list by unique ID of the user."""

    def __init__(self) -> None:
        super().__init__(set)

    @classmethod
    def of(cls, listing: Listing) -> "ListedDevices":
        found = cls()
        for device in listing.lists.get(VIRTUAL.operation) or []:
            if user_id := device.get("User", {}).get("UserId"):
                found[user_id].add(device_fact(device["SerialNumber"], device.get("EnableDate")))
        return found


class ListDevices(Question):
    required = True

    def differs(self, known: Known, listing: Listing, user_id: str, row: Row) -> bool:
        """Security keys and hardware tokens are in no bulk answer but the report's one word: more is told of
        virtual devices alone.
        """
        devices = known.part(KnownDevices).get(user_id, set())
        if row.mfa_active != bool(devices):
            return True
        if listing.lists.get(VIRTUAL.operation) is None:
            return False
        virtual = {fact for fact in devices if VIRTUAL_PLACE in fact[0]}
        return listing.part(ListedDevices).get(user_id, set()) != virtual

    def changes_unseen(self, known: Known, user_id: str) -> bool:
        """A security key or a token beside another device, and its removal."""
        return bool(known.part(KnownDevices).get(user_id))


class MfaDevices(Mirror):
    name = "MFA devices"
    after = ("users",)
    lists = (VIRTUAL,)
    questions = (ListDevices("devices", "ListMFADevices", "MFADevices"),)
    known = (KnownDevices,)
    ids = ("SerialNumber",)
    told = (
        Told(
            VirtualMFADevice,
            "MFADevice",
            {
                "user": "told by who has it, and by who had it",
                **dict.fromkeys(("account", "serial_number", "name", "path"), GIVEN),
                **dict.fromkeys(("uuid", "sealed_seed", "create_date", "drift"), OURS),
                **dict.fromkeys(("last_t", "used_steps"), OURS),
                **dict.fromkeys(("maker_id", "begun_at"), OURS),
                "confirmed": FOLLOWS,
                "last_used_at": USE,
                "read_at": OURS,
            },
            thing=lambda row: row.user or row,
            label="MFA device",
            name=lambda row: row.serial_number,
        ),
    )

    def counts(self, known: Known) -> Mapping[str, int]:
        return {VIRTUAL.operation: VirtualMFADevice.objects.filter(account=known.account).count()}

    def check(self, writing: MirrorWrite) -> None:
        answers = writing.snapshot.answers.values()
        serials = [item["SerialNumber"] for answer in answers for item in answer.get("devices", ())]
        serials += [item["SerialNumber"] for item in writing.snapshot.lists[VIRTUAL.operation] or []]
        guard.check_not_foreign(writing.linked, VirtualMFADevice, "serial_number", serials)

    def write_user(self, writing: MirrorWrite, user: User, detail: Detail, answers: Answers) -> None:
        if "devices" in answers:
            write(writing, writing.part(Rows), user, answers["devices"])

    def end(self, writing: MirrorWrite) -> None:
        write_unassigned(writing)

    def forget_users(self, keys: Sequence[int]) -> None:
        """The devices stay until AWS's list lacks them."""
        devices.release(devices.of_users(keys))


def write(writing: MirrorWrite, rows: Rows, user: User, listed: list[dict[str, Any]]) -> None:
    """MFA devices by serial number; the seed of one enrolled here is kept, another's is not known."""
    # One that has gone to another user in this sync is that user's.
    before = sorted(serial for serial in rows.held[user.pk] if rows.devices[serial].user_id == user.pk)
    wanted = {item["SerialNumber"]: item.get("EnableDate") for item in listed}
    for serial in before:
        device = rows.devices[serial]
        fresh = guard.too_fresh_to_remove(device.enable_date, writing.snapshot.started)
        if serial not in wanted and not fresh and serial not in writing.recent.ids:
            writing.save(device, {"user": None, "confirmed": False, "enable_date": None})
    for serial, enabled in wanted.items():
        if serial not in writing.recent.ids:
            write_device(writing, rows, user, serial, enabled)
    rows.touched[user.pk] = user


def write_device(writing: MirrorWrite, rows: Rows, user: User, serial: str, enabled: datetime | None) -> None:
    device = rows.devices.get(serial)
    values: dict[str, Any] = {"user": user, "confirmed": True, "enable_date": enabled}
    if device is None:
        device = new_device(writing.account, serial, **values)
        rows.devices[serial] = device
        rows.new_devices.append(device)
        writing.changes.made(device)
        return
    if device.enable_date and enabled and enabled > device.enable_date + guard.FRESH:
        # Enrolled again outside, under the same serial number: the seed we hold may be another's.
        values["sealed_seed"] = ""
    if device.pk:
        writing.save(device, values)
    else:
        writing.changes.put(device, values)


def new_device(account: Account, serial: str, **columns: Any) -> VirtualMFADevice:
    """A device that AWS lists. Its tags are in no list; a security key and a hardware token have none."""
    place, _, name = serial.partition(VIRTUAL_PLACE)[2].rpartition("/")
    return VirtualMFADevice(
        account=account,
        serial_number=serial,
        name=name or serial.rpartition("/")[2],
        path=f"/{place}/" if place else "/",
        tags=None if VIRTUAL_PLACE in serial else {},
        **columns,
    )


def write_unassigned(writing: MirrorWrite) -> None:
    """Unassigned virtual devices are mirrored and, when AWS has deleted them, removed."""
    listed = writing.snapshot.lists[VIRTUAL.operation]
    if listed is None or writing.is_busy("VirtualMFADevice"):
        return
    serials = {item["SerialNumber"] for item in listed} | writing.recent.ids
    known = VirtualMFADevice.objects.filter(account=writing.account)
    have = dict(known.values_list("serial_number", "user_id"))
    writing.create(
        [
            new_device(writing.account, serial, confirmed=False)
            for serial in unassigned(listed)
            if serial not in have and serial not in writing.recent.ids
        ]
    )
    if any(owner is None and serial not in serials for serial, owner in have.items()):
        for device in known.filter(user=None).exclude(serial_number__in=serials):
            if not guard.too_fresh_to_remove(device.create_date, writing.snapshot.started):
                if device.deleted_by:
                    writing.remove(device)
                else:
                    device.delete()  # one that is nothing without its user, who is told already


def unassigned(listed: list[dict[str, Any]]) -> list[str]:
    """Serial numbers without a user. One with a user is the root user's or is written with its user."""
    return [item["SerialNumber"] for item in listed if not item.get("User")]
