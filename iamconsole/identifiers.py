"""Unique IDs, access keys and seeds as IAM forms them (IAM-FACTS 1.2, 5.1, 6)."""

import hashlib
import secrets
import string

BASE32 = string.ascii_uppercase + "234567"
SECRET_ALPHABET = string.ascii_letters + string.digits + "/+"


def unique_id(prefix: str) -> str:
    """A 21-character ID such as AIDA... (user) or AGPA... (group)."""
    return prefix + _random(BASE32, 21 - len(prefix))


def stand_in_id(prefix: str, arn: str) -> str:
    """An ID in the place of one that only AWS knows: of the form of ``unique_id``, and the same for an ARN
    everywhere and always.
    """
    digest = hashlib.sha256(arn.encode()).digest()
    return prefix + "".join(BASE32[byte % len(BASE32)] for byte in digest[: 21 - len(prefix)])


def access_key_id(prefix: str = "AKIA") -> str:
    """A 20-character access key ID."""
    return prefix + _random(BASE32, 20 - len(prefix))


def ssh_public_key_id() -> str:
    """A 20-character ID of an SSH public key."""
    return "APKA" + _random(BASE32, 16)


def secret_access_key() -> str:
    """A 40-character secret access key."""
    return _random(SECRET_ALPHABET, 40)


def totp_seed() -> str:
    """64 base32 characters: 40 random bytes."""
    return _random(BASE32, 64)


def security_key_suffix() -> str:
    """What makes the serial number of a security key its own: 26 base32 characters."""
    return _random(BASE32, 26)


def account_id() -> str:
    """A 12-digit account ID that does not begin with 0."""
    return secrets.choice("123456789") + _random(string.digits, 11)


def _random(alphabet: str, length: int) -> str:
    if 256 % len(alphabet):  # else every character stands for as many bytes
        return "".join(secrets.choice(alphabet) for _ in range(length))
    return "".join(alphabet[byte % len(alphabet)] for byte in secrets.token_bytes(length))
