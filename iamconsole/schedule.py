"""What runs by the clock: filled from ``AppConfig.ready``, sent by any number of schedulers (``beat``).

When each was sent and when it ran is in the database, by the database's clock. So each is sent once in its
interval, however many schedulers there are, and what was sent several times runs once.
"""

from datetime import timedelta
from typing import Any

from celery import Task
from django.db.models import Q
from django.db.models.functions import Now

from .celery import app
from .models import ScheduleEntry

intervals: dict[str, int] = {}  # name of a task -> seconds


def every(seconds: int, task: Any, name: str) -> None:
    """Have a task sent every so many seconds; ``name`` is for people."""
    intervals[task.name] = seconds
    entry = {"task": task.name, "schedule": seconds}
    app.conf.beat_schedule = {**app.conf.beat_schedule, name: entry}


def due(column: str, seconds: float) -> Q:
    """Entries that were last so many seconds ago; a time in the future was before the clock was set back."""
    ago = {f"{column}__lte": Now() - timedelta(seconds=seconds)}
    ahead = {f"{column}__gt": Now() + timedelta(seconds=1)}
    return Q(**{column: None}) | Q(**ago) | Q(**ahead)


class ByTheClock(Task):  # type: ignore[type-arg]
    """A task of the schedule: of several that wait in the broker the first one runs, others do nothing."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        seconds = intervals.get(self.name, 0)
        ScheduleEntry.objects.get_or_create(name=self.name)
        ours = ScheduleEntry.objects.filter(due("ran_at", seconds / 2), name=self.name)
        return super().__call__(*args, **kwargs) if ours.update(ran_at=Now()) else None
