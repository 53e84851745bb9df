"""Keys and certificates that are the same in each run: of numbers that are written here."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID


def ssh_key(number: int) -> str:
    """Nobody has its private half, which nobody needs."""
    modulus = (pow(3, 1290) * 2 * number | 1 | 1 << 2047) % (1 << 2048)
    public = rsa.RSAPublicNumbers(65537, modulus).public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def private_key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(0x5EED00 + number, ec.SECP256R1())


def private_text(number: int) -> str:
    return private_key(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certificate(number: int, name: str = "dora") -> str:
    """Self-signed, for the year of the scenes."""
    key = private_key(number)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1000 + number)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    )
    return built.sign(key, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.PEM).decode()
