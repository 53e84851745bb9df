"""The list of server certificates: found, narrowed, sorted, counted, and as CSV."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from credentials.models import ServerCertificate
from credentials.models.server_certificates import soon
from users.models import Account
from users.people.exports import line, moment

STATUSES = ServerCertificate.Standing.values
SORTS = {
    "name": "name_folded",
    "expires": "expiration",
    "subject": "subject",
    "issuer": "issuer",
    "key": "key_type",
    "path": "path",
    "uploaded": "upload_date",
}
HEADER = [
    "server_certificate_name",
    "path",
    "server_certificate_id",
    "arn",
    "status",
    "expiration",
    "upload_date",
    "subject",
    "issuer",
    "key_type",
]


def certificates_of(account: Account) -> QuerySet[ServerCertificate]:
    return ServerCertificate.objects.filter(account=account).select_related("account")


def having(status: str) -> Q:
    """The certificates of a status; all for anything that is none."""
    now = timezone.now()
    conditions = {
        "expired": Q(expiration__lt=now),
        "expiring": Q(expiration__gte=now, expiration__lt=soon()),
        "active": Q(expiration__gte=soon()),
    }
    return conditions.get(status, Q())


def counts(certificates: QuerySet[ServerCertificate]) -> dict[str, int]:
    """How many there are of each status, and of all, in one query."""
    return certificates.aggregate(
        all=Count("pk"), **{status: Count("pk", filter=having(status)) for status in STATUSES}
    )


def found(
    certificates: QuerySet[ServerCertificate], words: str, status: str, order: str
) -> QuerySet[ServerCertificate]:
    """Those with the words in name, path, ID or subject, of that status, sorted by a column of ``SORTS``."""
    text = Q(name_folded__contains=words.lower()) | Q(path__contains=words)
    text |= Q(subject__icontains=words) | Q(server_certificate_id=words)
    column = F(SORTS.get(order.removeprefix("-"), SORTS["name"]))
    rows = certificates.filter(text, having(status))
    return rows.order_by(column.desc() if order.startswith("-") else column.asc(), "name_folded")


def as_csv(certificates: QuerySet[ServerCertificate], *, disarm: bool) -> Iterator[str]:
    """CSV after RFC 4180. ``disarm``: a leading apostrophe keeps spreadsheets from running a formula."""
    yield line(HEADER, disarm=False)
    for one in certificates.iterator(chunk_size=500):
        cells: list[Any] = [
            one.server_certificate_name,
            one.path,
            one.server_certificate_id,
            one.arn,
            one.standing,
            moment(one.expiration),
            moment(one.upload_date),
            one.subject,
            one.issuer,
            one.key_type,
        ]
        yield line(cells, disarm=disarm)
