"""The clock of the console: each task once at the start, and then every so many seconds.

Celery's own counts by the clock on the wall and keeps a file: set back one hour it is silent for that hour,
and on a full disk it ends. This one counts seconds, which no clock that is set changes, and keeps nothing.
Every task here finds out by itself what is due, so one that is sent too often does nothing.
"""

import time
from typing import Any

from celery import beat
from celery.schedules import schedule

from . import pulse

LOOK_SECONDS = 1.0


class Scheduler(beat.Scheduler):
    """Sends the entries of ``iamconsole.schedule``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.due: dict[str, float] = {}
        super().__init__(*args, **kwargs)

    def install_default_entries(self, data: Any) -> None:
        """None of Celery's own: no results are kept."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; the seconds until the next look. A broker that is away is a line in the log."""
        pulse.OWN.start()
        for name, entry in list(self.schedule.items()):
            now = time.monotonic()
            if now >= self.due.get(name, 0):
                self.due[name] = now + seconds_of(entry)
                self.apply_entry(entry)
                pulse.OWN.beat()
        return LOOK_SECONDS


def seconds_of(entry: beat.ScheduleEntry) -> float:
    """Its interval: ``iamconsole.schedule`` takes no other kind of entry."""
    assert isinstance(entry.schedule, schedule)  # noqa: S101  (for the types)
    return float(entry.schedule.seconds)
