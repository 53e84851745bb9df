"""What every MFA device has, whatever its kind."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django_otp.models import Device

from iamconsole.addresses import reverse
from users.credential_status import MFA_WORDS

ICONS = {"passkey": "fingerprint-pattern", "u2f": "usb", "virtual": "smartphone", "hardware": "key-square"}


class MFADevice(Device):
    """The base of the kinds. ``credentials.devices`` lists them; a new kind is a subclass in that list.

    A kind gives ``kind`` and, where it differs, the properties below; its own ``user`` is PROTECT.
    """

    takes_codes: ClassVar[bool] = True  # six digits to type, as against a ceremony of the browser

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=226)
    serial_number = models.CharField(max_length=256, unique=True)
    enable_date = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["enable_date", "serial_number"]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> str:
        """A key of ``users.credential_status.MFA_WORDS``."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        return MFA_WORDS[self.kind]

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def usable_here(self) -> bool:
        """Whether this console can check it; not so where AWS alone knows its secret."""
        return True

    @property
    def deleted_by(self) -> str:
        """The operation that deletes it once it has no user; "" where nothing of it is left then."""
        return ""

    @classmethod
    def release(cls, rows: "models.QuerySet[Any]") -> None:
        """Take devices off their users. What is nothing without its user is deleted."""
        rows.delete()

    @property
    def remove_page(self) -> str:
        return self._page("deactivate-mfa-device")

    @property
    def resync_page(self) -> str:
        """Where its clock is set right; "" where it has none or its codes are not known."""
        works = self.takes_codes and self.usable_here and not self.user.is_root
        return self._page("resync-mfa-device") if works else ""

    @property
    def tags_page(self) -> str:
        """IAM tags virtual devices only (IAM-FACTS 5.1)."""
        return self._page("mfa-device-tags") if self.kind == "virtual" and not self.user.is_root else ""

    def _page(self, name: str) -> str:
        return reverse(f"credentials:{name}", args=[self.user.user_id, self.uuid])
