"""UploadSigningCertificate, ListSigningCertificates, UpdateSigningCertificate, DeleteSigningCertificate
(IAM-FACTS 7.3), and making a certificate here, which IAM has no operation for.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar

from credentials.models import SigningCertificate
from credentials.models.signing_certificates import CERTIFICATES_PER_USER
from credentials.signing_certificates import certificates
from credentials.slots import slot_to_take
from credentials.statuses import undo_status
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.news import News
from iamconsole.operations.registry import NOT_SHOWN
from iamconsole.operations.wanted import HAS, Params, Row, Unseen, Wanted
from users import quotas
from users.lookups import lock_user, meant_user, page_by_name, user_resources

DEACTIVATE_FIRST = (
    "Deactivate the certificate before you delete it, and make sure that nothing needs it anymore."
)
PRIVATE_KEY_LOST = (
    "AWS has the certificate, but its private key was lost here with AWS's answer. Nobody can use it: delete "
    "it and create another."
)


def certificate_facts(certificate: SigningCertificate) -> dict[str, Any]:
    """A certificate in the shape of IAM's replies."""
    return {
        "UserName": certificate.user.user_name,
        "CertificateId": certificate.certificate_id,
        "CertificateBody": certificate.body,
        "Status": certificate.status,
        "UploadDate": certificate.upload_date,
    }


def same_certificate(number: str) -> Callable[[str], bool]:
    """A text that holds the certificate of that ID, however it is laid out."""

    def is_same(body: str) -> bool:
        try:
            return certificates.read(body).certificate_id == number
        except IamError:
            return False

    return is_same


class SigningCertificateOperation(Operation):
    """What operations on the signing certificates of the named user have in common."""

    own_user_by_default = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)


class OneSigningCertificateOperation(SigningCertificateOperation):
    """A change of one existing certificate of the user."""

    def lock(self, call: Call) -> None:
        super().lock(call)
        number = call.params["CertificateId"]
        found = SigningCertificate.objects.filter(user=call.user, certificate_id=number).first()
        if found is None:
            raise IamError("NoSuchEntity", f"The Certificate with id {number} cannot be found.")
        call.found["certificate"] = found


@operation("UploadSigningCertificate")
class UploadSigningCertificate(SigningCertificateOperation):
    """The same certificate again is no error: it answers what is there (IAM-FACTS 7.3)."""

    lasting = lasts.MADE
    needs_recent_sign_in = True
    needed_at_aws = {"iam:UploadSigningCertificate": "upload and create signing certificates"}
    notice = News("A signing certificate was uploaded")
    # What is said where AWS has it and did not answer.
    then: ClassVar[str] = HAS

    def prepare(self, call: Call) -> None:
        call.prepared["body"] = body = call.params["CertificateBody"]
        call.prepared["certificate"] = certificates.read_valid(body, call.now)

    def check(self, call: Call) -> None:
        number = call.prepared["certificate"].certificate_id
        found = SigningCertificate.objects.filter(certificate_id=number).select_related("user").first()
        if found is not None and found.user != call.user:
            raise IamError("DuplicateCertificate", "Duplicate certificate uploaded.")
        call.found["certificate"] = found
        if found is None:
            rows = SigningCertificate.objects.filter(user=call.user)
            text = f"Cannot exceed quota for CertificatesPerUser: {CERTIFICATES_PER_USER}"
            quotas.check_room(call, rows.count, CERTIFICATES_PER_USER, text)

    def mint(self, call: Call) -> Facts:
        """Active is what IAM answers, also to a certificate that is there and inactive."""
        found = call.found["certificate"]
        return {
            "Certificate": {
                "UserName": call.user.user_name,
                "CertificateId": call.prepared["certificate"].certificate_id,
                "CertificateBody": call.prepared["body"],
                "Status": "Active",
                "UploadDate": found.upload_date if found else call.now,
            }
        }

    def write(self, call: Call, facts: Facts) -> None:
        made = facts["Certificate"]
        if SigningCertificate.objects.filter(user=call.user, certificate_id=made["CertificateId"]).exists():
            return
        taken = call.user.signing_certificates.values_list("slot", flat=True)
        SigningCertificate.objects.create(
            user=call.user,
            slot=slot_to_take(taken, CERTIFICATES_PER_USER),
            certificate_id=made["CertificateId"],
            status=made["Status"],
            upload_date=made["UploadDate"],
            body=call.prepared["body"],
        )

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"CertificateId": facts["Certificate"]["CertificateId"]}

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        found = call.found["certificate"]
        return {"CertificateBody": found.body} if found else None

    def evidence(self, call: Call) -> Params:
        return {"CertificateId": call.prepared["certificate"].certificate_id}

    def wanted(self, before: Params, params: Params) -> Wanted | Unseen:
        if "CertificateId" not in before:
            return Unseen(NOT_SHOWN)
        like = {"CertificateBody": same_certificate(before["CertificateId"])}
        return Wanted("Certificates", like=like, of=params["UserName"], then=self.then)


