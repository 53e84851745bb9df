"""What AWS tells of one resource alone and in no list: its tags, a description, a certificate's text.

Whoever keeps such a kind of resource says how AWS is asked about one of them (``SingleRead``). The rows keep
when they were read: never, until somebody asks. Asked are those that a decision hinges on or whose page is
opened (``refresh``), and the others in turn, by the syncs (``iamconsole.sync.single``).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from django.db import transaction
from django.utils import timezone

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.models import Event

from .caller import Caller, LinkSpec
from .resource_tags import kind_of

# What was read longer ago is read again before something is decided by it, or shown on a page of its own.
TRUSTED = timedelta(minutes=5)
# A person or a program waits for the answer: seconds for each, and how often it is asked for.
PATIENCE = 5
ATTEMPTS = 2
OVERTAKEN = "It is being changed right now. Try again."
# The row of a resource. Asked of it here: ``pk`` and ``read_at``.
Row = Any


class Asking(Protocol):
    """Whoever asks AWS: the syncs, or one request."""

    def read(self, action: str, **params: Any) -> dict[str, Any]: ...

    def rows(self, action: str, member: str, **params: Any) -> list[dict[str, Any]]: ...


class SingleRead(ABC):
    """How AWS is asked about one resource of a kind, and where the answer goes."""

    # As ARNs have it: ``policy``.
    kind: ClassVar[str]
    action: ClassVar[str]

    @abstractmethod
    def listed(self, lists: Mapping[str, Any]) -> Mapping[str, Any]:
        """The resources that AWS's lists have, by ARN, each with what the list tells of its state."""

    @abstractmethod
    def known(self, account: Any) -> Mapping[str, tuple[datetime | None, Any]]:
        """Those of the account's rows: when each was read, and the same state."""

    @abstractmethod
    def find(self, account_id: str, arn: str) -> Row | None:
        """The row of a resource whose facts AWS alone has; None where there is none."""

    @abstractmethod
    def lock(self, row: Row) -> Row | None:
        """The row as it is now, locked; None where it is gone."""

    @abstractmethod
    def ask(self, asking: Asking, arn: str) -> Any:
        """AWS's answer. Raises IamError."""

    @abstractmethod
    def values(self, row: Row, answer: Any) -> dict[str, Any]:
        """The columns of the row by the answer; none where it is about another of the same name."""


_READS: dict[str, SingleRead] = {}


def register(*reads: type[SingleRead]) -> None:
    """Add kinds of resource."""
    _READS.update({read.kind: read() for read in reads})


def all_reads() -> Iterable[SingleRead]:
    """The registered ones, in their order."""
    return list(_READS.values())


class OneReader:
    """Asks AWS for somebody who waits."""

    def __init__(self, link: LinkSpec) -> None:
        self.client: Any = gateway.reader(link, attempts=ATTEMPTS, patience=PATIENCE)

    def read(self, action: str, **params: Any) -> dict[str, Any]:
        return gateway.read(getattr(self.client, gateway.method_name(self.client, action)), **params)

    def rows(self, action: str, member: str, **params: Any) -> list[dict[str, Any]]:
        method = getattr(self.client, gateway.method_name(self.client, action))
        return [row for page in gateway.pages(method, **params) for row in page[member]]


def is_stale(row: Row) -> bool:
    """Whether a row's facts were never read, or too long ago."""
    return row.read_at is None or row.read_at < timezone.now() - TRUSTED


def refresh(caller: Caller, arn: str) -> bool:
    """Read at AWS what is not known of a resource, or was read too long ago. Returns whether it was asked.

    No transaction may be open. Raises IamError where AWS does not answer; what was read before stays.
    """
    read = _READS.get(kind_of(arn))
    row = read.find(caller.account_id, arn) if read and caller.link else None
    if read is None or row is None or caller.link is None or not is_stale(row):
        return False
    asking = OneReader(caller.link)
    for _ in range(ATTEMPTS):
        asked_at = timezone.now()
        try:
            answer = read.ask(asking, arn)
        except IamError as error:
            if error.code == "NoSuchEntity":
                return True  # deleted at AWS: the next sync removes it, and AWS refuses what is done to it
            raise
        if write(caller.account_id, arn, read, row, answer, asked_at):
            return True
    raise IamError("ServiceUnavailable", OVERTAKEN)


def is_known(caller: Caller, arn: str) -> bool:
    """Whether the resource was ever read, or needs not be."""
    read = _READS.get(kind_of(arn))
    row = read.find(caller.account_id, arn) if read and caller.link else None
    return row is None or row.read_at is not None


def write(account_id: str, arn: str, read: SingleRead, row: Row, answer: Any, asked_at: datetime) -> bool:
    """Write an answer. False where the resource was changed here since AWS was asked: it may be older."""
    with transaction.atomic():
        held = read.lock(row)
        if held is not None and changed_since(account_id, arn, asked_at):
            return False
        if held is not None and (held.read_at is None or held.read_at <= asked_at):
            put(held, read.values(held, answer), asked_at)
        return True


def put(row: Row, values: Mapping[str, Any], at: datetime) -> None:
    """Write columns as they were read at that moment."""
    for column, value in values.items():
        setattr(row, column, value)
    if values:
        row.read_at = at
        row.save(update_fields=[*values, "read_at"])


def changed_since(account_id: str, arn: str, moment: datetime) -> bool:
    """Whether an operation on the resource has changed it here since."""
    done = Event.objects.filter(account_id=account_id, at__gte=moment, outcome=Event.Outcome.ALLOWED)
    return done.filter(resource=arn, action__startswith="iam:").exclude(action__startswith="iam:Get").exists()
