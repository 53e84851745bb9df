"""The credentials for AWS services, when their user is deleted."""

from credentials.deletion_items import Item, step_on
from credentials.models import ServiceSpecificCredential
from credentials.service_credentials.services import service_or_unknown
from users.models import User


def items(user: User) -> list[Item]:
    return [service_item(user, row) for row in ServiceSpecificCredential.objects.filter(user=user)]


def service_item(user: User, row: ServiceSpecificCredential) -> Item:
    """As with access keys, an active one is deactivated first."""
    named = {"ServiceSpecificCredentialId": row.credential_id}
    steps = [step_on(user, "DeleteServiceSpecificCredential", **named)]
    if row.active:
        steps.insert(0, step_on(user, "UpdateServiceSpecificCredential", **named, Status="Inactive"))
    return Item(row.name, f"for {service_or_unknown(row.service_name).short}", steps=tuple(steps))
