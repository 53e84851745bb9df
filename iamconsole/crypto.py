"""Secrets that must come back: sealed with AES-256-GCM under a key ring from the settings.

A sealed value reads ``v1.<key id>.<nonce>.<ciphertext>`` (base64url). Its associated data names the
row and column it belongs to, so that a value moved to another row does not open. The first key of
the ring seals, every key of it opens; ``manage.py rotate_encryption_key`` seals old values anew.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = "v1"
NONCE_BYTES = 12
KEY_BYTES = 32


class KeyRingError(Exception):
    """The key ring is empty or malformed, or a sealed value does not open with it."""


def key_ring() -> dict[str, bytes]:
    """Key id -> 32-byte key, newest first. Raises KeyRingError."""
    ring: dict[str, bytes] = {}
    for entry in settings.FIELD_KEYS:
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise KeyRingError(f"Field key {key_id!r} is not valid base64.") from error
        if not key_id or "." in key_id or len(key) != KEY_BYTES:
            raise KeyRingError("A field key must be id:base64 of 32 bytes.")
        ring[key_id] = key
    if not ring:
        raise KeyRingError(
            "There is no field key. If this console was used before, restore its keys (DATA/keys/field.keys "
            "or IAMCONSOLE_FIELD_KEYS). If it is new, start it once with `make run`, which creates one."
        )
    return ring


def new_key_entry(key_id: str) -> str:
    """A new line for the key ring."""
    return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def seal(text: str, associated: str) -> str:
    """Seal ``text`` for the place that ``associated`` names (``table|column|row uuid``)."""
    key_id, key = next(iter(key_ring().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), _bound(key_id, associated))
    return ".".join((VERSION, key_id, _encode(nonce), _encode(sealed)))


def unseal(envelope: str, associated: str) -> str:
    """Open what ``seal`` made. Raises KeyRingError when key, place or value do not fit."""
    try:
        version, key_id, nonce, sealed = envelope.split(".")
    except ValueError as error:
        raise KeyRingError("A sealed value is malformed.") from error
    key = key_ring().get(key_id)
    if version != VERSION or key is None:
        raise KeyRingError(f"The key {key_id!r} of a sealed value is not in the key ring.")
    try:
        return AESGCM(key).decrypt(_decode(nonce), _decode(sealed), _bound(key_id, associated)).decode()
    except (InvalidTag, ValueError) as error:  # ValueError: no base64, no nonce
        raise KeyRingError("A sealed value does not belong where it was found, or was changed.") from error


def key_id_of(envelope: str) -> str:
    """The id of the key that sealed a value."""
    return envelope.split(".")[1]


def _bound(key_id: str, associated: str) -> bytes:
    return f"{VERSION}|{key_id}|{associated}".encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
