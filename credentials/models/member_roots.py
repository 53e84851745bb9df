"""Root users of the member accounts of an organization: which credentials they have, as it was read last."""

from django.db import models

from users.models import Organization


class RootAccess(models.Model):
    """What of AWS's central root access an organization has enabled; None: it could not be read."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="root_access")
    features = models.JSONField(null=True)
    error = models.TextField(blank=True)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organization}: {self.features}"


class MemberRoot(models.Model):
    """The root user of a member account: whether it has a credential of each kind. None: it was not read."""

    account_id = models.CharField(max_length=12, unique=True)
    password = models.BooleanField(null=True)
    access_keys = models.BooleanField(null=True)
    signing_certificates = models.BooleanField(null=True)
    mfa_devices = models.BooleanField(null=True)
    read_at = models.DateTimeField(null=True)
    # Why the last reading failed; what was read before stays, with its age.
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"Root of {self.account_id}"

    @property
    def known(self) -> bool:
        return self.read_at is not None

    @property
    def has_any(self) -> bool:
        """Whether it is known to have a credential."""
        return any((self.password, self.access_keys, self.signing_certificates, self.mfa_devices))
