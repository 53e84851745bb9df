"""Reading an account at AWS: lists of everything first, per user only what the plan asks (ARCHITECTURE 6)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from iamconsole import gateway
from iamconsole.credential_report import Row, rows_of
from iamconsole.errors import IamError
from iamconsole.gateway import AwsReport
from iamconsole.operations import LinkSpec
from iamconsole.sync.known import Devices, device_fact
from iamconsole.sync.plan import PAGE
from iamconsole.sync.policy_text import compacted

REPORT_SECONDS = 300
# Roles are left out: the console mirrors users and what gives them permissions.
DETAILS = ["User", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]
# Lists in GetAccountAuthorizationDetails, and what tells their rows apart.
LISTS = {"UserDetailList": "UserId", "GroupDetailList": "GroupId", "Policies": "Arn"}
# Lists whose emptiness alone does not say whether they were read.
WHOLE = {"AccountAliases": "ListAccountAliases", "PasswordPolicy": "GetAccountPasswordPolicy"}
Progress = Callable[[int, int, str], None]
Method = Callable[..., dict[str, Any]]
INCOMPLETE = "AWS gave an incomplete answer to {operation}, so nothing was removed. Sync again later."


@dataclass
class Snapshot:
    """What AWS said of an account.

    ``answers`` hold, by unique ID, what was asked about single users; for the others the mirror
    stands. ``unknown`` names the operations AWS did not answer. Not ``complete``: something may be
    missing, so nothing may be removed.
    """

    started: datetime = field(default_factory=timezone.now)
    users: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    policies: list[dict[str, Any]] = field(default_factory=list)
    complete: bool = True
    alias: str | None = None
    password_policy: dict[str, Any] | None = None
    virtual_devices: list[dict[str, Any]] | None = None
    server_certificates: list[dict[str, Any]] | None = None
    service_credentials: list[dict[str, Any]] | None = None
    report: dict[str, Row] = field(default_factory=dict)
    report_at: datetime | None = None
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def listed(self, name: str) -> list[dict[str, Any]] | None:
        """AWS's list of that name, of the whole account; None where it was not read."""
        if WHOLE.get(name) in self.unknown:
            return None
        alias, policy = self.alias, self.password_policy
        lists: dict[str, list[dict[str, Any]] | None] = {
            "UserDetailList": self.users,
            "GroupDetailList": self.groups,
            "Policies": self.policies,
            "AccountAliases": [{"AccountAlias": alias}] if alias else [],
            "PasswordPolicy": [policy] if policy else [],
            "VirtualMFADevices": self.virtual_devices,
            "ServerCertificateMetadataList": self.server_certificates,
            "ServiceSpecificCredentials": self.service_credentials,
        }
        return lists[name]

    def row(self, detail: Mapping[str, Any]) -> Row | None:
        """The user's row of the report; not that of a deleted user of the same name."""
        row = self.report.get(detail["Arn"])
        return row if row and row.created == detail["CreateDate"].replace(microsecond=0) else None

    def rows(self) -> dict[str, Row]:
        """Rows of the report by the user's unique ID."""
        found = ((detail["UserId"], self.row(detail)) for detail in self.users)
        return {user_id: row for user_id, row in found if row}

    def assigned(self) -> dict[str, Devices] | None:
        """Assigned virtual MFA devices by the user's unique ID; None when AWS did not list them."""
        if self.virtual_devices is None:
            return None
        found: dict[str, Devices] = defaultdict(set)
        for device in self.virtual_devices:
            if user_id := device.get("User", {}).get("UserId"):
                found[user_id].add(device_fact(device["SerialNumber"], device.get("EnableDate")))
        return found


