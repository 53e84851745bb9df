"""Reading X.509 signing certificates, and making one with its key pair (IAM-FACTS 7.3)."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from iamconsole.errors import IamError

BEGIN, BEGIN_CERTIFICATE = "-----BEGIN ", "-----BEGIN CERTIFICATE-----"
FEWEST_BITS = 1024
NEW_KEY_BITS = 2048
VALID_FOR = timedelta(days=2 * 365)
SOON = timedelta(days=30)


class MalformedCertificate(IamError):
    """AWS echoes the whole body; the history does not: somebody may have pasted a private key."""

    def __init__(self, body: str) -> None:
        super().__init__("MalformedCertificate", f"Certificate {body} is malformed.")

    @property
    def recorded(self) -> str:
        return "The certificate is malformed."


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says."""

    certificate_id: str
    name: str  # the subject's common name, or all of the subject where it has none
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    key: str

    def is_expired(self, now: datetime) -> bool:
        return self.not_after < now

    def expires_soon(self, now: datetime) -> bool:
        return not self.is_expired(now) and self.not_after < now + SOON


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new private key, and the certificate of its public half; both PEM."""

    private_key: str
    body: str


def read(body: str) -> Certificate:
    """The one certificate of a PEM text, with an RSA or EC key. Raises MalformedCertificate."""
    try:
        return _facts(_loaded(body))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MalformedCertificate(body) from error


def read_valid(body: str, now: datetime) -> Certificate:
    """The same for a certificate that has not expired. One whose time begins later is accepted."""
    certificate = read(body)
    if certificate.is_expired(now):
        raise MalformedCertificate(body)
    return certificate


def _loaded(body: str) -> x509.Certificate:
    """Exactly one PEM block: the rest of a chain is not dropped in silence, a private key not kept."""
    if body.count(BEGIN) != 1 or BEGIN_CERTIFICATE not in body:
        raise ValueError("Not exactly one certificate.")
    return x509.load_pem_x509_certificate(body.encode())


def _facts(certificate: x509.Certificate) -> Certificate:
    subject = certificate.subject.rfc4514_string()
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    digest = hashlib.sha1(certificate.public_bytes(Encoding.DER), usedforsecurity=False).digest()
    return Certificate(
        certificate_id=base64.b32encode(digest).decode(),
        name=str(names[0].value) if names else subject,
        subject=subject,
        issuer=certificate.issuer.rfc4514_string(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key=_key(certificate),
    )


def _key(certificate: x509.Certificate) -> str:
    """The kind of its key for people."""
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey) and key.key_size >= FEWEST_BITS:
        return f"RSA, {key.key_size} bits"
    if isinstance(key, EllipticCurvePublicKey):
        return f"EC, {key.curve.name}"
    raise ValueError("Not a key that IAM accepts.")


def make_pair(user_name: str, account_id: str, now: datetime) -> KeyPair:
    """A key pair with a self-signed certificate. The private key is known to nobody else."""
    private = generate_private_key(public_exponent=65537, key_size=NEW_KEY_BITS)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, user_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"AWS account {account_id}"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, SHA256())
    )
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return KeyPair(text, certificate.public_bytes(Encoding.PEM).decode())
