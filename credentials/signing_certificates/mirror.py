"""Writing the mirror of X.509 signing certificates: asked for where the report shows a change."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from credentials.models import SigningCertificate
from credentials.models.signing_certificates import CERTIFICATES_PER_USER
from credentials.slots import free_slot
from iamconsole.credential_report import Row
from iamconsole.sync import guard
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Answers, Detail, Mirror, Question
from iamconsole.sync.plan import Listing
from iamconsole.sync.told import GIVEN, OURS, Told
from users.models import User


class KnownCertificates(defaultdict[str, Counter[tuple[datetime, bool]]]):
    """When certificates were uploaded and whether they are active, counted, by unique ID of the user."""

    def __init__(self) -> None:
        super().__init__(Counter)

    @classmethod
    def of(cls, known: Known) -> "KnownCertificates":
        found, rows = cls(), SigningCertificate.objects.filter(user__account=known.account).order_by()
        for user_id, uploaded, status in rows.values_list("user__user_id", "upload_date", "status"):
            found[user_id][uploaded.replace(microsecond=0), status == "Active"] += 1
        return found


class ListCertificates(Question):
    def differs(self, known: Known, listing: Listing, user_id: str, row: Row) -> bool:
        return row.certificate_states() != known.part(KnownCertificates).get(user_id, Counter())

    def changes_unseen(self, known: Known, user_id: str) -> bool:
        """A report knows no IDs: of two certificates of the same second either may be the active one."""
        return bool(known.part(KnownCertificates).get(user_id))


class SigningCertificates(Mirror):
    name = "signing certificates"
    after = ("users",)
    questions = (ListCertificates("certificates", "ListSigningCertificates", "Certificates"),)
    known = (KnownCertificates,)
    ids = ("CertificateId",)
    told = (
        Told(
            SigningCertificate,
            "SigningCertificate",
            {"user": GIVEN, "certificate_id": GIVEN, "slot": OURS},
            fixed=("body",),
            thing=lambda row: row.user,
            label="Signing certificate",
            name=lambda row: row.label,
        ),
    )

    def check(self, writing: MirrorWrite) -> None:
        guard.check_answers(writing, "certificates", "CertificateId", SigningCertificate, "certificate_id")

    def write_user(self, writing: MirrorWrite, user: User, detail: Detail, answers: Answers) -> None:
        if "certificates" in answers:
            write(writing, user, answers["certificates"])

    def forget_users(self, keys: Sequence[int]) -> None:
        SigningCertificate.objects.filter(user__in=keys).delete()


def write(writing: MirrorWrite, user: User, listed: list[dict[str, Any]]) -> None:
    """One user's certificates by ID; one that is gone makes room first."""
    recent = writing.recent.ids
    known = {one.label: one for one in user.signing_certificates.all()}
    ids = {item["CertificateId"] for item in listed} | recent
    for number, one in list(known.items()):
        if number not in ids and not guard.too_fresh_to_remove(one.upload_date, writing.snapshot.started):
            writing.remove(one)
            del known[number]
    for item in listed:
        number = item["CertificateId"]
        if number in recent:
            continue
        if number in known:
            # The moment of its upload is AWS's, by which the report tells it.
            writing.save(known[number], {"status": item["Status"], "upload_date": item["UploadDate"]})
        elif slot := free_slot({one.slot for one in known.values()}, CERTIFICATES_PER_USER):
            known[number] = SigningCertificate(
                user=user,
                slot=slot,
                certificate_id=number,
                status=item["Status"],
                upload_date=item["UploadDate"],
                body=item["CertificateBody"],
            )
            writing.create([known[number]])