class Reader:
    """The lists of one account. ``calls`` counts what they cost."""

    def __init__(self, link: LinkSpec, calls: gateway.Calls, progress: Progress) -> None:
        self.snapshot = Snapshot()
        self.client: Any = gateway.reader(link, calls=calls)
        self.progress = progress

    def read(self) -> Snapshot:
        """All lists, or IamError from the one that must not be missing."""
        found = self.snapshot
        self.progress(0, 0, "Reading users, groups and policies")
        self._details()
        found.alias = next(
            iter(self._optional(self._list, "ListAccountAliases", "AccountAliases") or []), None
        )
        found.password_policy = self._optional(self._password_policy, "GetAccountPasswordPolicy")
        found.virtual_devices = self._optional(self._list, "ListVirtualMFADevices", "VirtualMFADevices")
        found.server_certificates = self._optional(
            self._list, "ListServerCertificates", "ServerCertificateMetadataList"
        )
        found.service_credentials = self._optional(
            self._service_credentials, "ListServiceSpecificCredentials"
        )
        self._read_report(len(found.users))
        return found

    def _details(self) -> None:
        """Users, groups and policies, page by page. A row that comes twice means that the pages have
        shifted while they were read: then another may have been left out.
        """
        found = self.snapshot
        kept: dict[str, list[dict[str, Any]]] = {
            "UserDetailList": found.users,
            "GroupDetailList": found.groups,
            "Policies": found.policies,
        }
        seen: set[str] = set()
        for page in pages(self._method("GetAccountAuthorizationDetails"), MaxItems=PAGE, Filter=DETAILS):
            rows = [(name, row) for name in kept for row in page.get(name, [])]
            # A page with nothing on it that promises more: read on, but trust no absence.
            if not rows and page.get("IsTruncated"):
                found.complete = False
            for name, row in rows:
                if row[LISTS[name]] in seen:
                    found.complete = False
                else:
                    seen.add(row[LISTS[name]])
                    kept[name].append(compacted(row))
            self.progress(0, 0, f"Reading users, groups and policies: {len(found.users)} users so far")

    def _optional(self, read: Callable[..., Any], operation: str, *args: str) -> Any:
        """A read that may be denied or missing: then what it tells is unknown, which is not "none"."""
        try:
            return read(operation, *args)
        except IamError:
            self.snapshot.unknown.append(operation)
            return None

    def _list(self, operation: str, member: str) -> list[Any]:
        return [row for page in pages(self._method(operation), MaxItems=PAGE) for row in page[member]]

    def _service_credentials(self, operation: str) -> list[Any]:
        """Those of all users, which AWS gives to whoever asks for all by name."""
        listing = pages(self._method(operation), AllUsers=True, MaxItems=PAGE)
        return [row for page in listing for row in page["ServiceSpecificCredentials"]]

    def _password_policy(self, operation: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = gateway.read(self._method(operation))["PasswordPolicy"]
            return found
        except IamError as error:
            if error.code == "NoSuchEntity":
                return None
            raise

    def _read_report(self, users: int) -> None:
        def waiting() -> None:
            self.progress(0, users, "Waiting for AWS to make its credential report")

        def fetch(_: str) -> AwsReport:
            return gateway.credential_report(self.client, REPORT_SECONDS, waiting)

        self.progress(0, users, "Reading AWS's credential report")
        report: AwsReport | None = self._optional(fetch, "GetCredentialReport")
        if report is not None:
            self.snapshot.report, self.snapshot.report_at = rows_of(report.content), report.generated_at

    def _method(self, operation: str) -> Method:
        method: Method = getattr(self.client, gateway.method_name(self.client, operation))
        return method


def pages(method: Method, **params: Any) -> Iterator[dict[str, Any]]:
    """All pages of a listing. Raises IamError when the listing cannot be complete.

    A marker that comes again, or a truncated page without one, would end in a shorter list than AWS
    has, and a shorter list must never remove anything.
    """
    seen: set[str] = set()
    marker: dict[str, str] = {}
    while True:
        page = gateway.read(method, **params, **marker)
        yield page
        if not page.get("IsTruncated"):
            return
        following = page.get("Marker", "")
        if not following or following in seen:
            name = getattr(method, "__name__", "a listing")
            raise IamError("ServiceUnavailable", INCOMPLETE.format(operation=name))
        seen.add(following)
        marker = {"Marker": following}


def chunks(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Rows in parts of a size; one empty part where there are none."""
    return [rows[start : start + size] for start in range(0, len(rows), size)] or [()]
