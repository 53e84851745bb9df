"""An organization of AWS's as a double (``tests.aws_model_server``): Organizations, STS AssumeRoot, and IAM of
member accounts' root users in such sessions (IAM-FACTS 2.17.1, 2.17.3, 2.17.4).
"""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.aws_model_server import AwsError, PassOn

ORGANIZATION_ID, ROOT = "o-aaaaaaaaaa", "r-root"
MANAGEMENT = "999999999999"
MADE = datetime(2026, 3, 1, tzinfo=UTC)
AUDIT = {
    "ListAccessKeys", "ListSigningCertificates", "GetLoginProfile", "ListMFADevices", "GetAccountSummary",
    "GetUser", "GetAccessKeyLastUsed",
}  # fmt: skip
# What each task policy lets a root session do.
TASKS = {
    "IAMAuditRootUserCredentials": AUDIT,
    "IAMCreateRootUserPassword": {"CreateLoginProfile", "GetLoginProfile"},
    "IAMDeleteRootUserCredentials": (AUDIT - {"GetAccountSummary"})
    | {
        "DeleteAccessKey", "DeleteSigningCertificate", "DeleteLoginProfile", "DeactivateMFADevice",
        "DeleteVirtualMFADevice",
    },
}  # fmt: skip


@dataclass
class Root:
    """The root user of a member account."""

    password: bool = False
    keys: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    spare_devices: list[str] = field(default_factory=list)


@dataclass
class Account:
    """A member; ``state`` and ``status`` may both be missing, as AWS may leave them out."""

    name: str
    parent: str = ROOT
    state: str = "ACTIVE"
    status: str = ""
    root: Root = field(default_factory=Root)


@dataclass
class Organization:
    """What the services below have in common; a test changes it between the readings."""

    accounts: dict[str, Account] = field(default_factory=dict)
    units: dict[str, tuple[str, str]] = field(default_factory=dict)  # ID -> name, parent
    paths: bool = True  # whether ListAccounts tells them
    page: int = 20
    empty_pages: bool = False  # each list begins with an empty page
    throttled: int = 0  # so many requests are refused first
    denied: set[str] = field(default_factory=set)
    features: set[str] = field(default_factory=lambda: {"RootCredentialsManagement"})
    features_error: tuple[str, str] | None = None
    sessions: dict[str, tuple[str, str]] = field(default_factory=dict)  # access key ID -> account, task
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def services(self) -> dict[str, object]:
        return {"organizations": Organizations(self), "sts": Sts(self), "iam": Iam(self)}

    def path(self, node: str) -> str:
        """The IDs from the organization down to a node."""
        above = self.path(self.units[node][1]) if node in self.units else f"{ORGANIZATION_ID}/"
        return f"{above}{node}/"

    def account(self, account_id: str) -> dict:
        one = self.accounts[account_id]
        row = {
            "Id": account_id,
            "Arn": f"arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION_ID}/{account_id}",
            "Email": f"a{account_id}@example.com",
            "Name": one.name,
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": MADE,
        }
        row |= {"State": one.state} if one.state else {}
        row |= {"Status": one.status} if one.status else {}
        return row | ({"Paths": [f"{self.path(one.parent)}{account_id}/"]} if self.paths else {})


class Organizations:
    def __init__(self, organization: Organization) -> None:
        self.of = organization

    def _admitted(self, call) -> None:
        if call.operation in self.of.denied:
            raise AwsError("AccessDeniedException", f"You cannot {call.operation}.")
        if self.of.throttled > 0:
            self.of.throttled -= 1
            raise AwsError("TooManyRequestsException", "Slow down.")

    def _page(self, call, name, rows, token, size):
        self._admitted(call)
        if self.of.empty_pages and not token:
            return {name: [], "NextToken": "0"}
        start = int(token or 0)
        end = start + min(size or 20, self.of.page)
        return {name: rows[start:end]} | ({"NextToken": str(end)} if end < len(rows) else {})

    def describe_organization(self, call):
        self._admitted(call)
        arn = f"arn:aws:organizations::{MANAGEMENT}:organization/{ORGANIZATION_ID}"
        return {"Organization": {"Id": ORGANIZATION_ID, "Arn": arn, "MasterAccountId": MANAGEMENT}}

    def list_accounts(self, call, NextToken="", MaxResults=20):
        rows = [self.of.account(account_id) for account_id in self.of.accounts]
        return self._page(call, "Accounts", rows, NextToken, MaxResults)

    def list_accounts_for_parent(self, call, ParentId, NextToken="", MaxResults=20):
        inside = [key for key, one in self.of.accounts.items() if one.parent == ParentId]
        return self._page(call, "Accounts", [self.of.account(key) for key in inside], NextToken, MaxResults)

    def list_roots(self, call, NextToken="", MaxResults=20):
        arn = f"arn:aws:organizations::{MANAGEMENT}:root/{ORGANIZATION_ID}/{ROOT}"
        return self._page(call, "Roots", [{"Id": ROOT, "Arn": arn, "Name": "Root"}], NextToken, MaxResults)

    def list_organizational_units_for_parent(self, call, ParentId, NextToken="", MaxResults=20):
        arn = f"arn:aws:organizations::{MANAGEMENT}:ou/{ORGANIZATION_ID}/"
        rows = [
            {"Id": key, "Arn": arn + key, "Name": name, "Path": self.of.path(key)}
            for key, (name, parent) in self.of.units.items()
            if parent == ParentId
        ]
        return self._page(call, "OrganizationalUnits", rows, NextToken, MaxResults)


