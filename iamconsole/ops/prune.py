"""Removing what was kept for its time: small transactions with pauses. The next run ends one that was killed.

Events go through ``event_export``, everything else by its registered kind (``retention``).
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Max, Min, QuerySet
from django.utils import timezone

from iamconsole.models import Event, Removal

from . import event_export, space
from .ages import Ages
from .only_one import PRUNE, only_one
from .pace import Pace
from .retention import Kept, all_kept

log = logging.getLogger(__name__)

BUSY = "Another process is removing old data now. Wait until it has ended, then start it again."
MOST_COUNTED = 100_000


class Busy(Exception):
    """Another process does it."""


@dataclass(slots=True)
class Outcome:
    """How many rows went by kind, what went wrong by kind, and whether there was time for all of it."""

    removed: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    complete: bool = True


def prune(kinds: Iterable[str] = (), seconds: float | None = None) -> Outcome:
    """Remove what can go, of some kinds or of all. Raises Busy while another process does it.

    ``seconds``: leave the rest to the next run after so long.
    """
    with only_one("prune", PRUNE) as ours:
        if not ours:
            raise Busy(BUSY)
        outcome, ages, pace = Outcome(), Ages(), Pace(seconds)
        for kept in chosen(kinds):
            _prune_kind(kept, ages, pace, outcome)
        outcome.complete = not pace.is_over
        space.give_back(pace)
        return outcome


def chosen(kinds: Iterable[str]) -> list[Kept]:
    """The kinds of those names; all where none is named."""
    names = set(kinds)
    return [kept for kept in all_kept() if not names or kept.kind in names]


def _prune_kind(kept: Kept, ages: Ages, pace: Pace, outcome: Outcome) -> None:
    """One kind; what is wrong with it keeps no other one back."""
    pace.rows = kept.first
    try:
        if kept.model is Event:
            removed = event_export.remove(ages.before(settings.KEEP_EVENTS_DAYS), pace)
        else:
            removed = _remove(kept, ages, pace)
        if removed:
            outcome.removed[kept.kind] = removed
        if kept.tidy:
            kept.tidy(ages, pace)
    except (DatabaseError, OSError, event_export.ExportProblem) as error:
        log.exception("Old rows of the kind %s were not removed", kept.kind)
        outcome.problems[kept.kind] = sentence(error)


def sentence(error: Exception) -> str:
    """What people read of an error."""
    if getattr(error.__cause__, "sqlstate", "") == "42501":
        return event_export.NO_RIGHT
    if isinstance(error, OSError):
        return f"{error.filename or settings.EVENTS_FOLDER}: {error.strerror or error}."
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _remove(kept: Kept, ages: Ages, pace: Pace) -> int:
    """Remove the rows of a kind that are over."""
    row: Removal | None = None
    over = kept.over(ages).order_by()
    removed = 0
    while not pace.is_over:
        keys = list(over.order_by(kept.moment, "pk").values_list("pk", flat=True)[: pace.rows])
        if not keys:
            break
        if _remove_parts(kept, keys, pace):
            continue
        row = row or _begin(kept, over)
        removed += pace.step(lambda row=row, keys=keys: _remove_rows(kept, over, keys, row))  # type: ignore[misc]
    _end(kept.kind)
    return removed


def _remove_parts(kept: Kept, keys: list[Any], pace: Pace) -> int:
    """Remove some of what belongs to the rows; 0: nothing is left of it."""
    for model, leads in kept.parts:
        of_rows = model._default_manager.filter(**{f"{leads}__in": keys}).order_by()
        parts = list(of_rows.values_list("pk", flat=True)[: pace.rows])
        if parts:
            some = model._default_manager.filter(pk__in=parts)
            pace.step(lambda some=some: some.delete()[0])  # type: ignore[misc]
            return len(parts)
    return 0


def _begin(kept: Kept, over: "QuerySet[Any]") -> Removal:
    """The row of this run, or of the one that was killed."""
    found = Removal.objects.filter(kind=kept.kind, state=Removal.State.REMOVING).first()
    if found:
        return found
    span = over.aggregate(first=Min(kept.moment), last=Max(kept.moment))
    is_moment = hasattr(span["first"], "hour")  # and not a day or a number
    return Removal.objects.create(
        kind=kept.kind,
        state=Removal.State.REMOVING,
        begun_at=timezone.now(),
        first_at=span["first"] if is_moment else None,
        last_at=span["last"] if is_moment else None,
    )


def _remove_rows(kept: Kept, over: "QuerySet[Any]", keys: list[Any], row: Removal) -> int:
    """In one transaction: rows that are still over, and their number in the row of the run."""
    with transaction.atomic():
        still = list(over.filter(pk__in=keys).values_list("pk", flat=True))
        _, gone = kept.model._default_manager.filter(pk__in=still).delete()
        number = gone.get(kept.model._meta.label, 0)
        Removal.objects.filter(pk=row.pk).update(removed=F("removed") + number)
    return number


def _end(kind: str) -> None:
    """Close what was begun, by whoever."""
    begun = Removal.objects.filter(kind=kind, state=Removal.State.REMOVING)
    begun.update(state=Removal.State.DONE, ended_at=timezone.now())


@dataclass(frozen=True, slots=True)
class State:
    """What a kind has now. Numbers stop at ``MOST_COUNTED``."""

    kept: Kept
    rows: int
    oldest: Any
    over: int
    last: Removal | None


def states(ages: Any) -> list[State]:
    """What each kind has now, and what could go at the moment of ``ages``."""
    last = {row.kind: row for row in Removal.objects.order_by("begun_at").filter(state=Removal.State.DONE)}
    return [_state(kept, ages, last.get(kept.kind)) for kept in all_kept()]


def _state(kept: Kept, ages: Any, last: Removal | None) -> State:
    rows = kept.model._default_manager.order_by()
    oldest = rows.order_by(kept.moment).values_list(kept.moment, flat=True).first()
    return State(kept, counted(rows), oldest, counted(kept.over(ages)), last)


def counted(rows: "QuerySet[Any]") -> int:
    """How many, up to ``MOST_COUNTED``: more takes a database long to count."""
    number: int = rows.order_by().values("pk")[:MOST_COUNTED].count()
    return number
