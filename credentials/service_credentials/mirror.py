"""Writing the mirror of service-specific credentials: AWS lists those of all users at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from credentials.models import ServiceSpecificCredential
from credentials.service_credentials.services import name_and_secret
from credentials.slots import any_slot
from iamconsole.sync import guard
from iamconsole.sync.known import Known as KnownOfAccount
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import BulkList, Mirror
from iamconsole.sync.told import GIVEN, OURS, Told
from users.models import User

# Those of all users, which AWS gives to whoever asks for all by name.
LIST = BulkList("ListServiceSpecificCredentials", "ServiceSpecificCredentials", {"AllUsers": True})
Known = dict[str, ServiceSpecificCredential]
Listed = list[Mapping[str, Any]]


class ServiceCredentials(Mirror):
    name = "service credentials"
    after = ("users",)
    lists = (LIST,)
    ids = ("ServiceSpecificCredentialId",)
    told = (
        Told(
            ServiceSpecificCredential,
            "ServiceSpecificCredential",
            {"user": GIVEN, "credential_id": GIVEN, "slot": OURS},
            fixed=("service_name", "name", "create_date"),
            thing=lambda row: row.user,
            label="Service credential",
            name=lambda row: row.credential_id,
        ),
    )

    def counts(self, known: KnownOfAccount) -> Mapping[str, int]:
        rows = ServiceSpecificCredential.objects.filter(user__account=known.account)
        return {LIST.operation: rows.count()}

    def write_lists(self, writing: MirrorWrite) -> None:
        write(writing)

    def forget_users(self, keys: Sequence[int]) -> None:
        ServiceSpecificCredential.objects.filter(user__in=keys).delete()


def write(writing: MirrorWrite) -> None:
    """The credentials of all users that are written; left as they are where AWS did not list them."""
    listed = writing.snapshot.lists[LIST.operation]
    if listed is None:
        return
    rows = ServiceSpecificCredential.objects
    ids = [item["ServiceSpecificCredentialId"] for item in listed]
    guard.check_not_foreign(
        writing.linked, ServiceSpecificCredential, "credential_id", ids, owner="user__account"
    )
    by_name: dict[str, Listed] = defaultdict(list)
    for item in listed:
        by_name[item["UserName"].lower()].append(item)
    known: dict[int, Known] = defaultdict(dict)
    for row in rows.filter(user__account=writing.account):
        known[row.user_id][row.credential_id] = row
    for user in writing.users.values():
        write_user(writing, user, by_name.get(user.name_folded, []), known[user.pk])


def write_user(writing: MirrorWrite, user: User, listed: Listed, known: Known) -> None:
    """One user's credentials by ID; one that is gone makes room first."""
    ids = {item["ServiceSpecificCredentialId"] for item in listed}
    for credential_id, row in list(known.items()):
        fresh = guard.too_fresh_to_remove(row.create_date, writing.snapshot.started)
        if credential_id not in ids | writing.recent.ids and not fresh:
            row.user = user
            writing.remove(row)
            del known[credential_id]
    for item in listed:
        if item["ServiceSpecificCredentialId"] not in writing.recent.ids:
            write_credential(writing, user, item, known)


def write_credential(writing: MirrorWrite, user: User, item: Mapping[str, Any], known: Known) -> None:
    """One listed credential."""
    credential_id, service = item["ServiceSpecificCredentialId"], item["ServiceName"].lower()
    # Expired is no state that anybody set: it is told by the date.
    status = "Inactive" if item["Status"] == "Inactive" else "Active"
    row = known.get(credential_id)
    if row is None:
        taken = {other.slot for other in known.values() if other.service_name == service}
        known[credential_id] = ServiceSpecificCredential(
            user=user,
            service_name=service,
            slot=any_slot(taken),
            credential_id=credential_id,
            name=name_and_secret(dict(item))[0],
            status=status,
            create_date=item["CreateDate"],
            expiration_date=item.get("ExpirationDate"),
        )
        writing.create([known[credential_id]])
    else:
        row.user = user
        writing.save(row, {"status": status, "expiration_date": item.get("ExpirationDate")})
