"""Certificates, keys and chains for the tests, made once per run: making keys is slow."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from django.utils import timezone

from credentials.models import ServerCertificate

DAY = timedelta(days=1)


@cache
def key(name: str = "leaf", kind: str = "EC"):
    """The key of that name; another name is another key."""
    if kind == "RSA":
        return rsa.generate_private_key(65537, 1024)  # noqa: S505  (IAM takes it)
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(
    subject: str,
    issuer: str = "",
    *,
    kind: str = "EC",
    begin: timedelta = -DAY,
    end: timedelta = 90 * DAY,
    hosts: tuple[str, ...] = (),
) -> x509.Certificate:
    """A certificate for the key named as its subject, signed by the key named as its issuer."""
    now = datetime.now(UTC)
    signer = key(issuer or subject, "EC" if issuer else kind)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer or subject))
        .public_key(key(subject, kind).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begin)
        .not_valid_after(now + end)
    )
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, None if kind == "Ed25519" and not issuer else hashes.SHA256())


def pem(*certificates: x509.Certificate) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def key_pem(name: str = "leaf", kind: str = "EC", passphrase: bytes = b"", *, older: bool = False) -> str:
    """PKCS 8, or the older form; encrypted where there is a passphrase."""
    form = PrivateFormat.TraditionalOpenSSL if older else PrivateFormat.PKCS8
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key(name, kind).private_bytes(Encoding.PEM, form, encryption).decode()


def upload_params(name: str = "web", **other) -> dict[str, object]:
    """A self-signed certificate with its key, as UploadServerCertificate takes them."""
    body = {"CertificateBody": pem(certificate("leaf")), "PrivateKey": key_pem()}
    return {"ServerCertificateName": name, **body, **other}


def make_certificate(account, name: str = "web", left: timedelta = 90 * DAY, **fields) -> ServerCertificate:
    """The row of a self-signed certificate that expires, or did, after ``left``."""
    number = ServerCertificate.objects.filter(account=account).count() + 1
    own = certificate("leaf", begin=left - 90 * DAY, end=left)
    usual = {
        "certificate_body": pem(own).strip(),
        "subject": "CN=leaf",
        "issuer": "CN=leaf",
        "key_type": "EC P-256",
    }
    return ServerCertificate.objects.create(
        account=account,
        slot=number,
        server_certificate_name=name,
        name_folded=name.lower(),
        server_certificate_id=f"ASCA{account.account_id[-4:]}{number:013}",
        expiration=timezone.now() + left,
        **{**usual, **fields},
    )
