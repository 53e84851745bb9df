"""The kinds of credential of a root user: how a session lists them and deletes one (IAM-FACTS 2.17.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamconsole import gateway
from iamconsole.errors import IamError

VIRTUAL = (
    ":mfa/"  # in the serial number of a virtual device, which is a thing of its own when it is deactivated
)


@dataclass(frozen=True, slots=True)
class Kind:
    """``column`` of MemberRoot, its ``flag`` in AWS's account summary, and the methods of boto3."""

    name: str
    title: str
    column: str
    flag: str
    lists: str
    member: str
    identity: str
    delete: str

    def listed(self, client: Any) -> list[str]:
        """The IDs of what there is; of a password, which has none, "password". Raises IamError."""
        try:
            answer = gateway.read(getattr(client, self.lists))
        except IamError as error:
            if self.name == "password" and error.code == "NoSuchEntity":
                return []
            raise
        return (
            ["password"] if self.name == "password" else [row[self.identity] for row in answer[self.member]]
        )

    def remove(self, client: Any, one: str) -> None:
        """Delete one of them. Raises IamError, OutcomeUnknown."""
        gateway.change(client, self.delete, **({self.identity: one} if self.identity else {}))


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "password", "Password", "password", "AccountPasswordPresent",
            "get_login_profile", "LoginProfile", "", "delete_login_profile",
        ),
        Kind(
            "access-keys", "Access keys", "access_keys", "AccountAccessKeysPresent",
            "list_access_keys", "AccessKeyMetadata", "AccessKeyId", "delete_access_key",
        ),
        Kind(
            "signing-certificates", "Signing certificates", "signing_certificates",
            "AccountSigningCertificatesPresent",
            "list_signing_certificates", "Certificates", "CertificateId", "delete_signing_certificate",
        ),
        Kind(
            "mfa-devices", "MFA devices", "mfa_devices", "AccountMFAEnabled",
            "list_mfa_devices", "MFADevices", "SerialNumber", "deactivate_mfa_device",
        ),
    )
}  # fmt: skip


def flags(summary: Mapping[str, int]) -> dict[str, bool]:
    """The columns of MemberRoot from AWS's account summary; a count that it leaves out is not known."""
    return {kind.column: bool(summary[kind.flag]) for kind in KINDS.values() if kind.flag in summary}


def delete_spare(client: Any, serial_number: str) -> None:
    """Delete a virtual device that was deactivated. Raises IamError, OutcomeUnknown."""
    if VIRTUAL in serial_number:
        gateway.change(client, "delete_virtual_mfa_device", SerialNumber=serial_number)
