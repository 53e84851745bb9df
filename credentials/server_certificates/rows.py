"""The list of server certificates: found, narrowed, sorted, counted, and as data."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from credentials.models import ServerCertificate
from credentials.models.server_certificates import soon
from iamconsole.downloads import moment
from users.models import Account

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
# Column of the export -> what it is as data.
VALUES: Mapping[str, Callable[[ServerCertificate], Any]] = {
    "server_certificate_name": lambda one: one.server_certificate_name,
    "path": lambda one: one.path,
    "server_certificate_id": lambda one: one.server_certificate_id,
    "arn": lambda one: one.arn,
    "status": lambda one: one.standing,
    "expiration": lambda one: moment(one.expiration),
    "upload_date": lambda one: moment(one.upload_date),
    "subject": lambda one: one.subject,
    "issuer": lambda one: one.issuer,
    "key_type": lambda one: one.key_type,
}


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
    matching = certificates.filter(text, having(status))
    return matching.order_by(column.desc() if order.startswith("-") else column.asc(), "name_folded")


def rows(certificates: QuerySet[ServerCertificate]) -> Iterator[list[Any]]:
    """One list per certificate, read in chunks."""
    for certificate in certificates.iterator(chunk_size=500):
        yield [value(certificate) for value in VALUES.values()]
