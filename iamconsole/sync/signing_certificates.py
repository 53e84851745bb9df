"""Writing the mirror of X.509 signing certificates: asked for where the report shows a change."""

from typing import Any

from credentials.models import SigningCertificate
from credentials.models.signing_certificates import CERTIFICATES_PER_USER
from credentials.slots import free_slot
from iamconsole.sync import guard
from iamconsole.sync.mirror import Writing
from users.models import User


def write(writing: Writing, user: User, listed: list[dict[str, Any]]) -> None:
    """One user's certificates by ID; one that is gone makes room first."""
    recent = writing.recent.ids
    known = {one.label: one for one in SigningCertificate.objects.filter(user=user)}
    ids = {item["CertificateId"] for item in listed} | recent
    for number, one in list(known.items()):
        if number not in ids and not guard.too_fresh_to_remove(one.upload_date, writing.snapshot.started):
            writing.changes.note(user, number, one.status, "deleted")
            one.delete()
            del known[number]
    for item in listed:
        number = item["CertificateId"]
        if number in recent:
            continue
        if number in known:
            update(writing, user, known[number], item)
        elif slot := free_slot({one.slot for one in known.values()}, CERTIFICATES_PER_USER):
            writing.changes.note(user, number, "", item["Status"])
            known[number] = SigningCertificate.objects.create(
                user=user,
                slot=slot,
                certificate_id=number,
                status=item["Status"],
                upload_date=item["UploadDate"],
                body=item["CertificateBody"],
            )


def update(writing: Writing, user: User, one: SigningCertificate, item: dict[str, Any]) -> None:
    """Its state; the moment of its upload is AWS's, by which the report tells it."""
    if one.status != item["Status"]:
        writing.changes.note(user, item["CertificateId"], one.status, item["Status"])
    if (one.status, one.upload_date) != (item["Status"], item["UploadDate"]):
        one.status, one.upload_date = item["Status"], item["UploadDate"]
        one.save(update_fields=["status", "upload_date"])
