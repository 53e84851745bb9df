"""Server certificates as the search at the top finds them: by name, unique ID or ARN."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from credentials.models import ServerCertificate
from iamconsole.addresses import address_in
from iamconsole.search import Action, Hit, RowSource, Words, may
from users.models import in_accounts

ID_PREFIX = "ASCA"  # of unique IDs of server certificates (IAM-FACTS 1.2)


class ServerCertificates(RowSource):
    title, icon, order = "Server certificates", "file-badge", 100
    needs = ("iam:ListServerCertificates",)
    fact = "server_certificates"
    list_name = "credentials:server-certificates"
    model = ServerCertificate

    def rows(self, accounts: Sequence[Any], words: Words, *, switched: bool) -> QuerySet[Any] | None:
        named = words.named("server-certificate")
        if named is None:
            return None
        certificates = ServerCertificate.objects.filter(in_accounts(accounts))
        if words.is_arn:
            return certificates.filter(named.part, account__account_id=named.account_id)
        return certificates.filter(named.part | words.unique_id("server_certificate_id", ID_PREFIX))

    def ranks(self, words: Words) -> tuple[Q, Q]:
        named = words.named("server-certificate") or words.anything
        return named.exact | words.is_id("server_certificate_id"), named.beginning

    def read(self, keys: Iterable[int]) -> dict[int, ServerCertificate]:
        return ServerCertificate.objects.select_related("account").in_bulk(list(keys))

    def hit(self, row: ServerCertificate, *, exact: bool) -> Hit:
        url = address_in(row.account.account_id, "credentials:server-certificate", row.server_certificate_id)
        return Hit(row.server_certificate_name, url, row.path, exact, row.account)


ACTIONS = (
    Action(
        "Upload server certificate",
        "credentials:upload-server-certificate",
        "add new ssl tls",
        may("iam:UploadServerCertificate", lambda caller: caller.arns.server_certificate("/", "new")),
    ),
)
