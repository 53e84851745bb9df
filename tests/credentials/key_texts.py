"""SSH public keys and certificates for tests, made quickly: a public key of random numbers is one too."""

import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID


def rsa_key(bits: int = 2048) -> rsa.RSAPublicKey:
    """Nobody has its private half, which nobody here needs."""
    modulus = secrets.randbits(bits) | 1 | 1 << (bits - 1)
    return rsa.RSAPublicNumbers(65537, modulus).public_key()


def ssh_text(key=None, comment: str = "") -> str:
    key = key or rsa_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + (
        f" {comment}" if comment else ""
    )


def pem_text(key=None) -> str:
    key = key or rsa_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def private_rsa(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def private_text(key=None) -> str:
    key = key or ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certificate(name: str = "charlie", *, private=None, days: float = 365, begins: float = -1) -> str:
    """A self-signed certificate in PEM; ``days`` and ``begins`` count from now. EC unless a key is given."""
    private = private or ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=min(begins, days - 1)))
        .not_valid_after(now + timedelta(days=days))
    )
    needs_hash = isinstance(private, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey))
    return built.sign(private, SHA256() if needs_hash else None).public_bytes(Encoding.PEM).decode()
