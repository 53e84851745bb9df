"""SSH public keys for CodeCommit: five slots per user, each key once (IAM-FACTS 7.1)."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from iamconsole.not_known import NotKnown

TEXT_NOT_READ = "AWS did not allow the last sync to read the text of this key (iam:GetSSHPublicKey)."
SSH_KEYS_PER_USER = 5  # IAM-FACTS 9.1


class SSHPublicKey(models.Model):
    """An RSA public key that its user uploaded."""

    class Status(models.TextChoices):
        ACTIVE = "Active", "Active"
        INACTIVE = "Inactive", "Inactive"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ssh_public_keys"
    )
    # 1 to 5: holds the quota under parallel requests.
    slot = models.PositiveSmallIntegerField()
    ssh_public_key_id = models.CharField(max_length=128, unique=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    upload_date = models.DateTimeField(default=timezone.now)
    # As it was uploaded, comment and all; IAM gives it back in either encoding. Empty where AWS denied it.
    body = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=48, blank=True)
    # SHA-256 of the key alone: the same key in another form is the same key. Of its ID while it is not known.
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["upload_date", "ssh_public_key_id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "slot"], name="ssh_key_slot_once"),
            models.UniqueConstraint(fields=["user", "digest"], name="ssh_key_once_per_user"),
            models.CheckConstraint(condition=models.Q(slot__gte=1), name="ssh_key_slots"),
        ]

    def __str__(self) -> str:
        return self.ssh_public_key_id

    @property
    def unread(self) -> NotKnown | None:
        """Why its text is not known; None where it is."""
        return None if self.body else NotKnown("the text of the key", TEXT_NOT_READ)

    @property
    def active(self) -> bool:
        return self.status == self.Status.ACTIVE
