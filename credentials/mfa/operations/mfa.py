"""Virtual MFA devices: CreateVirtualMFADevice, EnableMFADevice, DeactivateMFADevice,
ResyncMFADevice, DeleteVirtualMFADevice (IAM-FACTS 5)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from credentials import devices, summary
from credentials.mfa import makers as mfa_makers
from credentials.mfa import pairing, qr
from credentials.mfa.last_device import KeepsADevice
from credentials.models import VirtualMFADevice
from credentials.models.devices import MFADevice
from credentials.models.totp import TOTPDevice
from credentials.sessions import rows as sessions
from iamconsole import crypto
from iamconsole.errors import AccessDenied, IamError
from iamconsole.identifiers import totp_seed
from iamconsole.operations import Call, Caller, Facts, Operation, lasts, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.locking import GUARDED
from iamconsole.operations.news import News
from iamconsole.operations.resource_tags import tags_in
from iamconsole.operations.shapes import limits
from iamconsole.operations.wanted import Params, Unseen, Wanted, ending
from users import quotas
from users.lookups import find_account, lock_account, lock_user, user_resources
from users.models import User
from users.people.operations.users import USERS_PER_ACCOUNT
from users.tag_rules import WithTags, request_tag_keys

DEVICES_PER_ACCOUNT = USERS_PER_ACCOUNT  # as many virtual devices as users (IAM-FACTS 9.1)
TOO_MANY_DEVICES = f"Cannot exceed quota for MFADevicesPerUser: {devices.PER_USER}"
TOO_MANY_UNFINISHED = (
    f"You have created {mfa_makers.MOST_UNFINISHED} MFA devices that are not assigned to a user. Delete one "
    "of them, or try again after a day."
)
# An ARN of a long path and a long name could name no device afterward.
SERIAL_NUMBER = limits("DeleteVirtualMFADevice", "SerialNumber")["max"]
TOO_LONG = (
    f"The serial number of the device would have {{size}} characters. It can have {SERIAL_NUMBER}. Choose a "
    "shorter path or name."
)
OWN_NEEDS_MFA = (
    "You have an MFA device, but you signed in without its code. Sign out, sign in with the code, then "
    "change your devices."
)

SEED_LOST = "AWS has the device, but its secret never arrived here. Delete the device and create another."
# What AWS thinks of a device's clock, it shows nowhere.
CLOCK_NOT_SHOWN = "AWS does not show the clock of a device. If AWS refuses its codes, resync it again."


def picture(call: Call, seed: str) -> bytes:
    """QRCodePNG of the device that the call makes. A secret: the seed is in it."""
    account = find_account(call.account_id)
    return qr.png(qr.otpauth_uri(account, call.params["VirtualMFADeviceName"], seed))


def text_of(seed: bytes | str) -> str:
    """A seed as botocore gives it (bytes), or as a double of AWS does."""
    return seed.decode() if isinstance(seed, bytes) else seed


def no_such_device(serial: str) -> IamError:
    return IamError("NoSuchEntity", f"MFA Device with serial number {serial} does not exist.")


def lock_device(call: Call) -> TOTPDevice | None:
    """Lock the device of SerialNumber in the caller's account, if it is one that shows codes."""
    device = devices.lock(call.account_id, call.params["SerialNumber"])
    return device if isinstance(device, TOTPDevice) else None


def check_own_mfa(caller: Caller, user: User, action: str) -> None:
    """Who has a device proves it before changing their own (IAM-FACTS 5.2): a session or key of
    before must not be enough to add another's device or take the owner's off. Raises AccessDenied."""
    own = caller.user_id == user.user_id and caller.kind in ("user", "root")
    if own and user.mfa_count and caller.mfa_at is None:
        raise AccessDenied(OWN_NEEDS_MFA, action=action, resource=user.arn)


def check_assignable(device: TOTPDevice | None, user: User, serial: str) -> TOTPDevice:
    """IAM's rules before a device is assigned (IAM-FACTS 5.2)."""
    if device is None:
        raise no_such_device(serial)
    if device.user_id == user.pk:
        raise IamError("EntityAlreadyExists", f"MFA Device for user {user.label} already exists.")
    if device.user_id:
        raise IamError("EntityAlreadyExists", "MFA Device is already in use.")
    check_quota(user)
    return device


def check_quota(user: User) -> None:
    """Devices of all kinds count (IAM-FACTS 5.1); the user is locked. Raises LimitExceeded."""
    quotas.check_room(user.account, lambda: devices.count(user), devices.PER_USER, TOO_MANY_DEVICES)


