"""Small steps with pauses: nobody waits long for the database while old rows are removed."""

import time
from collections.abc import Callable

GOAL_SECONDS = 0.02  # of one transaction; SQLite has one writer at a time
LEAST_PAUSE = 0.01
MOST_ROWS = 500


class Pace:
    """How many rows go at once, as the last transaction took, and whether there is time for more.

    ``seconds``: after so long it is enough for this run; None: there is no end.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self.rows = 50

    @property
    def is_over(self) -> bool:
        return self._end is not None and time.monotonic() >= self._end

    def step(self, work: Callable[[], int]) -> int:
        """Do one transaction's work, then pause at least as long as it took."""
        began = time.monotonic()
        result = work()
        took = time.monotonic() - began
        self.rows = max(1, min(MOST_ROWS, round(self.rows * min(2.0, GOAL_SECONDS / max(took, 0.001)))))
        time.sleep(max(LEAST_PAUSE, min(took, 1.0)))
        return result
