"""The signing certificates, when their user is deleted."""

from credentials.deletion_items import Item, step_on
from credentials.models import SigningCertificate
from users.models import User


def items(user: User) -> list[Item]:
    return [
        certificate_item(user, certificate) for certificate in SigningCertificate.objects.filter(user=user)
    ]


def certificate_item(user: User, certificate: SigningCertificate) -> Item:
    number = {"CertificateId": certificate.label}
    steps = [step_on(user, "DeleteSigningCertificate", **number)]
    if certificate.active:
        steps.insert(0, step_on(user, "UpdateSigningCertificate", **number, Status="Inactive"))
    return Item(certificate.label, certificate.status, steps=tuple(steps))
