"""The credentials for AWS services, when their user is deleted."""

from credentials.deletion_items import Item, steps_to_delete
from credentials.models import ServiceSpecificCredential
from credentials.service_credentials.services import service_or_unknown
from users.models import User


def items(user: User) -> list[Item]:
    return [service_item(user, row) for row in ServiceSpecificCredential.objects.filter(user=user)]


def service_item(user: User, row: ServiceSpecificCredential) -> Item:
    number, active = row.credential_id, row.active
    steps = steps_to_delete(
        user, "ServiceSpecificCredential", active=active, ServiceSpecificCredentialId=number
    )
    return Item(row.name, f"for {service_or_unknown(row.service_name).short}", steps=steps)
