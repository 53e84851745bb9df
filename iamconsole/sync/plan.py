"""What has to be asked user by user: only where AWS's bulk answers differ from the mirror.

An unchanged user costs no call. A user whose row is missing, belongs to a namesake of before, or is
the subject of an open Intent is always asked for, because the report may be four hours old.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from credentials.models import AccessKey, LoginProfile, VirtualMFADevice
from iamconsole.sync.report import Row
from users.models import Account

Question = Literal["keys", "devices", "profile"]
EVERYTHING: frozenset[Question] = frozenset({"keys", "devices", "profile"})
Devices = set[tuple[str, datetime | None]]


@dataclass
class Plan:
    """What the mirror knows, by unique ID of the user; ``in_doubt`` are names of open Intents."""

    in_doubt: frozenset[str] = frozenset()
    keys: dict[str, set[tuple[datetime, bool]]] = field(default_factory=lambda: defaultdict(set))
    devices: dict[str, Devices] = field(default_factory=lambda: defaultdict(set))
    profiles: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, account: Account, in_doubt: frozenset[str]) -> "Plan":
        plan = cls(in_doubt)
        keys = AccessKey.objects.filter(user__account=account)
        for user_id, created, status in keys.values_list("user__user_id", "create_date", "status"):
            plan.keys[user_id].add((created.replace(microsecond=0), status == AccessKey.Status.ACTIVE))
        devices = VirtualMFADevice.objects.filter(user__account=account)
        for user_id, serial, enabled in devices.values_list("user__user_id", "serial_number", "enable_date"):
            plan.devices[user_id].add((serial, enabled))
        profiles = LoginProfile.objects.filter(user__account=account)
        plan.profiles.update(profiles.values_list("user__user_id", "password_last_changed"))
        return plan

    def questions(
        self, detail: Mapping[str, Any], row: Row | None, virtual: Mapping[str, Devices] | None
    ) -> frozenset[Question]:
        """What to ask AWS about one user. ``virtual`` are the assigned virtual devices, None if unknown."""
        if row is None or detail["UserName"].lower() in self.in_doubt:
            return EVERYTHING
        user_id, differ = detail["UserId"], set[Question]()
        if row.key_states() != self.keys.get(user_id, set()):
            differ.add("keys")
        if self._devices_differ(user_id, row, virtual):
            differ.add("devices")
        if row.password_enabled != (user_id in self.profiles) or self._password_is_newer(user_id, row):
            differ.add("profile")
        return frozenset(differ)

    def _devices_differ(self, user_id: str, row: Row, virtual: Mapping[str, Devices] | None) -> bool:
        """Security keys and hardware tokens are in no bulk answer but the report's one word."""
        known = self.devices.get(user_id, set())
        if row.mfa_active != bool(known):
            return True
        return virtual is not None and virtual.get(user_id, set()) != known

    def _password_is_newer(self, user_id: str, row: Row) -> bool:
        changed = row.password_last_changed
        return row.password_enabled and changed is not None and changed > self.profiles[user_id]
