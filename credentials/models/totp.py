"""Devices that show six digits, whether an app or a token shows them."""

import base64
import hmac
import re
from itertools import pairwise
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django_otp.oath import TOTP

from iamconsole import crypto
from iamconsole.words import plural

from .devices import MFADevice

CODE = re.compile(r"[0-9]{6}", re.ASCII)
STEP_SECONDS = 30
# One step either side: a phone half a minute off still signs in (SECURITY 1.19).
TOLERANCE = 1
# Session tokens take two, as AWS's do (IAM-FACTS 5.2).
TOKEN_TOLERANCE = 2
# Where two consecutive codes are looked for, in steps around the device's clock (IAM-FACTS 5.2).
PAIRING_STEPS = range(-998, 1001)
FAR_OFF = 4  # steps: from two minutes on, a person hears about the clock
# So many used codes are remembered one by one. Of older steps all codes are used.
REMEMBERED = 50


class TOTPDevice(MFADevice):
    """A TOTP device (SHA-1, 6 digits, 30 s). Unassigned ones have no user, as in IAM.

    ``drift`` is the device's clock offset in steps, learnt at enrolment. Up to the step ``last_t``, the last
    one of its pair, no code works; of later ones those in ``used_steps`` do not. A code is claimed under a
    lock of the row, so that it works once also in parallel requests.
    """

    # Empty where AWS has the seed and we do not: such a device cannot be used to sign in here.
    sealed_seed = models.TextField(blank=True)
    create_date = models.DateTimeField(default=timezone.now)
    drift = models.IntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)
    used_steps = models.JSONField(default=list)

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

    @property
    def clock_off(self) -> str:
        """How far the device's clock is off, in words; "" where it is about right."""
        if abs(self.drift) < FAR_OFF:
            return ""
        hours, minutes = divmod(abs(self.drift) * STEP_SECONDS // 60, 60)
        parts = [plural(number, noun) for number, noun in ((hours, "hour"), (minutes, "minute")) if number]
        return f"{' '.join(parts)} {'fast' if self.drift > 0 else 'slow'}"

    def verify_token(self, token: Any, tolerance: int = TOLERANCE) -> bool:
        """Accept a code once. The attempt has been counted before (``credentials.guesses.throttle``)."""
        code = str(token)
        if not CODE.fullmatch(code) or not self.seed_known:
            return False
        key, now = base64.b32decode(self.seed()), self.totp().t()
        steps = range(now - tolerance, now + tolerance + 1)
        return any(self._claim(step) for step in steps if code_at(key, step) == code)

    def _claim(self, step: int) -> bool:
        """Use a step's code up; False where it was used. The drift is not moved along: it could be walked
        step by step (SECURITY 1.19)."""
        rows = type(self)._default_manager
        with transaction.atomic():
            row = rows.select_for_update(of=("self",)).get(pk=self.pk)
            if step <= row.last_t or step in row.used_steps:
                return False
            used = sorted([*row.used_steps, step])
            self.last_t = max(row.last_t, *used[:-REMEMBERED], -1)
            self.used_steps = used[-REMEMBERED:]
            values = {"last_t": self.last_t, "used_steps": self.used_steps}
            rows.filter(pk=self.pk).update(**values, last_used_at=timezone.now())
        return True

    def match_pair(self, first: str, second: str) -> tuple[int, int] | None:
        """Look for two consecutive codes that are newer than those of the last pair. Returns (drift, step of
        the second) or None.

        The work is the same wherever the pair is found, a few milliseconds.
        """
        if not (CODE.fullmatch(first) and CODE.fullmatch(second)):
            return None
        key, now = base64.b32decode(self.seed()), self.totp().t()
        codes = [code_at(key, now + offset) for offset in PAIRING_STEPS]
        found = [
            offset + 1
            for offset, pair in zip(PAIRING_STEPS, pairwise(codes), strict=False)
            if pair == (first, second) and now + offset > self.last_t
        ]
        if not found:
            return None
        # A person types the second code about when it is shown, so that step is the device's now.
        offset = min(found, key=abs)
        drift = self.drift + offset
        return (drift if abs(drift) > TOLERANCE else 0), now + offset

    def set_clock(self, drift: int, step: int) -> None:
        """Keep what a pair has shown; the two codes and all before them are used up. Saves nothing."""
        self.drift, self.last_t = drift, max(step, self.last_t)
        self.used_steps = [used for used in self.used_steps if used > self.last_t]


def code_at(key: bytes, step: int) -> str:
    """The six digits of a step (RFC 4226 5.3)."""
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
