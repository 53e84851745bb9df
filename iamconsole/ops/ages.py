"""How old things are, where a clock can be wrong.

A clock that is set ten years ahead makes everything old at once. So age is counted in time in which this
console was seen to work: by its events. Between two of them ``LEAP`` at most is counted, and one ``LEAP`` is
added to what was asked for, so that a leap of the clock removes nothing before its time. A console that rests
for a month keeps its rows for three weeks longer.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from iamconsole.models import Event

LEAP = timedelta(days=7)


class Ages:
    """The moments before which rows are older than so many days, as of now; the events are asked once."""

    def __init__(self) -> None:
        self.now = earliest_now()
        # Moments that go back in time, with how much time is counted from each until now.
        self._counted = [(self.now, timedelta()), *self._back()]

    def before(self, days: int) -> datetime:
        """Rows of an earlier moment are older than so many days, whatever the clock has done."""
        wanted = timedelta(days=days) + LEAP
        moment, counted = next(
            (pair for pair in self._counted if pair[1] >= wanted),
            self._counted[-1],  # what is older than all events is counted straight
        )
        return moment - (wanted - counted)

    def _back(self) -> Iterator[tuple[datetime, timedelta]]:
        """From event to event into the past, a ``LEAP`` at a time."""
        moment, counted = self.now, timedelta()
        while True:
            near = Event.objects.filter(at__lt=moment, at__gte=moment - LEAP).aggregate(at=Min("at"))["at"]
            earlier = near or Event.objects.filter(at__lt=moment).aggregate(at=Max("at"))["at"]
            if earlier is None:
                return
            counted += min(moment - earlier, LEAP)
            moment = earlier
            yield moment, counted


def earliest_now() -> datetime:
    """Now, by the clock that is behind: this machine's or the database's."""
    now = timezone.now()
    if connection.vendor != "postgresql":  # the same clock
        return now
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there: datetime = cursor.fetchone()[0]
    return min(now, there.astimezone(UTC))