def check_assigned(call: Call) -> MFADevice:
    """The named device, which must be the named user's. Raises NoSuchEntity (IAM-FACTS 5.2)."""
    device: MFADevice | None = call.found["device"]
    if device is None:
        raise no_such_device(call.params["SerialNumber"])
    if device.user_id != call.user.pk:
        raise IamError("NoSuchEntity", "MFA Device invalid for user.")
    return device


def claim_place(user: User) -> None:
    """Take one of the user's eight places, by one UPDATE with the limit in it: it holds for parallel
    requests whatever the database locks. Raises LimitExceeded.
    """
    free = User.objects.filter(pk=user.pk)
    if quotas.counts_here(user.account):
        free = free.filter(mfa_count__lt=devices.PER_USER)
    if not free.update(mfa_count=F("mfa_count") + 1):
        raise quotas.exceeded(TOO_MANY_DEVICES)


def assign(device: TOTPDevice, user: User, call: Call) -> None:
    """Write the assignment. Neither of the two codes can be used to sign in afterwards; the user's other
    sessions, which began without this device, end.
    """
    claim_place(user)
    device.user, device.confirmed, device.enable_date = user, True, call.now
    pairing.keep(call, device)
    if isinstance(device, VirtualMFADevice):
        device.begun_at = None
        device.maker_id = user.user_id if device.maker_id == user.user_id else ""
    device.save()
    sessions.end_all(user, keep=call.caller.session_id)
    summary.refresh(user)


def unassign(device: MFADevice, user: User, call: Call) -> None:
    """Take a device of any kind off its user, whose other sessions end."""
    devices.release([device])
    sessions.end_all(user, keep=call.caller.session_id)
    summary.refresh(user)


@operation("CreateVirtualMFADevice")
class CreateVirtualMFADevice(WithTags):
    lasting = lasts.MADE
    needs_recent_sign_in = True
    needed_at_aws = {"iam:CreateVirtualMFADevice": "enroll MFA devices"}

    def resources(self, call: Call) -> Sequence[str]:
        return [call.caller.arns.mfa(call.param("Path", "/"), call.params["VirtualMFADeviceName"])]

    def lock(self, call: Call) -> None:
        lock_account(call)

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.param("Tags", []))

    def check(self, call: Call) -> None:
        if (size := len(self.resources(call)[0])) > SERIAL_NUMBER:
            raise IamError("ValidationError", TOO_LONG.format(size=size))
        if VirtualMFADevice.objects.filter(serial_number=self.resources(call)[0]).exists():
            raise IamError("EntityAlreadyExists", "MFA device already exists.")
        text = f"Cannot exceed quota for VirtualMFADevices: {DEVICES_PER_ACCOUNT}"
        quotas.check_room(call, lambda: mfa_makers.in_account(call.account), DEVICES_PER_ACCOUNT, text)

    def guard(self, call: Call) -> None:
        """IAM counts the devices of an account only; here nobody fills it with devices never assigned. At AWS
        that is for its own users, who come here with self-service; AWS alone counts those of administrators.
        """
        if not (quotas.counts_here(call) or call.caller.kind == "user"):
            return
        if mfa_makers.unfinished(call.account, call.caller.person_id) >= mfa_makers.MOST_UNFINISHED:
            raise quotas.exceeded(TOO_MANY_UNFINISHED)

    def prepare(self, call: Call) -> None:
        if call.caller.link is None:  # a picture takes longer than a transaction may
            seed = totp_seed()
            call.prepared["seed"] = {"Base32StringSeed": seed.encode(), "QRCodePNG": picture(call, seed)}

    def mint(self, call: Call) -> Facts:
        made = {"SerialNumber": self.resources(call)[0], **call.prepared["seed"]}
        if call.param("Tags"):
            made["Tags"] = list(call.params["Tags"])
        return {"VirtualMFADevice": made}

    def complete(self, call: Call, facts: Facts) -> None:
        """AWS's own picture goes to the caller as it came; whoever answers without one is helped out."""
        made = facts["VirtualMFADevice"]
        if "QRCodePNG" not in made:
            made["QRCodePNG"] = picture(call, text_of(made["Base32StringSeed"]))

    def write(self, call: Call, facts: Facts) -> None:
        made = facts["VirtualMFADevice"]
        device = VirtualMFADevice(
            account=call.account,
            name=call.params["VirtualMFADeviceName"],
            path=call.param("Path", "/"),
            serial_number=made["SerialNumber"],
            create_date=call.now,
            confirmed=False,
            maker_id=call.caller.person_id if call.caller.channel in GUARDED else "",
            begun_at=call.now if call.caller.channel in GUARDED else None,
            tags=tags_in(call.params),
            read_at=call.read_at,
        )
        # Kept for linked accounts too: AWS makes the seed, both check the codes (ARCHITECTURE 3).
        device.sealed_seed = crypto.seal(text_of(made["Base32StringSeed"]), device.place)
        device.save(force_insert=True)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"SerialNumber": facts["VirtualMFADevice"]["SerialNumber"]}

    def wanted(self, before: Params, params: Params) -> Wanted:
        place = ending(f":mfa{params.get('Path', '/')}{params['VirtualMFADeviceName']}")
        return Wanted("VirtualMFADevices", {"SerialNumber": place}, then=SEED_LOST)


