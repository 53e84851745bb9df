"""Server certificates of an account: for services that cannot use AWS Certificate Manager (IAM-FACTS 7.2)."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

CERTIFICATES_PER_ACCOUNT = 20  # IAM-FACTS 9.1
EXPIRES_SOON_DAYS = 30


class ServerCertificate(models.Model):
    """A certificate with its chain. Its key is kept, sealed, for local accounts only (ARCHITECTURE 3).

    Body, chain, what is read from them and tags are in no list of AWS's: empty, and null, where they were
    never read.
    """

    class Standing(models.TextChoices):
        ACTIVE = "active", "Active"
        EXPIRING = "expiring", "Expires soon"
        EXPIRED = "expired", "Expired"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey("users.Account", on_delete=models.CASCADE, related_name="server_certificates")
    # 1 to 20: holds the quota of a local account under parallel uploads. None where AWS counts.
    slot = models.PositiveSmallIntegerField(null=True)
    server_certificate_name = models.CharField(max_length=128)
    name_folded = models.CharField(max_length=128)
    path = models.CharField(max_length=512, default="/")
    server_certificate_id = models.CharField(max_length=128, unique=True)
    upload_date = models.DateTimeField(default=timezone.now)
    expiration = models.DateTimeField()
    certificate_body = models.TextField(blank=True)
    certificate_chain = models.TextField(blank=True)
    sealed_private_key = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    issuer = models.TextField(blank=True)
    key_type = models.CharField(max_length=64, blank=True)
    tags = models.JSONField(default=dict, null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name_folded"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name_folded"], name="server_certificate_name_unique_without_case"
            ),
            models.UniqueConstraint(fields=["account", "slot"], name="server_certificate_slot_once"),
            models.CheckConstraint(
                condition=models.Q(slot__isnull=True)
                | models.Q(slot__gte=1, slot__lte=CERTIFICATES_PER_ACCOUNT),
                name="twenty_server_certificate_slots",
            ),
        ]

    def __str__(self) -> str:
        return self.server_certificate_name

    @property
    def arn(self) -> str:
        return self.account.arns.server_certificate(self.path, self.server_certificate_name)

    @property
    def place(self) -> str:
        """What the sealed private key is bound to."""
        return f"servercertificate|sealed_private_key|{self.uuid}"

    @property
    def standing(self) -> str:
        """Whether it still counts as valid, and for how long."""
        if self.expiration < timezone.now():
            return self.Standing.EXPIRED
        if self.expiration < soon():
            return self.Standing.EXPIRING
        return self.Standing.ACTIVE


def soon() -> datetime:
    """What expires before this moment wants to be replaced."""
    return timezone.now() + timedelta(days=EXPIRES_SOON_DAYS)
