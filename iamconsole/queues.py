"""Queues of the broker, and how many of each a worker does at once: slow syncs keep no person waiting.

A worker takes messages of all queues at once. One that finds no place leaves its job waiting: who has a place
takes the job from the table. So messages never pile up before those of another queue.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class Queue:
    """A name at the broker, and places in this process."""

    def __init__(self, name: str, places: int) -> None:
        self.name, self.places = name, places
        self._free = threading.BoundedSemaphore(places)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Hold a place of this process; False where all are taken."""
        has_place = self._free.acquire(blocking=False)
        try:
            yield has_place
        finally:
            if has_place:
                self._free.release()


PEOPLE = Queue("people", settings.WORKER_PEOPLE)  # what somebody waits for
SYNCS = Queue("syncs", settings.WORKER_SYNCS)  # reading accounts
UPKEEP = Queue("upkeep", settings.WORKER_UPKEEP)  # by the clock, each short
THREADS = PEOPLE.places + SYNCS.places + UPKEEP.places
