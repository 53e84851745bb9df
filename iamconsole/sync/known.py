"""What the mirror knows of an account's users: what AWS's bulk answers are compared with."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from credentials.models import (
    AccessKey,
    LoginProfile,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
    VirtualMFADevice,
)
from users.models import Account, Group, ManagedPolicy, User

Devices = set[tuple[str, datetime | None]]
States = set[tuple[datetime, bool]]


def device_fact(serial: str, enabled: datetime | None) -> tuple[str, datetime | None]:
    """A device by its serial number and the second in which it was enrolled: two of AWS's lists need not
    agree on less.
    """
    return serial, enabled and enabled.replace(microsecond=0)


@dataclass
class Known:
    """By unique ID of the user. Moments are cut to seconds, as AWS's report has them."""

    # When AWS was last asked about a user alone; a user that is not in here is new.
    asked: dict[str, datetime | None] = field(default_factory=dict)
    keys: dict[str, dict[str, tuple[datetime, bool]]] = field(default_factory=lambda: defaultdict(dict))
    devices: dict[str, Devices] = field(default_factory=lambda: defaultdict(set))
    profiles: dict[str, datetime] = field(default_factory=dict)
    certificates: dict[str, States] = field(default_factory=lambda: defaultdict(set))
    # Whose text is here already: a public key never changes under its ID.
    ssh_keys: frozenset[str] = frozenset()
    # How many there are of what AWS lists in pages.
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, account: Account) -> "Known":
        known = cls()
        users = User.objects.filter(account=account, kind=User.Kind.USER).order_by()
        known.asked = dict(users.values_list("user_id", "asked_at"))
        keys = AccessKey.objects.filter(user__account=account).order_by()
        columns = "user__user_id", "access_key_id", "create_date", "status"
        for user_id, key_id, created, status in keys.values_list(*columns):
            active = status == AccessKey.Status.ACTIVE
            known.keys[user_id][key_id or ""] = created.replace(microsecond=0), active
        devices = VirtualMFADevice.objects.filter(user__account=account).order_by()
        for user_id, serial, enabled in devices.values_list("user__user_id", "serial_number", "enable_date"):
            known.devices[user_id].add(device_fact(serial, enabled))
        profiles = LoginProfile.objects.filter(user__account=account).order_by()
        known.profiles = dict(profiles.values_list("user__user_id", "password_last_changed"))
        certificates = SigningCertificate.objects.filter(user__account=account).order_by()
        for user_id, uploaded, status in certificates.values_list("user__user_id", "upload_date", "status"):
            known.certificates[user_id].add((uploaded.replace(microsecond=0), status == "Active"))
        ssh_keys = SSHPublicKey.objects.filter(user__account=account).order_by()
        known.ssh_keys = frozenset(ssh_keys.values_list("ssh_public_key_id", flat=True))
        known.counts = {
            "users": len(known.asked),
            "groups": Group.objects.filter(account=account).count(),
            "policies": ManagedPolicy.objects.customer(account).count(),
            "devices": VirtualMFADevice.objects.filter(account=account).count(),
            "credentials": ServiceSpecificCredential.objects.filter(user__account=account).count(),
            "certificates": account.server_certificates.count(),
        }
        return known

    def key_states(self, user_id: str) -> States:
        return set(self.keys.get(user_id, {}).values())

    def active_keys(self, user_id: str) -> list[str]:
        return [key_id for key_id, (_, active) in self.keys.get(user_id, {}).items() if active and key_id]
