"""Virtual MFA devices: IAM's objects, django-otp's devices."""

from typing import Any

from django.conf import settings
from django.db import models

from .totp import TOTPDevice


class VirtualMFADevice(TOTPDevice):
    """An authenticator app on somebody's phone; IAM makes its seed."""

    has_tags = True

    account = models.ForeignKey("users.Account", on_delete=models.CASCADE, related_name="mfa_devices")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="mfa_devices"
    )
    path = models.CharField(max_length=512, default="/")
    # AWS tells them in no list: null where they were never read, and when they were.
    tags = models.JSONField(default=dict, null=True)
    read_at = models.DateTimeField(null=True)
    # The unique ID of who began it in the browser; it belongs to that person until it is assigned to another.
    # "" for one made through the API or in AWS, which belongs to nobody.
    maker_id = models.CharField(max_length=128, blank=True)
    # When it was begun in the browser, while it was never assigned: its seed is shown for minutes only.
    begun_at = models.DateTimeField(null=True, db_index=True)

    @property
    def arn(self) -> str:
        """What IAM names it by: of a virtual device the serial number is its ARN (IAM-FACTS 1.1)."""
        return self.serial_number

    @property
    def owner_id(self) -> str:
        """The unique ID of its maker, unless another has it; "" for nobody's."""
        return self.maker_id if self.user is None or self.user.user_id == self.maker_id else ""

    @property
    def kind(self) -> str:
        """A mirror knows security keys and hardware tokens by their serial numbers only, and keeps
        them here without a seed (IAM-FACTS 1.1)."""
        if ":u2f/" in self.serial_number:
            return "u2f"
        return "virtual" if ":mfa/" in self.serial_number else "hardware"

    @property
    def deleted_by(self) -> str:
        return "DeleteVirtualMFADevice" if self.kind == "virtual" else ""

    @classmethod
    def release(cls, rows: "models.QuerySet[Any]") -> None:
        """A virtual device stays, unassigned; of another kind nothing does (IAM-FACTS 5.2)."""
        rows.exclude(serial_number__contains=":mfa/").delete()
        super().release(rows)
