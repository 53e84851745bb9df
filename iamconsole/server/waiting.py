"""The requests that wait for a thread, and those that are told to come again instead.

All threads can be taken by requests that wait for something slow. Who waited behind them would learn nothing
for a minute, so a request waits a few seconds for a thread, and then the loop itself refuses it. While no
thread has become free for that long, the next ones would wait in vain too: they are refused as they come.
Those that hash a password wait in a line of their own (``line``).
"""

import time
from collections import deque
from typing import Any

from django.conf import settings
from waitress.task import ThreadedTaskDispatcher

from .line import Line

MOST_WAITING = 64  # for each thread; what is behind them would not have its turn in time
LONG_AGO = float("-inf")


class Queue(deque[Any]):
    """Knows when a thread took something the last time."""

    taken = LONG_AGO

    def popleft(self) -> Any:
        self.taken = time.monotonic()
        return super().popleft()


class WaitingRoom(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress has no types
    """waitress's queue with an end to the wait. Its tasks are channels and questions (``channel``)."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.queue: Queue = Queue()
        self.line = Line()
        self.set_thread_count(threads)

    @property
    def anybody(self) -> bool:
        return bool(self.queue or self.line.waiting)

    def add_task(self, task: Any) -> None:
        """Have it done by a thread, or refused by the next turn of the loop."""
        now = time.monotonic()
        with self.lock:
            if (hashed := task.hashed) and not self.line.enter(task, hashed, now):
                return
            taken = self.active_count >= len(self.threads)
            stuck = taken and now - self.queue.taken > settings.QUEUE_SECONDS
            crowded = len(self.queue) >= MOST_WAITING * max(1, len(self.threads))
            task.came = LONG_AGO if stuck or crowded else now
            self.queue.append(task)
            self.queue_cv.notify()

    def hashed(self, request: Any) -> None:
        """By a thread that has hashed a password, or has answered without: who is next in line takes its
        place. What the thread does afterwards, such as waiting for a lock of the database, is not waited for.
        """
        with self.lock:
            if task := self.line.leave(request, time.monotonic()):
                self.queue.append(task)
                self.queue_cv.notify()

    def refuse_late(self, now: float) -> None:
        """By the loop, several times a second: refuse what has waited too long."""
        with self.lock:
            late = [task for task in self.queue if now - task.came > settings.QUEUE_SECONDS]
            for task in late:
                self.queue.remove(task)
            late += self.line.late(now)
        for task in late:
            task.refuse()
