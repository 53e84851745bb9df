"""Passkeys and FIDO2 security keys: IAM's ``u2f`` devices, django-otp-webauthn's credentials."""

from django.conf import settings
from django.db import models
from django_otp_webauthn.models import AbstractWebAuthnCredential

from .devices import MFADevice

# What says that a credential lives in a phone, a computer or its cloud, not on a key in a pocket.
BUILT_IN = {"internal", "hybrid"}


class Passkey(MFADevice, AbstractWebAuthnCredential):
    """A credential of the browser: a public key, and how often it was used.

    It is the console's only: AWS has no operation that enrols one (IAM-FACTS 5.1).
    """

    takes_codes = False

    account = models.ForeignKey("users.Account", on_delete=models.CASCADE, related_name="passkeys")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="passkeys")

    class Meta(MFADevice.Meta):
        pass

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> str:
        synced = self.backup_eligible or BUILT_IN & set(self.transports)
        return "passkey" if synced else "u2f"
