"""Recovery codes: what stands in for a lost MFA device, each once."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class RecoveryCodeSet(models.Model):
    """The codes of one user that were made together; new ones take the place of all of them.

    The key of their hashes is the set's own and rests sealed: a copy of the database tells nothing
    of the codes, and a new field key or SECRET_KEY does not make them worthless.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_code_set"
    )
    sealed_key = models.TextField()
    create_date = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Recovery codes of {self.user}"

    @property
    def place(self) -> str:
        """What the sealed key is bound to."""
        return f"recoverycodeset|sealed_key|{self.uuid}"


class RecoveryCode(models.Model):
    """One code: its keyed hash, and when it was used up."""

    code_set = models.ForeignKey(RecoveryCodeSet, on_delete=models.CASCADE, related_name="codes")
    mac = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code_set", "mac"], name="recovery_code_once")]

    def __str__(self) -> str:
        return "Used" if self.used_at else "Unused"
