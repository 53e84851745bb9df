"""X.509 signing certificates: two slots per user, as the credential report has them (IAM-FACTS 7.3)."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class SigningCertificate(models.Model):
    """That a user has a signing certificate. An imported report tells its state and date, not its ID."""

    class Status(models.TextChoices):
        ACTIVE = "Active", "Active"
        INACTIVE = "Inactive", "Inactive"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signing_certificates"
    )
    # 1 or 2: its columns in the report.
    slot = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    upload_date = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["slot"]
        constraints = [
            models.UniqueConstraint(fields=["user", "slot"], name="certificate_slot_once"),
            models.CheckConstraint(condition=models.Q(slot__in=[1, 2]), name="two_certificate_slots"),
        ]

    def __str__(self) -> str:
        return f"Signing certificate {self.slot} of {self.user}"
