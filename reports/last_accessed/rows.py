"""Services with their last access, as pages and files show them: AWS's, or from the console's events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from iamconsole.downloads import moment

UNUSED = timedelta(days=90)
COLUMNS = (
    "service_name",
    "service_namespace",
    "action",
    "last_accessed",
    "last_accessed_by",
    "last_accessed_region",
    "status",
)
ACCESSED, NEVER, NOT_TRACKED = "accessed", "not_accessed_in_tracking_period", "not_tracked"


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action that was used."""

    name: str
    at: datetime
    who: str
    region: str


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service that policies grant.

    ``tracked``: whether somebody would know of an access. ``actions`` are those that were used; ``untouched``
    is how many more are tracked and were not, None where no actions of the service are tracked.
    """

    name: str
    namespace: str
    at: datetime | None
    who: str
    region: str
    entities: int
    tracked: bool
    actions: tuple[ActionRow, ...]
    untouched: int | None

    def is_unused(self, now: datetime) -> bool:
        """Granted, and not used for 90 days as far as anybody can know."""
        return self.tracked and (self.at is None or now - self.at > UNUSED)

    @property
    def status(self) -> str:
        if self.at:
            return ACCESSED
        return NEVER if self.tracked else NOT_TRACKED

    @property
    def by(self) -> str:
        """The name at the end of the ARN of who accessed it last."""
        return self.who.rpartition("/")[2]


def as_kept(services: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """AWS's rows without what is long and says nothing: actions that were never used are counted."""
    return [_kept(service) for service in services]


def _kept(service: Mapping[str, Any]) -> dict[str, Any]:
    row = {
        "name": service["ServiceName"],
        "namespace": service["ServiceNamespace"],
        "at": moment(service.get("LastAuthenticated")),
        "who": service.get("LastAuthenticatedEntity", ""),
        "region": service.get("LastAuthenticatedRegion", ""),
        "entities": service.get("TotalAuthenticatedEntities") or 0,
    }
    tracked = service.get("TrackedActionsLastAccessed") or []
    used = [action for action in tracked if action.get("LastAccessedTime")]
    row["actions"] = [
        [
            action["ActionName"],
            moment(action["LastAccessedTime"]),
            action.get("LastAccessedEntity", ""),
            action.get("LastAccessedRegion", ""),
        ]
        for action in used
    ]
    row["untouched"] = len(tracked) - len(used) if tracked else None
    return row


def from_kept(kept: Iterable[Mapping[str, Any]]) -> list[ServiceRow]:
    """Rows of ``as_kept``. AWS tracks every service that it lists."""
    return [
        ServiceRow(
            row["name"],
            row["namespace"],
            _time(row["at"]),
            row["who"],
            row["region"],
            row["entities"],
            True,
            tuple(
                ActionRow(name, datetime.fromisoformat(at), who, region)
                for name, at, who, region in row["actions"]
            ),
            row["untouched"],
        )
        for row in kept
    ]


def from_facts(services: Iterable[Mapping[str, Any]], tracked: Sequence[str]) -> list[ServiceRow]:
    """Rows of the console's own answer, which knows accesses to the services ``tracked`` alone."""
    rows = from_kept(as_kept(services))
    return [replace(row, tracked=row.namespace in tracked or row.at is not None) for row in rows]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def exported(rows: Iterable[ServiceRow]) -> Iterator[list[Any]]:
    """A line for each service, then one for each of its actions that was used."""
    for row in rows:
        yield [row.name, row.namespace, "", moment(row.at), row.who, row.region, row.status]
        for action in row.actions:
            who = [moment(action.at), action.who, action.region, ACCESSED]
            yield [row.name, row.namespace, action.name, *who]
