"""Django's SQLite with one difference: how the next writer waits for the one before.

SQLite itself looks again after up to a tenth of a second, which is fifty times as long as most writes take:
with several writers the database mostly waits. Here one thread of each process looks every millisecond, and
the others wait for that one.
"""

import threading
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

LOOK_SECONDS = 0.001
_turn = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """Named by its folder in ``DATABASES``."""

    def _start_transaction_under_autocommit(self) -> None:
        """As Django's; waits as long as the connection's ``timeout`` says. Raises OperationalError."""
        seconds = self.settings_dict["OPTIONS"].get("timeout", 5.0)
        deadline = time.monotonic() + seconds
        self.ensure_connection()
        taken = _turn.acquire(timeout=seconds)
        try:
            self.connection.execute("PRAGMA busy_timeout = 0")
            self._begin(deadline)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
            if taken:
                _turn.release()

    def _begin(self, deadline: float) -> None:
        while True:
            try:
                super()._start_transaction_under_autocommit()  # type: ignore[misc]
                return
            except OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(LOOK_SECONDS)