@operation("EnableMFADevice")
class EnableMFADevice(Operation):
    lasting = lasts.MADE
    needs_recent_sign_in = True
    needed_at_aws = {"iam:EnableMFADevice": "enroll MFA devices"}
    notice = News("An MFA device was assigned")

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def context(self, call: Call) -> Context:
        return mfa_makers.owner_key(call.account_id, call.params["SerialNumber"])

    def prepare(self, call: Call) -> None:
        pairing.count(call)

    def lock(self, call: Call) -> None:
        lock_user(call)
        call.found["device"] = lock_device(call)

    def check(self, call: Call) -> None:
        check_own_mfa(call.caller, call.user, self.action)
        device = check_assignable(call.found["device"], call.user, call.params["SerialNumber"])
        pairing.check(call, device)

    def write(self, call: Call, facts: Facts) -> None:
        assign(call.found["device"], call.user, call)

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"SerialNumber": params["SerialNumber"]}
        return Wanted("MFADevices", which, of=params["UserName"])


@operation("DeactivateMFADevice")
class DeactivateMFADevice(KeepsADevice):
    """Serves every kind of device (IAM-FACTS 5.1)."""

    lasting = lasts.DELETED
    own_user_by_default = True
    needs_recent_sign_in = True
    needed_at_aws = {"iam:DeactivateMFADevice": "remove MFA devices"}
    notice = News("An MFA device was removed")

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)
        call.found["device"] = devices.lock(call.account_id, call.params["SerialNumber"])

    def check(self, call: Call) -> None:
        check_own_mfa(call.caller, call.user, self.action)
        check_assigned(call)

    def write(self, call: Call, facts: Facts) -> None:
        unassign(call.found["device"], call.user, call)

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"SerialNumber": params["SerialNumber"]}
        return Wanted("MFADevices", which, like=None, of=params["UserName"])


@operation("ResyncMFADevice")
class ResyncMFADevice(Operation):
    """Learn the device's clock anew from two consecutive codes; needs no MFA session (IAM-FACTS 5.2)."""

    lasting = lasts.HAPPENED
    needed_at_aws = {"iam:ResyncMFADevice": "resync the clock of an MFA device"}

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def prepare(self, call: Call) -> None:
        pairing.count(call)

    def lock(self, call: Call) -> None:
        lock_user(call)
        call.found["device"] = lock_device(call)

    def check(self, call: Call) -> None:
        check_assigned(call)
        pairing.check(call, call.found["device"])

    def write(self, call: Call, facts: Facts) -> None:
        device = call.found["device"]
        pairing.keep(call, device)
        device.save(update_fields=["drift", "last_t", "used_steps"])

    def wanted(self, before: Params, params: Params) -> Unseen:
        return Unseen(CLOCK_NOT_SHOWN)


@operation("DeleteVirtualMFADevice")
class DeleteVirtualMFADevice(Operation):
    lasting = lasts.DELETED
    needed_at_aws = {"iam:DeleteVirtualMFADevice": "remove MFA devices"}

    def resources(self, call: Call) -> Sequence[str]:
        return [call.params["SerialNumber"]]

    def context(self, call: Call) -> Context:
        return mfa_makers.owner_key(call.account_id, call.params["SerialNumber"])

    def lock(self, call: Call) -> None:
        device = lock_device(call)
        call.found["device"] = device if isinstance(device, VirtualMFADevice) else None

    def check(self, call: Call) -> None:
        device = call.found["device"]
        if device is None:
            raise no_such_device(call.params["SerialNumber"])
        if device.user_id:
            raise IamError("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")

    def write(self, call: Call, facts: Facts) -> None:
        call.found["device"].delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        return Wanted("VirtualMFADevices", {"SerialNumber": params["SerialNumber"]}, like=None)