class Sts:
    def __init__(self, organization: Organization) -> None:
        self.of = organization

    def assume_root(self, call, TargetPrincipal, TaskPolicyArn, DurationSeconds=900):
        if "RootCredentialsManagement" not in self.of.features:
            raise AwsError(
                "AccessDenied",
                "Root credentials management feature is not enabled for your AWS Organization.",
            )
        task = TaskPolicyArn["arn"].rpartition("/")[2]
        if TargetPrincipal not in self.of.accounts or task not in TASKS or task in self.of.denied:
            raise AwsError("AccessDenied", "User is not authorized to perform: sts:AssumeRoot")
        key = f"ASIAROOT{next(self.of.numbers):012}"
        self.of.sessions[key] = (TargetPrincipal, task)
        keys = {"AccessKeyId": key, "SecretAccessKey": "s" * 40, "SessionToken": "t"}
        ends = datetime.now(UTC) + timedelta(seconds=DurationSeconds)
        return {"Credentials": {**keys, "Expiration": ends}}


class Iam:
    """IAM in root sessions, and its features for the organization; every other caller's goes on."""

    def __init__(self, organization: Organization) -> None:
        self.of = organization

    def _root(self, call) -> tuple[str, Root]:
        if call.access_key_id not in self.of.sessions:
            raise PassOn
        account_id, task = self.of.sessions[call.access_key_id]
        if call.operation not in TASKS[task] or call.operation in self.of.denied:
            raise AwsError("AccessDenied", f"The session policy denies {call.operation}.")
        return account_id, self.of.accounts[account_id].root

    def list_organizations_features(self, call):
        if self.of.features_error:
            raise AwsError(*self.of.features_error)
        return {"OrganizationId": ORGANIZATION_ID, "EnabledFeatures": sorted(self.of.features)}

    def get_account_summary(self, call):
        _, root = self._root(call)
        return {
            "SummaryMap": {
                "AccountPasswordPresent": int(root.password),
                "AccountAccessKeysPresent": int(bool(root.keys)),
                "AccountSigningCertificatesPresent": int(bool(root.certificates)),
                "AccountMFAEnabled": int(bool(root.devices)),
                "Users": 3,
            }
        }

    def get_login_profile(self, call):
        _, root = self._root(call)
        if not root.password:
            raise AwsError("NoSuchEntity", "Login Profile for User null cannot be found.")
        return {"LoginProfile": {"UserName": "root", "CreateDate": MADE}}

    def delete_login_profile(self, call):
        self.get_login_profile(call)
        self._root(call)[1].password = False

    def create_login_profile(self, call):
        root = self._root(call)[1]
        if root.password:
            raise AwsError("EntityAlreadyExists", "Login Profile for account ID already exists.")
        root.password = True
        return {"LoginProfile": {"UserName": "root", "CreateDate": MADE, "PasswordResetRequired": False}}

    def list_access_keys(self, call):
        keys = [
            {"AccessKeyId": key, "Status": "Active", "CreateDate": MADE} for key in self._root(call)[1].keys
        ]
        return {"AccessKeyMetadata": keys, "IsTruncated": False}

    def delete_access_key(self, call, AccessKeyId):
        self._gone(self._root(call)[1].keys, AccessKeyId)

    def list_signing_certificates(self, call):
        rows = [
            {"UserName": "root", "CertificateId": one, "CertificateBody": "body", "Status": "Active"}
            for one in self._root(call)[1].certificates
        ]
        return {"Certificates": rows, "IsTruncated": False}

    def delete_signing_certificate(self, call, CertificateId):
        self._gone(self._root(call)[1].certificates, CertificateId)

    def list_mfa_devices(self, call):
        rows = [
            {"UserName": "root", "SerialNumber": one, "EnableDate": MADE}
            for one in self._root(call)[1].devices
        ]
        return {"MFADevices": rows, "IsTruncated": False}

    def deactivate_mfa_device(self, call, SerialNumber):
        root = self._root(call)[1]
        self._gone(root.devices, SerialNumber)
        if ":mfa/" in SerialNumber:
            root.spare_devices.append(SerialNumber)

    def delete_virtual_mfa_device(self, call, SerialNumber):
        root = self._root(call)[1]
        if SerialNumber in root.devices:
            raise AwsError("DeleteConflict", "Device in use.")
        self._gone(root.spare_devices, SerialNumber)

    def _gone(self, rows: list[str], one: str) -> None:
        if one not in rows:
            raise AwsError("NoSuchEntity", f"{one} cannot be found.")
        rows.remove(one)
