"""A server certificate with its key and chain: read, and checked by IAM's rules (IAM-FACTS 7.2).

Slow work of cryptography and of no table; it runs before a transaction opens.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from iamconsole.errors import IamError

BODY, KEY, CHAIN = "CertificateBody", "PrivateKey", "CertificateChain"
NAMES = {BODY: "certificate body", CHAIN: "certificate chain"}
UNPARSEABLE = "Unable to parse certificate. Please ensure the certificate is in PEM format."
EXPIRED = "Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed."
# AWS's sentence about this side of the period is not recorded; this is its twin.
NOT_YET_VALID = (
    "Certificate is not valid yet. The 'Not Before' date restriction on the certificate has not passed."
)
KEY_MISMATCH = (
    "The private key did not match the public key provided. Please verify the key material and try again."
)
BAD_CHAIN = (
    "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
    "certificate, followed by any intermediaries in order. The index within the chain of the invalid "
    "certificate is: {index}"
)
BAD_KEY = "Unable to parse private key. Ensure that it is one RSA or EC private key in PEM format."
KEY_ENCRYPTED = (
    "The private key is encrypted with a passphrase. Decrypt it first, for example with "
    "openssl pkey -in encrypted.pem -out key.pem, and upload the result."
)
KEY_AMONG_CERTIFICATES = "The {name} contains a private key. Remove the key and leave only certificates."
SEVERAL = (
    "The certificate body has {count} certificates. Leave only the server's own there and move the others to "
    "the certificate chain."
)
WRONG_KIND = "A server certificate must have an RSA or EC key."
# Up to the next BEGIN, so that many beginnings without an end are each read once.
PRIVATE_KEY = re.compile(
    r"-----BEGIN ((?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY)-----(?:(?!-----BEGIN ).)*?-----END \1-----", re.DOTALL
)
CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
# What cryptography says of certificates that it cannot read or whose signature does not hold.
UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)
NOT_ISSUED = (*UNREADABLE, InvalidSignature)


class MalformedMaterial(IamError):
    """What was sent is no certificate that IAM takes; ``parameter`` is the part that is wrong."""

    def __init__(self, parameter: str, message: str, code: str = "MalformedCertificate") -> None:
        super().__init__(code, message)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Material:
    """What was sent, in order: only the PEM blocks, without text around them."""

    body: str
    chain: str
    private_key: str
    subject: str
    issuer: str
    key_type: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Described:
    """What a page says about one certificate."""

    subject: str
    issuer: str
    key_type: str
    serial_number: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    names: Sequence[str]


def checked(body: str, private_key: str, chain: str, now: datetime) -> Material:
    """Certificate, key and chain as IAM takes them. Raises MalformedMaterial."""
    certificates = certificates_in(body, BODY)
    if len(certificates) > 1:
        raise MalformedMaterial(BODY, SEVERAL.format(count=len(certificates)))
    leaf, issuers = certificates[0], certificates_in(chain, CHAIN) if chain else []
    key_type = type_of(public_key(leaf))
    if not key_type:
        raise MalformedMaterial(BODY, WRONG_KIND)
    check_period(leaf, now)
    key = check_key(private_key, leaf)
    check_chain(leaf, issuers)
    return Material(
        body=pem([leaf]),
        chain=pem(issuers),
        private_key=key,
        subject=leaf.subject.rfc4514_string(),
        issuer=leaf.issuer.rfc4514_string(),
        key_type=key_type,
        not_after=leaf.not_valid_after_utc,
    )


def certificates_in(text: str, parameter: str) -> list[x509.Certificate]:
    """Every certificate of a PEM text, fully readable. Raises MalformedMaterial."""
    if "PRIVATE KEY" in text:
        raise MalformedMaterial(parameter, KEY_AMONG_CERTIFICATES.format(name=NAMES[parameter]))
    try:
        found = x509.load_pem_x509_certificates(text.encode())
        for certificate in found:  # names are read lazily: better now than on a page
            certificate.subject.rfc4514_string()
            certificate.issuer.rfc4514_string()
    except UNREADABLE as error:
        raise MalformedMaterial(parameter, UNPARSEABLE) from error
    return found


def public_key(certificate: x509.Certificate) -> CertificatePublicKeyTypes:
    """The public key. Raises MalformedMaterial where it cannot be read."""
    try:
        return certificate.public_key()
    except UNREADABLE as error:
        raise MalformedMaterial(BODY, UNPARSEABLE) from error


def type_of(key: PublicKeyTypes) -> str:
    """``RSA 2048`` or ``EC P-256``; "" for a kind that servers do not use with IAM."""
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {CURVES.get(key.curve.name, key.curve.name)}"
    return ""


def check_period(leaf: x509.Certificate, now: datetime) -> None:
    """A certificate is uploaded while it is valid, not before and not after."""
    if now > leaf.not_valid_after_utc:
        raise MalformedMaterial(BODY, EXPIRED)
    if now < leaf.not_valid_before_utc:
        raise MalformedMaterial(BODY, NOT_YET_VALID)


def check_key(text: str, leaf: x509.Certificate) -> str:
    """The PEM block of the private key, which must be the certificate's. Raises MalformedMaterial."""
    blocks = list(PRIVATE_KEY.finditer(text))
    if len(blocks) != 1:
        raise MalformedMaterial(KEY, BAD_KEY)
    block, label = blocks[0].group(), blocks[0].group(1)
    if label.startswith("ENCRYPTED") or "Proc-Type: 4,ENCRYPTED" in block:
        raise MalformedMaterial(KEY, KEY_ENCRYPTED)
    try:
        key = load_pem_private_key(block.encode(), None)
        same = spki(key.public_key()) == spki(public_key(leaf))
    except UNREADABLE as error:
        raise MalformedMaterial(KEY, BAD_KEY) from error
    if not same:
        raise MalformedMaterial(KEY, KEY_MISMATCH, "KeyPairMismatch")
    return block


def spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check_chain(leaf: x509.Certificate, issuers: Sequence[x509.Certificate]) -> None:
    """Each certificate is signed by the next one; the last is not asked who signed it.

    The index that AWS tells is of the one whose issuer does not follow, -1 for the server's own.
    """
    below = leaf
    for place, issuer in enumerate(issuers):
        try:
            below.verify_directly_issued_by(issuer)
        except NOT_ISSUED as error:
            raise MalformedMaterial(CHAIN, BAD_CHAIN.format(index=place - 1)) from error
        if issuer == leaf:  # self-signed, and so its own issuer
            raise MalformedMaterial(CHAIN, BAD_CHAIN.format(index=place))
        below = issuer


def pem(certificates: Sequence[x509.Certificate]) -> str:
    """The certificates alone, without a line end at the end, as IAM gives them back."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates).rstrip("\n")


def described(text: str) -> list[Described]:
    """What is told of the certificates of a stored body or chain; nothing of an empty one, nor of one that
    was uploaded at AWS and cannot be read here.
    """
    try:
        return [_described(one) for one in x509.load_pem_x509_certificates(text.encode())] if text else []
    except UNREADABLE:
        return []


def _described(certificate: x509.Certificate) -> Described:
    try:
        key_type = type_of(certificate.public_key())
    except UNREADABLE:  # of an issuer in the chain
        key_type = ""
    return Described(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        key_type=key_type,
        serial_number=f"{certificate.serial_number:x}",
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        names=_names(certificate),
    )


def _names(certificate: x509.Certificate) -> list[str]:
    """The host names it is for; none where they cannot be read."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return []
    return list(found.get_values_for_type(x509.DNSName))
