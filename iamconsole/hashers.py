"""The password hasher, and how many of its hashes a process makes at a time.

A hash takes tens of milliseconds of a whole core and 32 MiB. Strangers can ask for as many as the limits
of ``guesses.throttle`` let through, so hashing never has more than half of the web threads, and what
waits for it leaves at least one thread to all other requests: who finds no place is told to come again.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from iamconsole.errors import HashingBusy

WEB_WAIT_SECONDS = 5.0
JOB_WAIT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many threads hash at a time, how many more wait for it, and for how many seconds."""

    places: int
    waiting: int
    seconds: float


def web_bounds() -> Bounds:
    """Half of the threads of a web process hash, others wait; at least one of four does neither."""
    threads = settings.WEB_THREADS
    places = max(1, threads // 2)
    return Bounds(places, max(0, threads - places - max(1, threads // 4)), WEB_WAIT_SECONDS)


class HashingPlaces:
    """The places of this process. A thread that has one keeps it through nested calls."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._mine = threading.local()
        self._hashing = self._waiting = 0
        self._bounds: Bounds | None = None

    def for_jobs(self, tasks_at_once: int) -> None:
        """In a worker nobody looks on: half of the tasks hash, and the others wait for minutes."""
        self._bounds = Bounds(max(1, tasks_at_once // 2), tasks_at_once, JOB_WAIT_SECONDS)

    def afterwards(self, do: Callable[[], None] | None) -> None:
        """Have it done when this thread gives its place back the next time."""
        self._mine.do = do

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place, for one hash or several. Raises HashingBusy when none comes free in time."""
        depth = getattr(self._mine, "depth", 0)
        if not depth:
            self._take(self._bounds or web_bounds())
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            if not depth:
                self._give_back()

    def _take(self, bounds: Bounds) -> None:
        end = time.monotonic() + bounds.seconds
        with self._changed:
            if self._hashing >= bounds.places and self._waiting >= bounds.waiting:
                raise HashingBusy
            self._waiting += 1
            try:
                while self._hashing >= bounds.places:
                    left = end - time.monotonic()
                    if left <= 0:
                        raise HashingBusy
                    self._changed.wait(left)
            finally:
                self._waiting -= 1
            self._hashing += 1

    def _give_back(self) -> None:
        with self._changed:
            self._hashing -= 1
            self._changed.notify()
        do, self._mine.do = getattr(self._mine, "do", None), None
        if do:
            do()


PLACES = HashingPlaces()


class ConsoleArgon2PasswordHasher(Argon2PasswordHasher):
    """m = 32 MiB, t = 2, p = 1, within the places of this process.

    Above OWASP's floor (19 MiB, 2, 1). Django's own 100 MiB a sign-in would let 32 parallel
    sign-ins take 3 GB. Raises HashingBusy when no place comes free in time.
    """

    time_cost = 2
    memory_cost = 32 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with PLACES.taken():
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        with PLACES.taken():
            return bool(super().verify(password, encoded))
