"""How the door finds the tags of MFA devices and server certificates, for conditions about them, and what AWS
tells of one of them alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from credentials.mfa import mirror as mfa
from credentials.models import ServerCertificate, VirtualMFADevice
from credentials.server_certificates import mirror as server_certificates
from credentials.server_certificates.certificates import described
from iamconsole.operations import single_reads
from iamconsole.operations.resource_tags import Tags, tags_in, tags_of
from iamconsole.operations.single_reads import Asking, SingleRead
from users.models import Account

# The unique ID of the user who has a device, and since when.
State = tuple[str | None, tuple[str, datetime | None]]


@tags_of("mfa")
def mfa_device_tags(account_id: str, arn: str) -> Tags:
    device = device_of(account_id, arn)
    return device.tags if device else {}


@tags_of("server-certificate")
def server_certificate_tags(account_id: str, arn: str) -> Tags:
    certificate = certificate_of(account_id, arn)
    return certificate.tags if certificate else {}


def device_of(account_id: str, arn: str) -> VirtualMFADevice | None:
    devices = VirtualMFADevice.objects.select_related("account")
    return devices.filter(account__account_id=account_id, serial_number=arn).first()


def certificate_of(account_id: str, arn: str) -> ServerCertificate | None:
    name = arn.rpartition("/")[2].lower()
    certificates = ServerCertificate.objects.select_related("account").filter(account__account_id=account_id)
    found = certificates.filter(name_folded=name).first()
    return found if found and found.arn == arn else None


class ReadMfaDevice(SingleRead):
    """The tags of a virtual MFA device."""

    kind = "mfa"
    action = "ListMFADeviceTags"

    def listed(self, lists: Mapping[str, Any]) -> dict[str, State]:
        return {
            item["SerialNumber"]: (
                item.get("User", {}).get("UserId"),
                mfa.device_fact(item["SerialNumber"], item.get("EnableDate")),
            )
            for item in lists.get(mfa.VIRTUAL.operation) or ()
        }

    def known(self, account: Account) -> dict[str, tuple[datetime | None, State]]:
        rows = VirtualMFADevice.objects.filter(account=account).order_by()
        columns = rows.values_list("serial_number", "read_at", "user__user_id", "enable_date")
        return {
            serial: (read_at, (user_id, mfa.device_fact(serial, enabled)))
            for serial, read_at, user_id, enabled in columns
        }

    def find(self, account_id: str, arn: str) -> VirtualMFADevice | None:
        device = device_of(account_id, arn)
        return device if device and device.account.kind == Account.Kind.LINKED else None

    def lock(self, row: VirtualMFADevice) -> VirtualMFADevice | None:
        return VirtualMFADevice.objects.select_for_update(of=("self",)).filter(pk=row.pk).first()

    def ask(self, asking: Asking, arn: str) -> dict[str, Any]:
        return {"Tags": asking.rows(self.action, "Tags", SerialNumber=arn)}

    def values(self, row: VirtualMFADevice, answer: dict[str, Any]) -> dict[str, Any]:
        return {"tags": tags_in(answer)}


class ReadServerCertificate(SingleRead):
    """Body, chain and tags of a server certificate."""

    kind = "server-certificate"
    action = "GetServerCertificate"

    def listed(self, lists: Mapping[str, Any]) -> dict[str, str]:
        listed = lists.get(server_certificates.LIST.operation) or ()
        return {item["Arn"]: item["ServerCertificateId"] for item in listed}

    def known(self, account: Account) -> dict[str, tuple[datetime | None, str]]:
        rows = ServerCertificate.objects.filter(account=account).select_related("account").order_by()
        rows = rows.defer("certificate_body", "certificate_chain")
        return {row.arn: (row.read_at, row.server_certificate_id) for row in rows}

    def find(self, account_id: str, arn: str) -> ServerCertificate | None:
        certificate = certificate_of(account_id, arn)
        linked = certificate is not None and certificate.account.kind == Account.Kind.LINKED
        return certificate if linked else None

    def lock(self, row: ServerCertificate) -> ServerCertificate | None:
        rows = ServerCertificate.objects.select_related("account").select_for_update(of=("self",))
        return rows.filter(pk=row.pk).first()

    def ask(self, asking: Asking, arn: str) -> dict[str, Any]:
        name = arn.rpartition("/")[2]
        answer: dict[str, Any] = asking.read(self.action, ServerCertificateName=name)["ServerCertificate"]
        return answer

    def values(self, row: ServerCertificate, answer: dict[str, Any]) -> dict[str, Any]:
        """The texts never change under the certificate's ID. One that was made again under the name is
        another, which the next list tells.
        """
        if answer["ServerCertificateMetadata"]["ServerCertificateId"] != row.server_certificate_id:
            return {}
        texts = {
            "certificate_body": answer["CertificateBody"],
            "certificate_chain": answer.get("CertificateChain", ""),
        }
        leaf = next(iter(described(texts["certificate_body"])), None)
        told = {"subject": leaf.subject, "issuer": leaf.issuer, "key_type": leaf.key_type} if leaf else {}
        return {**texts, **told, "tags": tags_in(answer)}


single_reads.register(ReadMfaDevice, ReadServerCertificate)
