"""Reading SSH public keys: RSA alone, in OpenSSH's or PEM form, as CodeCommit takes them (IAM-FACTS 7.1)."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
    load_ssh_public_key,
)

from iamconsole.errors import IamError

FEWEST_BITS, MOST_BITS = 2048, 16384
SSH_KIND = "ssh-rsa"
UNRECOGNIZED = "Invalid public key uploaded."
WRONG_SIZE = "Invalid body for public key"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA public key without its comment: the same whatever form it came in."""

    ssh: str
    pem: str
    bits: int

    @property
    def blob(self) -> bytes:
        """The key as it goes over the wire."""
        return base64.b64decode(self.ssh.split()[1])

    @property
    def fingerprint(self) -> str:
        """IAM's: MD5 of the blob in pairs of digits."""
        return hashlib.md5(self.blob, usedforsecurity=False).digest().hex(":")

    @property
    def digest(self) -> str:
        """By which two keys are told apart here; MD5 would not do for that."""
        return hashlib.sha256(self.blob).hexdigest()

    def encoded(self, encoding: str) -> str:
        """The text in IAM's encoding SSH (no end of line) or PEM (with one)."""
        return self.pem if encoding == "PEM" else self.ssh


def read(text: str) -> PublicKey:
    """The one key of a text. Raises IamError UnrecognizedPublicKeyEncoding or InvalidPublicKey.

    What AWS says to keys that are not RSA is not recorded; they are in no form that it documents.
    """
    try:
        key = _loaded(text.strip())
        ssh = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise IamError("UnrecognizedPublicKeyEncoding", UNRECOGNIZED) from error
    if not FEWEST_BITS <= key.key_size <= MOST_BITS:
        raise IamError("InvalidPublicKey", WRONG_SIZE)
    return PublicKey(ssh, pem, key.key_size)


def _loaded(text: str) -> RSAPublicKey:
    """The key of one PEM block or of one OpenSSH line; a second one is not dropped in silence."""
    if text.startswith("-----BEGIN "):
        if text.count("-----BEGIN ") > 1:
            raise ValueError("More than one PEM block.")
        key = load_pem_public_key(text.encode())
    elif text.partition(" ")[0] == SSH_KIND and "\n" not in text:
        key = load_ssh_public_key(text.encode())
    else:
        raise ValueError("Neither PEM nor an OpenSSH line of an RSA key.")
    if not isinstance(key, RSAPublicKey):
        raise ValueError("Not an RSA key.")
    return key


def comment(text: str) -> str:
    """What stands behind the key on an OpenSSH line, mostly user@machine; "" for none."""
    words = text.strip().split(maxsplit=2)
    return words[2] if len(words) == 3 and words[0] == SSH_KIND else ""
