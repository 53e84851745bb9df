"""Reading an organization, and how it is read; the console's own operations."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, lasts, operation
from users.home import HomeOperation
from users.models import Account, Organization
from users.organization import reading

NOT_LINKED = "There is no linked account {account_id}."
ANOTHER_PARTITION = "Account {account_id} is in the partition {partition}. Choose one of the same partition."
NEVER_READ = "The organization was not read yet. Read it first."


class OrganizationOperation(HomeOperation):
    """On the organization of a partition. It is no account's, so policies are asked about everything."""

    def resources(self, call: Call) -> Sequence[str]:
        return ["*"]


@operation(reading.READ)
class ReadOrganization(OrganizationOperation):
    """Starts the job that reads it; AccountId is a linked account whose link reads it."""

    lasting = lasts.HAPPENED

    def check(self, call: Call) -> None:
        call.found["reader"] = reader = self.reader(call)
        if reader and reader.partition != call.params["Partition"]:
            named = {"account_id": reader.account_id, "partition": reader.partition}
            raise IamError("InvalidInput", ANOTHER_PARTITION.format(**named))

    def reader(self, call: Call) -> Account | None:
        account_id = call.param("AccountId")
        if not account_id:
            return None
        linked = Account.objects.filter(account_id=account_id, kind=Account.Kind.LINKED).first()
        if linked is None:
            raise IamError("NoSuchEntity", NOT_LINKED.format(account_id=account_id))
        return linked

    def write(self, call: Call, facts: Facts) -> None:
        organization, _ = Organization.objects.update_or_create(
            partition=call.params["Partition"], defaults={"reader": call.found["reader"]}
        )
        call.found["job"] = reading.start(call.caller, organization)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"JobId": str(call.found["job"].id)}


@operation("iamconsole:UpdateOrganization")
class UpdateOrganization(OrganizationOperation):
    """The role by which accounts are linked, and how often the organization is read. What a person has seen
    until a moment is no longer new.
    """

    lasting = lasts.ON_ITS_PAGE

    def lock(self, call: Call) -> None:
        rows = Organization.objects.select_for_update().filter(partition=call.params["Partition"])
        call.found["organization"] = organization = rows.first()
        if organization is None or organization.read_at is None:
            raise IamError("NoSuchEntity", NEVER_READ)

    def check(self, call: Call) -> None:
        if call.param("ReadEvery", 0) not in Organization.Every.values:
            raise IamError("InvalidInput", "Choose off, every 4 hours or every day.")

    def write(self, call: Call, facts: Facts) -> None:
        organization: Organization = call.found["organization"]
        organization.role_name = call.param("RoleName", organization.role_name)
        organization.external_id = call.param("ExternalId", organization.external_id)
        organization.read_every = call.param("ReadEvery", organization.read_every)
        organization.save(update_fields=["role_name", "external_id", "read_every"])
        until = parse_datetime(call.param("SeenUntil", ""))
        if until and timezone.is_aware(until):
            organization.accounts.filter(found_at__lte=until).update(seen=True)
