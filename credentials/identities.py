"""How the door tells MFA devices and server certificates from later ones of the same name."""

from credentials import devices
from credentials.models import ServerCertificate
from iamconsole.operations.authorized import identified_by


@identified_by("SerialNumber")
def device_identity(account_id: str, value: str) -> str | None:
    for kind in devices.KINDS:
        rows = kind._default_manager.filter(account__account_id=account_id, serial_number=value)
        if found := rows.values_list("uuid", flat=True).first():
            return str(found)
    return None


@identified_by("ServerCertificateName")
def server_certificate_identity(account_id: str, value: str) -> str | None:
    rows = ServerCertificate.objects.filter(account__account_id=account_id, name_folded=value.lower())
    return rows.values_list("server_certificate_id", flat=True).first()
