"""Upload-, Get-, List-, Update- and DeleteServerCertificate (IAM-FACTS 2.4, 7.2)."""

from collections.abc import Collection, Sequence
from typing import Any

from credentials.models import ServerCertificate
from credentials.models.server_certificates import CERTIFICATES_PER_ACCOUNT
from credentials.server_certificates.certificates import Material, checked
from credentials.slots import slot_to_take
from iamconsole.errors import IamError
from iamconsole.identifiers import unique_id
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.resource_tags import tags_in
from iamconsole.operations.wanted import Fact, Params, Row, Wanted, same_moment, without_case
from users import quotas
from users.at_aws import named_back, renamed
from users.lookups import below, lock_account, page_by_name
from users.models import Account
from users.tag_rules import WithTags, request_tag_keys, tag_facts


def certificates_of(account_id: str) -> Any:
    """The account's server certificates, with their account for the ARN."""
    rows = ServerCertificate.objects.filter(account__account_id=account_id)
    return rows.select_related("account")


def find_certificate(account_id: str, name: str, rows: Any = None) -> ServerCertificate:
    """The certificate of that name, without case. Raises NoSuchEntity."""
    rows = certificates_of(account_id) if rows is None else rows
    found: ServerCertificate | None = rows.filter(name_folded=name.lower()).first()
    if found is None:
        raise IamError("NoSuchEntity", f"The Server Certificate with name {name} cannot be found.")
    return found


def metadata(certificate: ServerCertificate) -> dict[str, Any]:
    """A certificate in the shape of IAM's replies; never with its key."""
    return {
        "Path": certificate.path,
        "ServerCertificateName": certificate.server_certificate_name,
        "ServerCertificateId": certificate.server_certificate_id,
        "Arn": certificate.arn,
        "UploadDate": certificate.upload_date,
        "Expiration": certificate.expiration,
    }


def check_name_free(call: Call, name: str, but: ServerCertificate | None = None) -> None:
    """Names are unique per account without case; the error has the spelling that was sent."""
    taken = ServerCertificate.objects.filter(account=call.account, name_folded=name.lower())
    if but is not None:
        taken = taken.exclude(pk=but.pk)
    if taken.exists():
        raise IamError("EntityAlreadyExists", f"The Server Certificate with name {name} already exists.")


def slot_in(account: Account) -> int:
    """The lowest free slot; two at once for the same one meet the constraint. Raises LimitExceeded."""
    slots = ServerCertificate.objects.filter(account=account).values_list("slot", flat=True)
    text = f"Cannot exceed quota for ServerCertificatesPerAccount: {CERTIFICATES_PER_ACCOUNT}"
    quotas.check_room(account, slots.count, CERTIFICATES_PER_ACCOUNT, text)
    return slot_to_take(slots, CERTIFICATES_PER_ACCOUNT)


class ServerCertificateOperation(Operation):
    """An operation on one existing certificate, which is named without case."""

    def resources(self, call: Call) -> Sequence[str]:
        """The stored ARN, or what it would be at the root path."""
        name = call.params["ServerCertificateName"]
        try:
            return [find_certificate(call.account_id, name).arn]
        except IamError:
            return [call.caller.arns.server_certificate("/", name)]

    def lock(self, call: Call) -> None:
        rows = certificates_of(call.account_id).select_for_update(of=("self",))
        name = call.params["ServerCertificateName"]
        call.found["certificate"] = find_certificate(call.account_id, name, rows)
        call.account = call.found["certificate"].account

    def evidence(self, call: Call) -> Params:
        """Its ID: another one may be uploaded under its name."""
        return {"ServerCertificateId": call.found["certificate"].server_certificate_id}


def the_certificate(before: Params, params: Params) -> dict[str, Fact]:
    """How an existing certificate is told apart in AWS's list."""
    if number := before.get("ServerCertificateId"):
        return {"ServerCertificateId": number}
    name = params.get("NewServerCertificateName", params["ServerCertificateName"])
    return {"ServerCertificateName": without_case(name)}


