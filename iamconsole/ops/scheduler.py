"""The clock of the console: any number of schedulers may run, and each task is sent once in its interval.

Celery's own counts by the clock on the wall and keeps a file: set back one hour it is silent for that hour,
and on a full disk it ends. This one keeps nothing: when each task was sent is in the database, by the
database's clock.
"""

import logging
from typing import Any

from celery import beat
from django.db import close_old_connections
from django.db.models.functions import Now

from iamconsole.models import ScheduleEntry
from iamconsole.schedule import due, intervals
from iamconsole.transient import reason_of

from . import pulse

log = logging.getLogger(__name__)

LOOK_SECONDS, PAUSE_SECONDS = 1.0, 3.0


class Scheduler(beat.Scheduler):
    """Looks every second which tasks are due, and sends those that no other scheduler has claimed."""

    def setup_schedule(self) -> None:
        """Nothing is kept here: what runs by the clock is registered, and its rows are made when needed."""

    def tick(self, *_: Any, **__: Any) -> float:
        """Send what is due; the seconds until the next look. What does not answer is a line in the log."""
        pulse.OWN.start()
        try:
            close_old_connections()
            for task, seconds in intervals.items():
                self.send(task, seconds)
        except Exception as error:
            if reason_of(error) is None:
                raise
            log.warning("The schedule waits: %s", error)
            return PAUSE_SECONDS
        return LOOK_SECONDS

    def send(self, task: str, seconds: float) -> None:
        """Claim one task where it is due, and send it; one that the broker does not take is due again."""
        row = ScheduleEntry.objects.filter(name=task)
        waits = row.filter(due("sent_at", seconds))
        if not waits.exists():
            if row.exists():
                return
            ScheduleEntry.objects.get_or_create(name=task)
        if not waits.update(sent_at=Now()):
            return
        try:
            self.app.tasks[task].apply_async(retry=False, ignore_result=True)
        except Exception:
            row.update(sent_at=None)
            raise
