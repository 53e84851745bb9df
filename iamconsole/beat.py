"""The scheduler: any number of them may run, and each entry is sent once in its interval."""

import logging
from typing import Any

from celery.beat import Scheduler
from django.db import close_old_connections
from django.db.models.functions import Now

from .models import ScheduleEntry
from .schedule import due, intervals
from .transient import reason_of

log = logging.getLogger(__name__)

LOOK_SECONDS, PAUSE_SECONDS = 1.0, 3.0


class OneActing(Scheduler):
    """Looks every second which entries are due, and sends those that no other scheduler has claimed."""

    def setup_schedule(self) -> None:
        """Nothing is kept here: what runs by the clock is registered, and its rows are made when needed."""

    def tick(self, *_: Any, **__: Any) -> float:
        """Send what is due. Returns after how many seconds to look again."""
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
