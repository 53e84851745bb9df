"""Reading an account at AWS: bulk calls first, per user only what the report does not tell (DESIGN 6)."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.gateway.client import translated
from iamconsole.operations import LinkSpec

REPORT_SECONDS = 60
Note = Callable[[str], None]
INCOMPLETE = "AWS gave an incomplete answer to {operation}, so nothing was removed. Sync again later."


@dataclass
class Snapshot:
    """What AWS said of an account. ``unknown`` names the reads that were not to be had."""

    users: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    policies: list[dict[str, Any]]
    alias: str | None = None
    password_policy: dict[str, Any] | None = None
    virtual_devices: list[dict[str, Any]] = field(default_factory=list)
    report: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    devices: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    profiles: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


class Reader:
    """One reading of one account."""

    def __init__(self, link: LinkSpec, note: Note) -> None:
        self.client: Any = gateway.reader(link)
        self.note = note
        self.unknown: list[str] = []

    def read(self) -> Snapshot:
        """Everything, or IamError from a read that must not be missing."""
        self.note("Reading users, groups and policies")
        snapshot = self._details()
        snapshot.alias = next(iter(self._optional("list_account_aliases", "AccountAliases", [])), None)
        snapshot.password_policy = self._password_policy()
        snapshot.virtual_devices = self._optional("list_virtual_mfa_devices", "VirtualMFADevices", [])
        self.note("Reading AWS's credential report")
        snapshot.report = self._report()
        for number, user in enumerate(snapshot.users, start=1):
            if number % 25 == 1:
                self.note(f"Reading credentials, user {number} of {len(snapshot.users)}")
            self._credentials(snapshot, user)
        snapshot.unknown = self.unknown
        return snapshot

    def _details(self) -> Snapshot:
        found = Snapshot([], [], [])
        lists = {"UserDetailList": found.users, "GroupDetailList": found.groups, "Policies": found.policies}
        for page in pages(self.client.get_account_authorization_details, MaxItems=1000):
            for name, rows in lists.items():
                rows.extend(page.get(name, []))
        return found

    def _optional(self, method: str, member: str, absent: Any) -> Any:
        """A read that may be denied or missing: then what it tells is unknown, not empty."""
        try:
            return [row for page in pages(getattr(self.client, method)) for row in page[member]]
        except IamError:
            self.unknown.append(method)
            return absent

    def _password_policy(self) -> dict[str, Any] | None:
        try:
            with translated(changing=False):
                policy: dict[str, Any] = self.client.get_account_password_policy()["PasswordPolicy"]
                return policy
        except IamError as error:
            if error.code != "NoSuchEntity":
                self.unknown.append("get_account_password_policy")
            return None

    def _report(self) -> dict[str, dict[str, str]]:
        """AWS's credential report by ARN; empty when AWS does not give one in time."""
        deadline = time.monotonic() + REPORT_SECONDS
        try:
            with translated(changing=False):
                while self.client.generate_credential_report()["State"] != "COMPLETE":
                    if time.monotonic() > deadline:
                        raise IamError("ReportInProgress", "")
                    time.sleep(1)
                content = self.client.get_credential_report()["Content"].decode()
        except IamError:
            self.unknown.append("get_credential_report")
            return {}
        return {row["arn"]: row for row in csv.DictReader(io.StringIO(content)) if row.get("arn")}

    def _credentials(self, snapshot: Snapshot, user: dict[str, Any]) -> None:
        """Keys and devices of one user: only the calls give key IDs and non-virtual devices."""
        name, row = user["UserName"], snapshot.report.get(user["Arn"])
        if row is None or any(row[f"access_key_{n}_last_rotated"] != "N/A" for n in (1, 2)):
            snapshot.keys[name] = self._of_user("list_access_keys", "AccessKeyMetadata", name)
        else:
            snapshot.keys[name] = []
        if row is None or row["mfa_active"].lower() == "true":
            snapshot.devices[name] = self._of_user("list_mfa_devices", "MFADevices", name)
        else:
            snapshot.devices[name] = []
        if row is None or row["password_enabled"].lower() == "true":
            snapshot.profiles[name] = self._profile(name)
        else:
            snapshot.profiles[name] = None

    def _of_user(self, method: str, member: str, name: str) -> list[dict[str, Any]]:
        """Required: a denied list must not look like an empty one. A user gone meanwhile has none."""
        try:
            return [
                row for page in pages(getattr(self.client, method), UserName=name) for row in page[member]
            ]
        except IamError as error:
            if error.code == "NoSuchEntity":
                return []
            raise

    def _profile(self, name: str) -> dict[str, Any] | None:
        try:
            with translated(changing=False):
                profile: dict[str, Any] = self.client.get_login_profile(UserName=name)["LoginProfile"]
                return profile
        except IamError as error:
            if error.code == "NoSuchEntity":
                return None
            raise


def pages(method: Callable[..., dict[str, Any]], **params: Any) -> Iterator[dict[str, Any]]:
    """All pages of a listing. Raises IamError when the listing cannot be complete.

    A marker that comes again, or a truncated page without one, would end in a shorter list than AWS
    has, and a shorter list must never remove anything.
    """
    seen: set[str] = set()
    marker: dict[str, str] = {}
    while True:
        with translated(changing=False):
            page = method(**params, **marker)
        yield page
        if not page.get("IsTruncated"):
            return
        following = page.get("Marker", "")
        if not following or following in seen:
            name = getattr(method, "__name__", "a listing")
            raise IamError("ServiceUnavailable", INCOMPLETE.format(operation=name))
        seen.add(following)
        marker = {"Marker": following}
