"""From where each user has signed in before."""

from django.conf import settings
from django.db import models


class KnownAddress(models.Model):
    """An address (IPv4) or a /64 (IPv6) that a user has signed in from."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known_addresses"
    )
    address = models.CharField(max_length=64)
    last_seen = models.DateTimeField()

    class Meta:
        ordering = ["-last_seen"]
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="known_address_once")]

    def __str__(self) -> str:
        return self.address
