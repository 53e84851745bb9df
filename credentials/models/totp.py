"""Devices that show six digits, whether an app or a token shows them."""

import base64
import re
from typing import Any

from django.db import models
from django.utils import timezone
from django_otp.oath import TOTP

from iamconsole import crypto

from .devices import MFADevice

CODE = re.compile(r"[0-9]{6}", re.ASCII)
STEP_SECONDS = 30
# One step either side: a phone half a minute off still signs in (SECURITY 1.19).
TOLERANCE = 1
# How far apart clocks may be at enrolment, where two consecutive codes prove the offset (IAM-FACTS 5.2).
ENROLMENT_STEPS = 20


class TOTPDevice(MFADevice):
    """A TOTP device (SHA-1, 6 digits, 30 s). Unassigned ones have no user, as in IAM.

    ``drift`` is the device's clock offset in steps, learnt at enrolment; ``last_t`` the last step
    whose code was accepted, moved forward only by a conditional UPDATE, so that each code works once
    also in parallel requests.
    """

    # Empty where AWS has the seed and we do not: such a device cannot be used to sign in here.
    sealed_seed = models.TextField(blank=True)
    create_date = models.DateTimeField(default=timezone.now)
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)

    class Meta(MFADevice.Meta):
        abstract = True

    @property
    def usable_here(self) -> bool:
        return self.seed_known

    @classmethod
    def release(cls, rows: "models.QuerySet[Any]") -> None:
        """Unlink; the device, its seed and tags remain (IAM-FACTS 5.2)."""
        rows.update(user=None, confirmed=False, enable_date=None)

    @property
    def place(self) -> str:
        """What the sealed seed is bound to."""
        return f"{self._meta.model_name}|sealed_seed|{self.uuid}"

    @property
    def seed_known(self) -> bool:
        return bool(self.sealed_seed)

    def seed(self) -> str:
        """The base32 seed."""
        return crypto.unseal(self.sealed_seed, self.place)

    def totp(self, moment: float | None = None) -> TOTP:
        totp = TOTP(base64.b32decode(self.seed()), step=STEP_SECONDS, drift=self.drift)
        if moment is not None:
            totp.time = moment
        return totp

    def verify_token(self, token: Any) -> bool:
        """Accept a code once. The attempt has been counted before (``credentials.guesses.throttle``)."""
        code = str(token)
        if not CODE.fullmatch(code) or not self.seed_known:
            return False
        totp = self.totp()
        if not totp.verify(int(code), tolerance=TOLERANCE, min_t=self.last_t + 1):
            return False
        return self._advance(totp.t())

    def _advance(self, step: int) -> bool:
        """Claim a step; False when another request claimed it first. The drift is not moved along:
        it could be walked step by step (SECURITY 1.19)."""
        claimed = type(self)._default_manager.filter(pk=self.pk, last_t__lt=step)
        if not claimed.update(last_t=step, last_used_at=timezone.now()):
            return False
        self.last_t = step
        return True

    def match_pair(self, first: str, second: str) -> tuple[int, int] | None:
        """Look for two consecutive codes near now. Returns (drift, step of the second) or None."""
        if not (CODE.fullmatch(first) and CODE.fullmatch(second)):
            return None
        totp = self.totp()
        totp.drift = 0
        now = totp.t()
        for offset in sorted(range(-ENROLMENT_STEPS, ENROLMENT_STEPS + 1), key=abs):
            if now + offset <= self.last_t:
                continue
            if self._code_at(totp, offset) == first and self._code_at(totp, offset + 1) == second:
                # A person types the second code about when it is shown, so that step is the device's now.
                drift = offset + 1 if abs(offset + 1) > TOLERANCE else 0
                return drift, now + offset + 1
        return None

    @staticmethod
    def _code_at(totp: TOTP, drift: int) -> str:
        totp.drift = drift
        return f"{totp.token():06d}"
