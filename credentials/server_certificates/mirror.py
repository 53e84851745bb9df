"""Writing the mirror of server certificates: AWS lists those of the account, without their texts."""

from collections.abc import Mapping
from typing import Any

from credentials.models.server_certificates import ServerCertificate
from iamconsole.sync import guard
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import BulkList, Mirror
from iamconsole.sync.told import FOLLOWS, GIVEN, OURS, Told

LIST = BulkList("ListServerCertificates", "ServerCertificateMetadataList")
OF_THE_ID = "never changes under the certificate's ID, and is read after it is told"


class ServerCertificates(Mirror):
    name = "server certificates"
    lists = (LIST,)
    ids = ("ServerCertificateName",)
    told = (
        Told(
            ServerCertificate,
            "ServerCertificate",
            {
                **dict.fromkeys(("account", "server_certificate_id"), GIVEN),
                **dict.fromkeys(("uuid", "slot", "sealed_private_key"), OURS),
                "name_folded": FOLLOWS,
                **dict.fromkeys(("certificate_body", "certificate_chain"), OF_THE_ID),
                **dict.fromkeys(("subject", "issuer", "key_type"), OF_THE_ID),
                "read_at": OURS,
            },
        ),
    )

    def counts(self, known: Known) -> Mapping[str, int]:
        return {LIST.operation: ServerCertificate.objects.filter(account=known.account).count()}

    def write_lists(self, writing: MirrorWrite) -> None:
        write(writing)


def write(writing: MirrorWrite) -> None:
    """Certificates by their ID; a renamed one is the same one. Left as they are where AWS did not list
    them.
    """
    listed = writing.snapshot.lists[LIST.operation]
    if listed is None:
        return
    account, recent = writing.account, writing.recent.ids
    ids = [item["ServerCertificateId"] for item in listed]
    guard.check_not_foreign(writing.linked, ServerCertificate, "server_certificate_id", ids)
    known = {row.server_certificate_id: row for row in ServerCertificate.objects.filter(account=account)}
    for number in [number for number in known if number not in ids]:
        gone = known[number]
        fresh = guard.too_fresh_to_remove(gone.upload_date, writing.snapshot.started)
        if not fresh and gone.server_certificate_name not in recent:
            gone.account = account
            writing.remove(gone)
            del known[number]
    # A name may have gone from one certificate to another meanwhile.
    names = {row.name_folded: number for number, row in known.items()}
    for item in listed:
        row, values = known.get(item["ServerCertificateId"]), values_of(item)
        free = names.get(values["name_folded"], item["ServerCertificateId"]) == item["ServerCertificateId"]
        if recent & {item["ServerCertificateName"], row.server_certificate_name if row else ""} or not free:
            continue
        if row is None:
            number = item["ServerCertificateId"]
            made = ServerCertificate(account=account, server_certificate_id=number, tags=None, **values)
            writing.create([made])
        else:
            row.account = account
            writing.save(row, values)


def values_of(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "server_certificate_name": item["ServerCertificateName"],
        "name_folded": item["ServerCertificateName"].lower(),
        "path": item["Path"],
        "upload_date": item["UploadDate"],
        "expiration": item["Expiration"],
    }
