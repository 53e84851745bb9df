"""Service-specific credentials: two slots per user and service, held by a constraint (IAM-FACTS 7.4)."""

from django.conf import settings
from django.db import models
from django.utils import timezone

CREDENTIALS_PER_SERVICE = 2  # IAM-FACTS 9.1


class ServiceSpecificCredential(models.Model):
    """A user name and password, or an API key, for one AWS service. The secret is kept nowhere: the
    services that check it are AWS's, and it is shown once.
    """

    class Status(models.TextChoices):
        ACTIVE = "Active", "Active"
        INACTIVE = "Inactive", "Inactive"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="service_credentials"
    )
    service_name = models.CharField(max_length=128)
    # 1 or 2. Holds the quota under parallel requests.
    slot = models.PositiveSmallIntegerField()
    credential_id = models.CharField(max_length=128, unique=True)
    # ServiceUserName or ServiceCredentialAlias: as it was made, also after the user is renamed.
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    create_date = models.DateTimeField(default=timezone.now)
    expiration_date = models.DateTimeField(null=True)

    class Meta:
        ordering = ["service_name", "create_date", "credential_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "service_name", "slot"], name="service_credential_slot_once"
            ),
            models.CheckConstraint(condition=models.Q(slot__gte=1), name="service_credential_slots"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def expired(self) -> bool:
        return self.expiration_date is not None and self.expiration_date <= timezone.now()

    @property
    def told_status(self) -> str:
        """The status that listings tell: Expired once its day is over, whatever was set by hand."""
        return "Expired" if self.expired else self.status
