"""X.509 signing certificates: two slots per user, as the credential report has them (IAM-FACTS 7.3)."""

from django.conf import settings
from django.db import models
from django.utils import timezone

CERTIFICATES_PER_USER = 2  # IAM-FACTS 9.1


class SigningCertificate(models.Model):
    """A user's certificate. An imported report tells its state and date, not its ID and not itself."""

    class Status(models.TextChoices):
        ACTIVE = "Active", "Active"
        INACTIVE = "Inactive", "Inactive"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signing_certificates"
    )
    # 1 or 2. Holds the quota under parallel requests; it is the column of the report only where the
    # ID is not known.
    slot = models.PositiveSmallIntegerField()
    # Worked out from the certificate itself, so one certificate is one user's in all accounts.
    certificate_id = models.CharField(max_length=128, unique=True, null=True)  # noqa: DJ001
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    upload_date = models.DateTimeField(default=timezone.now)
    # PEM as it was uploaded; public.
    body = models.TextField(blank=True)

    class Meta:
        ordering = ["slot"]
        constraints = [
            models.UniqueConstraint(fields=["user", "slot"], name="certificate_slot_once"),
            models.CheckConstraint(condition=models.Q(slot__in=[1, 2]), name="two_certificate_slots"),
        ]

    def __str__(self) -> str:
        return f"Signing certificate {self.slot} of {self.user}"

    @property
    def label(self) -> str:
        """The ID, or the place in the report where no ID is known."""
        return self.certificate_id or f"Certificate {self.slot}"

    @property
    def active(self) -> bool:
        return self.status == self.Status.ACTIVE
