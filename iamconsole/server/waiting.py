"""The requests that wait for a thread, and those that are told to come again instead.

All threads can be taken by requests that wait for something slow. Who waited behind them would learn nothing
for a minute, so a request waits a few seconds for a thread, and then the loop itself refuses it. While no
thread has become free for that long, the next ones would wait in vain too: they are refused as they come.
"""

import time
from collections import deque
from typing import Any

from django.conf import settings
from waitress.task import ThreadedTaskDispatcher

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
        self.set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Have it done by a thread, or refused by the next turn of the loop."""
        now = time.monotonic()
        with self.lock:
            taken = self.active_count >= len(self.threads)
            stuck = taken and now - self.queue.taken > settings.QUEUE_SECONDS
            crowded = len(self.queue) >= MOST_WAITING * max(1, len(self.threads))
            task.came = LONG_AGO if stuck or crowded else now
            self.queue.append(task)
            self.queue_cv.notify()

    def refuse_late(self, now: float) -> None:
        """By the loop, several times a second: refuse what has waited too long."""
        with self.lock:
            late = [task for task in self.queue if now - task.came > settings.QUEUE_SECONDS]
            for task in late:
                self.queue.remove(task)
        for task in late:
            task.refuse()
