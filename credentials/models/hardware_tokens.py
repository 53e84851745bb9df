"""Hardware TOTP tokens: bought with their seeds, kept in stock until somebody gets one."""

from typing import Any

from django.conf import settings
from django.db import models

from .totp import TOTPDevice


class HardwareMFADevice(TOTPDevice):
    """A token that shows codes on a display of its own. Its serial number is the one printed on it."""

    kind = "hardware"  # type: ignore[assignment]

    account = models.ForeignKey("users.Account", on_delete=models.CASCADE, related_name="hardware_tokens")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="hardware_tokens"
    )
    # Not unique over all accounts: whether another one has a token is nobody's business here.
    serial_number = models.CharField(max_length=256)

    class Meta(TOTPDevice.Meta):
        constraints = [
            models.UniqueConstraint(fields=["account", "serial_number"], name="hardware_serial_once")
        ]

    @classmethod
    def release(cls, rows: "models.QuerySet[Any]") -> None:
        """Back to the stock. ``last_t`` stays: a code that was used must not work for the next user."""
        rows.update(user=None, confirmed=False, enable_date=None, last_used_at=None)
