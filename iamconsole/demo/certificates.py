"""Server certificates of the demo: made by an authority of its own, uploaded while they were valid."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from .cast import Certificate
from .stage import Stage

COMPANY = "Northwind Trading"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def deploy_certificates(stage: Stage, certificates: tuple[Certificate, ...]) -> None:
    """Each is uploaded on the day it becomes valid; time does the rest."""
    for certificate in certificates:
        stage.at(stage.ago(certificate.since), upload, stage, certificate)


def upload(stage: Stage, certificate: Certificate) -> None:
    """A new key, a certificate for it, and the authority that signed it as the chain."""
    begin = stage.now - timedelta(days=certificate.since + 1)  # whatever the hour of that day
    key = new_key(certificate.key)
    authority, signer = new_authority(begin)
    end = stage.now + timedelta(days=certificate.left)
    body = signed(certificate.host, key, authority, signer, begin, end)
    stage.do(
        "UploadServerCertificate",
        ServerCertificateName=certificate.name,
        Path=certificate.path,
        CertificateBody=pem(body),
        PrivateKey=key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode(),
        CertificateChain=pem(authority),
        Tags=[{"Key": "team", "Value": certificate.team}],
    )


def new_key(kind: str) -> Key:
    """``EC`` or ``RSA``."""
    return ec.generate_private_key(ec.SECP256R1()) if kind == "EC" else rsa.generate_private_key(65537, 2048)


def new_authority(begin: datetime) -> tuple[x509.Certificate, Key]:
    """The company's issuing authority of that day, which signs itself."""
    key = new_key("EC")
    name = named("Northwind Issuing CA")
    builder = unsigned(name, name, key, begin, begin + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256()), key


def signed(
    host: str, key: Key, authority: x509.Certificate, signer: Key, begin: datetime, end: datetime
) -> x509.Certificate:
    """A certificate for one host name."""
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    builder = unsigned(named(host), authority.subject, key, begin, end).add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256())


def unsigned(
    subject: x509.Name, issuer: x509.Name, key: Key, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    return builder.not_valid_before(begin).not_valid_after(end)


def named(common_name: str) -> x509.Name:
    parts = ((NameOID.ORGANIZATION_NAME, COMPANY), (NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