@operation("iamconsole:CreateSigningCertificate")
class CreateSigningCertificate(UploadSigningCertificate):
    """Makes a key pair and uploads its certificate, as AWS's console does.

    Who may upload one may have one made, so policies are asked for the upload. The answer holds the
    private key besides; nothing else ever does.
    """

    lasting = lasts.MADE
    action = "iam:UploadSigningCertificate"
    notice = News("A signing certificate was created")
    then = PRIVATE_KEY_LOST

    def prepare(self, call: Call) -> None:
        pair = certificates.make_pair(call.params["UserName"], call.account_id, call.now)
        call.prepared["body"], call.prepared["private_key"] = pair.body, pair.private_key
        call.prepared["certificate"] = certificates.read(pair.body)

    def to_aws(self, call: Call) -> tuple[str, dict[str, Any]]:
        """AWS gets the certificate only."""
        names = {"UserName": call.params["UserName"], "CertificateBody": call.prepared["body"]}
        return "UploadSigningCertificate", names

    def complete(self, call: Call, facts: Facts) -> None:
        facts["PrivateKey"] = call.prepared["private_key"]


@operation("ListSigningCertificates")
class ListSigningCertificates(SigningCertificateOperation):
    reads = True
    tells = ("certificate_bodies",)
    serves_root = True

    def read(self, call: Call) -> Facts:
        """Those with an ID: what only a credential report has is no certificate to be listed."""
        user = meant_user(call)
        rows = SigningCertificate.objects.filter(user=user, certificate_id__isnull=False).select_related(
            "user"
        )
        return page_by_name(call, rows, "Certificates", certificate_facts, folded="certificate_id")


@operation("UpdateSigningCertificate")
class UpdateSigningCertificate(OneSigningCertificateOperation):
    needed_at_aws = {"iam:UpdateSigningCertificate": "activate and deactivate signing certificates"}

    def undo(self, call: Call) -> Undo:
        row = SigningCertificate.objects.filter(certificate_id=call.params["CertificateId"]).first()
        return undo_status(self, call, row.status if row else None)

    def check(self, call: Call) -> None:
        if call.params["Status"] == "Expired":
            raise IamError("InvalidInput", "Operation does not support status Expired")

    def write(self, call: Call, facts: Facts) -> None:
        certificate = call.found["certificate"]
        certificate.status = call.params["Status"]
        certificate.save(update_fields=["status"])

    def before(self, call: Call, members: Collection[str]) -> Row:
        return {"CertificateId": call.params["CertificateId"], "Status": call.found["certificate"].status}

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"CertificateId": params["CertificateId"]}
        return Wanted("Certificates", which, {"Status": params["Status"]}, of=params["UserName"])


@operation("DeleteSigningCertificate")
class DeleteSigningCertificate(OneSigningCertificateOperation):
    lasting = lasts.DELETED
    needed_at_aws = {"iam:DeleteSigningCertificate": "delete signing certificates"}

    def guard(self, call: Call) -> None:
        if call.found["certificate"].active:
            raise IamError("DeleteConflict", DEACTIVATE_FIRST)

    def write(self, call: Call, facts: Facts) -> None:
        call.found["certificate"].delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        which = {"CertificateId": params["CertificateId"]}
        return Wanted("Certificates", which, like=None, of=params["UserName"])
