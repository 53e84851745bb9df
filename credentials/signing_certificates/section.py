"""The signing certificates on the pages that show all credentials of a user."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from credentials.models import SigningCertificate
from credentials.models.signing_certificates import CERTIFICATES_PER_USER
from credentials.reasons import needs
from credentials.signing_certificates import certificates
from iamconsole.errors import IamError
from iamconsole.not_known import NotKnown
from iamconsole.operations import Caller, May
from users import quotas
from users.models import User

BOTH_SLOTS = (
    "A user can have two signing certificates, active or not. "
    "Deactivate and delete one that is no longer used."
)
EXPIRED, SOON = ("error", "Expired"), ("warning", "Expires soon")
UNREADABLE = NotKnown("what the certificate says", "This console cannot read the text of this certificate.")
ACTIVE, INACTIVE = ("success", "Active"), ("inactive", "Inactive")


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate with what it says; ``told`` is None where only a report has it."""

    row: SigningCertificate
    told: certificates.Certificate | None
    status_type: str
    status: str

    @property
    def unread(self) -> NotKnown:
        """Why it is not known what the certificate says, where ``told`` is None."""
        return self.row.user.not_known["certificate_bodies"] or UNREADABLE


def shown(row: SigningCertificate) -> Shown:
    """A certificate that is not used any more is inactive before all."""
    told, now = told_by(row), timezone.now()
    if not row.active:
        state = INACTIVE
    elif told and told.is_expired(now):
        state = EXPIRED
    else:
        state = SOON if told and told.expires_soon(now) else ACTIVE
    return Shown(row, told, *state)


def told_by(row: SigningCertificate) -> certificates.Certificate | None:
    try:
        return certificates.read(row.body)
    except IamError:
        return None


@dataclass(frozen=True, slots=True)
class Section:
    """What ``credentials/signing_certificates/certificates_section.html`` shows of one user."""

    user: User
    certificates: list[Shown]
    may: May
    blocked: str  # why there can be no other, "" when there can
    next: str = ""
    limit: int = CERTIFICATES_PER_USER

    @property
    def query(self) -> str:
        """What the section's links carry, so that their pages come back."""
        return "?" + urlencode({"next": self.next}) if self.next else ""


def signing_context(caller: Caller, user: User, back: str = "") -> dict[str, Any]:
    """The user's certificates and what the caller may do with them, under the name that templates
    use; ``back`` is where to go afterwards.
    """
    may = May(caller, user.arn)
    rows = SigningCertificate.objects.filter(user=user) if may["ListSigningCertificates"] else []
    return {"signing": Section(user, [shown(row) for row in rows], may, why_no_other(caller, user), back)}


def why_no_other(caller: Caller, user: User) -> str:
    """Why there can be no other certificate, "" when there can."""
    if not caller.permits("iam:UploadSigningCertificate", user.arn):
        return needs(caller, "UploadSigningCertificate", user)
    rows = SigningCertificate.objects.filter(user=user)
    return BOTH_SLOTS if quotas.counts_here(user.account) and rows.count() >= CERTIFICATES_PER_USER else ""
