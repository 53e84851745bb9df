"""The signing certificates, when their user is deleted."""

from credentials.deletion_items import Item, steps_to_delete
from credentials.models import SigningCertificate
from users.models import User


def items(user: User) -> list[Item]:
    return [
        certificate_item(user, certificate) for certificate in SigningCertificate.objects.filter(user=user)
    ]


def certificate_item(user: User, certificate: SigningCertificate) -> Item:
    number, active = certificate.label, certificate.active
    steps = steps_to_delete(user, "SigningCertificate", active=active, CertificateId=number)
    return Item(number, certificate.status, steps=steps)
