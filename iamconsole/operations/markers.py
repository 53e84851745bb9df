"""Markers: texts that say after which entry a list goes on, which only this console makes and reads.

A marker is sealed with AES-SIV, deterministic: the same place of the same list has the same marker, and one
that was altered or made up does not open. Its keys are derived from the key ring, so that it outlives a
restart, and a new key as long as the old one is in the ring.
"""

import base64
import binascii
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from iamconsole import crypto

LONGEST = 320  # characters, in the models
TAG_BYTES = 16
# What a marker can hold beside its authentication.
ROOM = LONGEST * 3 // 4 - TAG_BYTES


class NoMarker(Exception):
    """A text that was not handed out as a marker of that list."""


def seal(place: bytes, list_: str) -> str:
    """The marker for a place, of ROOM bytes at most, in the list of that name."""
    key = next(iter(crypto.key_ring().values()))
    return base64.urlsafe_b64encode(_cipher(key).encrypt(place, [list_.encode()])).decode().rstrip("=")


def unseal(marker: str, list_: str) -> bytes:
    """The place. Raises NoMarker."""
    try:
        sealed = base64.b64decode(marker + "=" * (-len(marker) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoMarker from error
    if base64.urlsafe_b64encode(sealed).decode().rstrip("=") != marker:
        raise NoMarker
    for key in crypto.key_ring().values():
        try:
            return _cipher(key).decrypt(sealed, [list_.encode()])
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag
            continue
    raise NoMarker


@cache
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(HKDF(SHA256(), length=64, salt=None, info=b"iamconsole markers").derive(key))
