"""Removing what was kept for its time; the console's own operation."""

from typing import Any

from django.db import transaction

from iamconsole.errors import IamError
from iamconsole.models import Event, Removal
from iamconsole.operations import Call, Facts, events, lasts, operation
from iamconsole.ops import prune
from iamconsole.ops.retention import all_kept
from users.home import HomeOperation

PRUNE = "iamconsole:Prune"
NO_KIND = "There is no such kind of data. Choose one of these: {kinds}."


@operation(PRUNE)
class Prune(HomeOperation):
    """Removes old rows, in small transactions of its own. Its Event tells of what this run and runs that were
    killed have removed.
    """

    lasting = lasts.DELETED
    acts = True  # the Event is written with the rows that it tells of

    def act(self, call: Call) -> Facts:
        if call.param("Kind", "") not in ("", *known_kinds()):
            raise IamError("NoSuchEntity", NO_KIND.format(kinds=", ".join(known_kinds())))
        kinds = [call.params["Kind"]] if "Kind" in call.params else []
        try:
            outcome = prune.prune(kinds, call.param("Seconds", 0) or None)
        except prune.Busy as error:
            raise IamError("ConcurrentModification", str(error)) from error
        with transaction.atomic():
            rows = list(Removal.objects.filter(state=Removal.State.DONE, event_id=None).order_by("begun_at"))
            detail = {"Complete": outcome.complete, **removed(rows)}
            if outcome.problems:
                detail["Problems"] = outcome.problems
            outcome_of = Event.Outcome.FAILED if outcome.problems else Event.Outcome.ALLOWED
            if kinds:
                detail["Kind"] = kinds[0]
            event = events.write(call.caller, PRUNE, "*", outcome_of, detail=detail)
            Removal.objects.filter(pk__in=[row.pk for row in rows]).update(event_id=event.pk)
        return {"Outcome": outcome}


def known_kinds() -> list[str]:
    return [kept.kind for kept in all_kept()]


def removed(rows: list[Removal]) -> dict[str, Any]:
    """How many rows by kind, and each file of events with its SHA-256."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.kind] = counts.get(row.kind, 0) + row.removed
    found: dict[str, Any] = {"Removed": counts}
    if spans := [row for row in rows if row.kind == "events" and row.removed]:
        first, last = spans[0].first_at, max(row.last_at for row in spans if row.last_at)
        found |= {"EventsFrom": first.isoformat() if first else "", "EventsUntil": last.isoformat()}
    files = [{"Name": row.file, "SHA256": row.sha256, "Events": row.exported} for row in rows if row.file]
    return found | {"Files": files} if files else found
