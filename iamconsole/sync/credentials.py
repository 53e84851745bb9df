"""Writing the mirror of credentials: keys, MFA devices, passwords, and what the report tells of them."""

from datetime import datetime
from typing import Any

from credentials import summary
from credentials.models import AccessKey, LoginProfile, VirtualMFADevice
from credentials.models.access_keys import KEYS_PER_USER
from iamconsole.models import Intent
from iamconsole.sync.guard import too_fresh_to_remove
from iamconsole.sync.mirror import Changes
from iamconsole.sync.read import Snapshot
from users.models import Account, User

NOTHING = ("", "N/A", "no_information", "not_supported")


def write(account: Account, snapshot: Snapshot, changes: Changes) -> None:
    """Write all credentials of an account. Called in a transaction."""
    lost = names_of_open_key_intents(account)
    for detail in snapshot.users:
        user = User.objects.get(account=account, user_id=detail["UserId"])
        row = snapshot.report.get(detail["Arn"], {})
        write_keys(user, snapshot.keys.get(user.user_name, []), row, changes, lost)
        write_devices(account, user, snapshot.devices.get(user.user_name, []))
        write_profile(user, snapshot.profiles.get(user.user_name), row)
        write_last_use(user, detail, row)
        summary.refresh(user)
    write_unassigned(account, snapshot)


def names_of_open_key_intents(account: Account) -> set[str]:
    """Users for whom AWS was asked for a key without our hearing the answer."""
    opened = Intent.objects.filter(
        account_id=account.account_id, state=Intent.State.OPEN, operation="CreateAccessKey"
    )
    return {intent.params["UserName"].lower() for intent in opened}


def write_keys(
    user: User, listed: list[dict[str, Any]], row: dict[str, str], changes: Changes, lost: set[str]
) -> None:
    """Access keys by ID. One that appears while a question to AWS is open came without its secret."""
    known = {key.access_key_id: key for key in AccessKey.objects.filter(user=user)}
    ids = {item["AccessKeyId"] for item in listed}
    for key_id, key in list(known.items()):
        if key_id not in ids and not too_fresh_to_remove(key.create_date):
            changes.changed.setdefault(user.user_name, {})[key_id] = [key.status, "deleted"]
            key.delete()
            del known[key_id]
    for item in listed:
        key = known.get(item["AccessKeyId"])
        if key is None:
            key = new_key(user, item, lost)
            if key is None:
                continue
            changes.changed.setdefault(user.user_name, {})[key.access_key_id] = ["", item["Status"]]
        elif key.status != item["Status"]:
            changes.changed.setdefault(user.user_name, {})[key.access_key_id] = [key.status, item["Status"]]
        key.status = item["Status"]
        write_key_use(key, row)
        key.save()


def new_key(user: User, item: dict[str, Any], lost: set[str]) -> AccessKey | None:
    """A key that AWS lists and we did not know; None when both slots are still taken here."""
    taken = set(AccessKey.objects.filter(user=user).values_list("slot", flat=True))
    free = [slot for slot in range(1, KEYS_PER_USER + 1) if slot not in taken]
    if not free:
        return None
    return AccessKey(
        user=user,
        slot=free[0],
        access_key_id=item["AccessKeyId"],
        create_date=item["CreateDate"],
        secret_lost=user.name_folded in lost,
    )


def write_key_use(key: AccessKey, row: dict[str, str]) -> None:
    """The report has no key IDs: its columns are matched by the time of creation."""
    for number in (1, 2):
        prefix = f"access_key_{number}_"
        if moment(row.get(prefix + "last_rotated", "")) == key.create_date:
            key.last_used_date = moment(row[prefix + "last_used_date"])
            key.last_used_region = word(row[prefix + "last_used_region"])
            key.last_used_service = word(row[prefix + "last_used_service"])


def write_devices(account: Account, user: User, listed: list[dict[str, Any]]) -> None:
    """MFA devices by serial number; the seed of one enrolled here is kept, another's is not known."""
    serials = [item["SerialNumber"] for item in listed]
    for device in VirtualMFADevice.objects.filter(user=user).exclude(serial_number__in=serials):
        if not too_fresh_to_remove(device.enable_date):
            device.user, device.confirmed, device.enable_date = None, False, None
            device.save()
    for item in listed:
        name = item["SerialNumber"].rpartition("/")[2]
        device, _ = VirtualMFADevice.objects.get_or_create(
            serial_number=item["SerialNumber"], defaults={"account": account, "name": name}
        )
        device.user, device.confirmed, device.enable_date = user, True, item["EnableDate"]
        device.save()


def write_unassigned(account: Account, snapshot: Snapshot) -> None:
    """Unassigned virtual devices are mirrored and, when AWS has deleted them, removed."""
    if "list_virtual_mfa_devices" in snapshot.unknown:
        return
    serials = {item["SerialNumber"] for item in snapshot.virtual_devices}
    for serial in serials:
        VirtualMFADevice.objects.get_or_create(
            serial_number=serial,
            defaults={"account": account, "name": serial.rpartition("/")[2], "confirmed": False},
        )
    for device in VirtualMFADevice.objects.filter(account=account, user=None).exclude(
        serial_number__in=serials
    ):
        if not too_fresh_to_remove(device.create_date):
            device.delete()


def write_profile(user: User, profile: dict[str, Any] | None, row: dict[str, str]) -> None:
    """That AWS has a console password. The password itself is usable here only if it was set here."""
    if profile is None:
        known = LoginProfile.objects.filter(user=user).first()
        if known and not too_fresh_to_remove(known.create_date):
            known.delete()
            user.set_unusable_password()
            user.session_epoch += 1
            user.save(update_fields=["password", "session_epoch"])
        return
    changed = moment(row.get("password_last_changed", "")) or profile["CreateDate"]
    LoginProfile.objects.update_or_create(
        user=user,
        defaults={"password_reset_required": profile.get("PasswordResetRequired", False)},
        create_defaults={
            "create_date": profile["CreateDate"],
            "password_last_changed": changed,
            "password_reset_required": profile.get("PasswordResetRequired", False),
        },
    )


def write_last_use(user: User, detail: dict[str, Any], row: dict[str, str]) -> None:
    used = moment(row.get("password_last_used", "")) or detail.get("PasswordLastUsed")
    if used and (user.password_last_used is None or used > user.password_last_used):
        user.password_last_used = used
        user.save(update_fields=["password_last_used"])


def moment(text: str) -> datetime | None:
    """A time of the report; None for its words for none."""
    if text in NOTHING:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def word(text: str) -> str:
    return "" if text in NOTHING else text
