"""Recovery codes: made ten at a time, kept as keyed hashes, good for one sign-in each.

A code holds 80 random bits, which nobody tries out: a slow hash would add nothing but work for our
own sign-in, so HMAC-SHA256 it is, under a key of the set that rests sealed.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from django.utils import timezone

from credentials.models import RecoveryCode, RecoveryCodeSet
from iamconsole import crypto
from users.models import User

NUMBER = 10
GROUPS, IN_GROUP = 4, 4
# Crockford's: no letter that is taken for a digit, and what is typed for one is read as it.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
READ_AS = str.maketrans({"o": "0", "i": "1", "l": "1", "-": "", " ": ""})
CODE = re.compile(f"[{ALPHABET}]{{{GROUPS * IN_GROUP}}}", re.ASCII)
FEW = 3
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Left:
    """How many of a user's codes still work."""

    left: int
    made: int
    code_set: RecoveryCodeSet

    @property
    def few(self) -> bool:
        return self.left <= FEW


def new_codes() -> list[str]:
    """Ten different codes, in groups of four: ``7k2m-9qxw-...``."""
    codes: set[str] = set()
    while len(codes) < NUMBER:
        signs = "".join(secrets.choice(ALPHABET) for _ in range(GROUPS * IN_GROUP))
        codes.add("-".join(signs[at : at + IN_GROUP] for at in range(0, len(signs), IN_GROUP)))
    return sorted(codes)


def replace(user: User, codes: list[str]) -> None:
    """Put these codes in the place of those the user had. The caller holds the transaction."""
    forget(user)
    key = secrets.token_bytes(KEY_BYTES)
    row = RecoveryCodeSet(user=user)
    row.sealed_key = crypto.seal(base64.b64encode(key).decode(), row.place)
    row.save(force_insert=True)
    RecoveryCode.objects.bulk_create(
        RecoveryCode(code_set=row, mac=hashed(key, plain(code))) for code in codes
    )


def forget(user: User) -> None:
    """Let no code of the user work any more."""
    RecoveryCodeSet.objects.filter(user=user).delete()


def use(user: User, typed: str) -> bool:
    """Use a code up; False when it is none of the user's or was used, also a moment ago by another
    request. The attempt has been counted before (``credentials.guesses.throttle``).
    """
    code = plain(typed)
    row = RecoveryCodeSet.objects.filter(user=user).first()
    if row is None or not CODE.fullmatch(code):
        return False
    key = base64.b64decode(crypto.unseal(row.sealed_key, row.place))
    unused = RecoveryCode.objects.filter(code_set=row, mac=hashed(key, code), used_at=None)
    return unused.update(used_at=timezone.now()) == 1


def left(user: User) -> Left | None:
    """How many codes the user has left; None for somebody who never made any."""
    row = RecoveryCodeSet.objects.filter(user=user).first()
    if row is None:
        return None
    used = list(row.codes.values_list("used_at", flat=True))
    return Left(left=used.count(None), made=len(used), code_set=row)


def plain(typed: str) -> str:
    """A code without hyphens, spaces and case, and with its digits for look-alike letters."""
    return typed.lower().translate(READ_AS)


def hashed(key: bytes, code: str) -> str:
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()