@operation("UploadServerCertificate")
class UploadServerCertificate(WithTags):
    """AWS counts the certificates of a linked account: its quota may have been raised there."""

    lasting = lasts.MADE
    creates = "ServerCertificateName"
    needs_recent_sign_in = True
    needed_at_aws = {"iam:UploadServerCertificate": "upload server certificates"}

    def resources(self, call: Call) -> Sequence[str]:
        name = call.params["ServerCertificateName"]
        return [call.caller.arns.server_certificate(call.param("Path", "/"), name)]

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.param("Tags", []))

    def prepare(self, call: Call) -> None:
        """A key that does not fit is refused before it is sent anywhere."""
        given = (
            call.params["CertificateBody"],
            call.params["PrivateKey"],
            call.param("CertificateChain", ""),
        )
        call.prepared["material"] = checked(*given, call.now)

    def lock(self, call: Call) -> None:
        lock_account(call)

    def check(self, call: Call) -> None:
        check_name_free(call, call.params["ServerCertificateName"])
        if quotas.counts_here(call):
            call.found["slot"] = slot_in(call.account)

    def mint(self, call: Call) -> Facts:
        material: Material = call.prepared["material"]
        made = {
            "Path": call.param("Path", "/"),
            "ServerCertificateName": call.params["ServerCertificateName"],
            "ServerCertificateId": unique_id("ASCA"),
            "Arn": self.resources(call)[0],
            "UploadDate": call.now,
            "Expiration": material.not_after,
        }
        tags = {"Tags": list(call.params["Tags"])} if call.param("Tags") else {}
        return {"ServerCertificateMetadata": made, **tags}

    def write(self, call: Call, facts: Facts) -> None:
        made, material = facts["ServerCertificateMetadata"], call.prepared["material"]
        certificate = ServerCertificate(
            account=call.account,
            slot=call.found.get("slot"),
            server_certificate_name=made["ServerCertificateName"],
            name_folded=made["ServerCertificateName"].lower(),
            path=made["Path"],
            server_certificate_id=made["ServerCertificateId"],
            upload_date=made.get("UploadDate", call.now),
            expiration=made.get("Expiration", material.not_after),
            certificate_body=material.body,
            certificate_chain=material.chain,
            subject=material.subject,
            issuer=material.issuer,
            key_type=material.key_type,
            tags=tags_in(call.params),
            read_at=call.read_at,
        )
        certificate.sealed_private_key = call.seal_if_ours(material.private_key, certificate.place)
        certificate.save(force_insert=True)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        material: Material = call.prepared["material"]
        made = facts["ServerCertificateMetadata"]
        return {
            "ServerCertificateId": made["ServerCertificateId"],
            "Subject": material.subject,
            "Issuer": material.issuer,
            "Expiration": material.not_after.isoformat(),
        }

    def evidence(self, call: Call) -> Params:
        """What AWS's list shows of the text."""
        return {"Expiration": call.prepared["material"].not_after.isoformat()}

    def wanted(self, before: Params, params: Params) -> Wanted:
        like: dict[str, Fact] = {"Path": params.get("Path", "/")}
        if "Expiration" in before:
            like["Expiration"] = same_moment(before["Expiration"])
        which = {"ServerCertificateName": params["ServerCertificateName"]}
        return Wanted("ServerCertificateMetadataList", which, like)


@operation("GetServerCertificate")
class GetServerCertificate(ServerCertificateOperation):
    """Body and chain, which are public; who takes them is still written down."""

    reads = True
    tells = ("server_certificates",)
    audited = True
    shows_single_read = True

    def read(self, call: Call) -> Facts:
        certificate = find_certificate(call.account_id, call.params["ServerCertificateName"])
        facts: Facts = {
            "ServerCertificateMetadata": metadata(certificate),
            "CertificateBody": certificate.certificate_body,
            "Tags": tag_facts(certificate.tags),
        }
        if certificate.certificate_chain:
            facts["CertificateChain"] = certificate.certificate_chain
        return {"ServerCertificate": facts}


@operation("ListServerCertificates")
class ListServerCertificates(Operation):
    reads = True
    tells = ("server_certificates",)

    def read(self, call: Call) -> Facts:
        rows = certificates_of(call.account_id).filter(below(call.param("PathPrefix")))
        return page_by_name(call, rows, "ServerCertificateMetadataList", metadata)


@operation("UpdateServerCertificate")
class UpdateServerCertificate(ServerCertificateOperation):
    """A new name or path is another ARN: the caller needs both (IAM-FACTS 8.9). ID and tags stay."""

    needed_at_aws = {"iam:UpdateServerCertificate": "rename and move server certificates"}

    def undo(self, call: Call) -> Undo:
        name = call.params["ServerCertificateName"].lower()
        row = certificates_of(call.account_id).filter(name_folded=name).first()
        return named_back(call, "ServerCertificateName", metadata(row) if row else None)

    def resources(self, call: Call) -> Sequence[str]:
        old = super().resources(call)[0]
        path, name = old.partition(":server-certificate")[2].rpartition("/")[::2]
        new_path, new_name = call.param("NewPath", f"{path}/"), call.param("NewServerCertificateName", name)
        new = call.caller.arns.server_certificate(new_path, new_name)
        return [old] if new == old else [old, new]

    def lock(self, call: Call) -> None:
        lock_account(call)
        super().lock(call)

    def check(self, call: Call) -> None:
        if name := call.param("NewServerCertificateName"):
            check_name_free(call, name, but=call.found["certificate"])

    def write(self, call: Call, facts: Facts) -> None:
        certificate = call.found["certificate"]
        certificate.path = call.param("NewPath", certificate.path)
        if name := call.param("NewServerCertificateName"):
            certificate.server_certificate_name, certificate.name_folded = name, name.lower()
        certificate.save(update_fields=["path", "server_certificate_name", "name_folded"])

    def before(self, call: Call, members: Collection[str]) -> Row:
        return metadata(call.found["certificate"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        which, like = the_certificate(before, params), renamed(params, "ServerCertificateName")
        return Wanted("ServerCertificateMetadataList", which, like)


@operation("DeleteServerCertificate")
class DeleteServerCertificate(ServerCertificateOperation):
    lasting = lasts.DELETED
    needed_at_aws = {"iam:DeleteServerCertificate": "delete server certificates"}

    def write(self, call: Call, facts: Facts) -> None:
        call.found["certificate"].delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        return Wanted("ServerCertificateMetadataList", the_certificate(before, params), like=None)
