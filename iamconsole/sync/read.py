"""Reading an account at AWS: bulk calls first, per user only what the plan asks for (DESIGN 6)."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.gateway import translated
from iamconsole.operations import LinkSpec
from iamconsole.sync.plan import Devices, Plan
from iamconsole.sync.report import Row, rows_of

REPORT_SECONDS = 60
PAGE = 1000
# Roles are left out: the console mirrors users and what gives them permissions.
DETAILS = ["User", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]
Progress = Callable[[int, int, str], None]
INCOMPLETE = "AWS gave an incomplete answer to {operation}, so nothing was removed. Sync again later."


@dataclass
class Snapshot:
    """What AWS said of an account.

    ``keys``, ``devices`` and ``profiles`` hold, by unique ID, the users that were asked for; for the
    others the mirror stands. ``unknown`` names the operations AWS did not answer. Not ``complete``:
    something may be missing, so nothing may be removed.
    """

    started: datetime = field(default_factory=timezone.now)
    users: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    policies: list[dict[str, Any]] = field(default_factory=list)
    complete: bool = True
    alias: str | None = None
    password_policy: dict[str, Any] | None = None
    virtual_devices: list[dict[str, Any]] | None = None
    service_credentials: list[dict[str, Any]] | None = None
    report: dict[str, Row] = field(default_factory=dict)
    keys: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    devices: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    profiles: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def row(self, detail: Mapping[str, Any]) -> Row | None:
        """The user's row of the report; not that of a deleted user of the same name."""
        row = self.report.get(detail["Arn"])
        return row if row and row.created == detail["CreateDate"].replace(microsecond=0) else None

    def assigned(self) -> dict[str, Devices] | None:
        """Assigned virtual MFA devices by the user's unique ID; None when AWS did not list them."""
        if self.virtual_devices is None:
            return None
        found: dict[str, Devices] = defaultdict(set)
        for device in self.virtual_devices:
            if user_id := device.get("User", {}).get("UserId"):
                found[user_id].add((device["SerialNumber"], device.get("EnableDate")))
        return found


class Reader:
    """One reading of one account."""

    def __init__(self, link: LinkSpec, plan: Plan, progress: Progress) -> None:
        self.snapshot = Snapshot()
        self.client: Any = gateway.reader(link)
        self.link = link
        self.plan = plan
        self.progress = progress

    def read(self) -> Snapshot:
        """Everything, or IamError from a read that must not be missing."""
        found = self.snapshot
        self.progress(0, 0, "Reading users, groups and policies")
        self._details()
        found.alias = next(
            iter(self._optional(self._list, "ListAccountAliases", "AccountAliases") or []), None
        )
        found.password_policy = self._optional(self._password_policy, "GetAccountPasswordPolicy")
        found.virtual_devices = self._optional(self._list, "ListVirtualMFADevices", "VirtualMFADevices")
        found.service_credentials = self._optional(
            self._service_credentials, "ListServiceSpecificCredentials"
        )
        self.progress(0, len(found.users), "Reading AWS's credential report")
        found.report = self._optional(self._report, "GetCredentialReport") or {}
        self._credentials()
        return found

    def _details(self) -> None:
        found = self.snapshot
        lists = {"UserDetailList": found.users, "GroupDetailList": found.groups, "Policies": found.policies}
        for page in pages(self._method("GetAccountAuthorizationDetails"), MaxItems=PAGE, Filter=DETAILS):
            rows = [row for name in lists for row in page.get(name, [])]
            # A page with nothing on it that promises more: read on, but trust no absence.
            if not rows and page.get("IsTruncated"):
                found.complete = False
            for name, kept in lists.items():
                kept.extend(page.get(name, []))

    def _optional(self, read: Callable[..., Any], operation: str, *args: str) -> Any:
        """A read that may be denied or missing: then what it tells is unknown, which is not "none"."""
        try:
            return read(operation, *args)
        except IamError:
            self.snapshot.unknown.append(operation)
            return None

    def _list(self, operation: str, member: str, **params: str) -> list[Any]:
        return [row for page in pages(self._method(operation), **params) for row in page[member]]

    def _service_credentials(self, operation: str) -> list[Any]:
        """Those of all users. Asked with little patience: AWS's doubles and older partitions do not know
        the operation and answer as if they were out of order.
        """
        client: Any = gateway.reader(self.link, attempts=2)
        method = getattr(client, gateway.method_name(client, operation))
        listing = pages(method, AllUsers=True, MaxItems=PAGE)
        return [row for page in listing for row in page["ServiceSpecificCredentials"]]

    def _password_policy(self, operation: str) -> dict[str, Any] | None:
        return self._none_if_missing(operation, "PasswordPolicy")

    def _report(self, operation: str) -> dict[str, Row]:
        """AWS's credential report. Raises IamError when AWS does not give one in time."""
        deadline = time.monotonic() + REPORT_SECONDS
        with translated(changing=False):
            while self.client.generate_credential_report()["State"] != "COMPLETE":
                if time.monotonic() > deadline:
                    raise IamError("ReportInProgress", "Credential report generation is in progress")
                time.sleep(1)
            return rows_of(self._method(operation)()["Content"])

    def _credentials(self) -> None:
        """Only calls per user give key IDs, other than virtual MFA devices, and password flags."""
        found, virtual = self.snapshot, self.snapshot.assigned()
        for number, user in enumerate(found.users, start=1):
            if number % 25 == 1:
                self.progress(number - 1, len(found.users), "Reading credentials")
            name, user_id = user["UserName"], user["UserId"]
            questions = self.plan.questions(user, found.row(user), virtual)
            if "keys" in questions:
                found.keys[user_id] = self._of_user("ListAccessKeys", "AccessKeyMetadata", name)
            if "devices" in questions:
                found.devices[user_id] = self._of_user("ListMFADevices", "MFADevices", name)
            if "profile" in questions:
                found.profiles[user_id] = self._none_if_missing(
                    "GetLoginProfile", "LoginProfile", UserName=name
                )

    def _of_user(self, operation: str, member: str, name: str) -> list[dict[str, Any]]:
        """Required: a denied list must not look like an empty one. A user gone meanwhile has none."""
        try:
            return self._list(operation, member, UserName=name)
        except IamError as error:
            if error.code == "NoSuchEntity":
                return []
            raise

    def _none_if_missing(self, operation: str, member: str, **params: str) -> dict[str, Any] | None:
        """One thing of AWS, or None where AWS says that there is none."""
        try:
            with translated(changing=False):
                found: dict[str, Any] = self._method(operation)(**params)[member]
                return found
        except IamError as error:
            if error.code == "NoSuchEntity":
                return None
            raise

    def _method(self, operation: str) -> Callable[..., dict[str, Any]]:
        method: Callable[..., dict[str, Any]] = getattr(
            self.client, gateway.method_name(self.client, operation)
        )
        return method


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
