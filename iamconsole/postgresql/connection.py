"""psycopg's connection with an end to each wait: what the server does not answer in time is given up.

``connect_timeout`` ends with the sign-in, and TCP's own limits see nothing of a server that is frozen: its
kernel acknowledges for it.
"""

from types import SimpleNamespace
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from iamconsole import patience

T = TypeVar("T")
SLOW = "The server did not finish in {seconds:g} seconds, and the query was cancelled."
SILENT = "The server did not answer in {seconds:g} seconds."
INTERVAL = 0.1  # between two looks for an interruption, as psycopg has it
CANCEL_SECONDS = 1.0
CONNECT_SECONDS = 4


class Connection(psycopg.Connection[Any]):
    """A connection that waits no longer than ``patience.seconds()``, each time. Raises OperationalError."""

    def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:
        limit = patience.seconds() if timeout is None else timeout
        try:
            answer = super().wait(gen, interval, limit)
        except errors._WaitTimeout:
            if timeout is not None:  # the library's own, which it expects
                raise
            raise self._given_up(limit or 0) from None
        if limit is not None:
            patience.answered()
        return answer

    def _given_up(self, seconds: float) -> psycopg.Error:
        """Take the question back, and leave the connection: nobody knows what will still come from it."""
        lives = self._cancelled()
        self.pgconn.finish()
        patience.in_vain(silent=not lives)
        if lives:
            return errors.QueryCanceled(SLOW.format(seconds=seconds))
        return psycopg.OperationalError(SILENT.format(seconds=seconds))

    def _cancelled(self) -> bool:
        """Whether the server took the request to cancel; a frozen one does not."""
        if not psycopg.capabilities.has_cancel_safe():  # the older way waits for the server
            return False
        try:
            self.cancel_safe(timeout=CANCEL_SECONDS)
        except psycopg.Error:
            return False
        return True

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Any:
        """As psycopg; a server that takes the connection and says nothing more is not waited for either."""
        limit = patience.seconds()
        if limit is not None:
            given = kwargs.get("connect_timeout") or CONNECT_SECONDS
            kwargs["connect_timeout"] = max(1, int(min(limit, float(given))))
        try:
            return super().connect(*args, **kwargs)
        except errors.ConnectionTimeout:
            patience.in_vain(silent=True)
            raise


Driver = SimpleNamespace(**{**vars(psycopg), "connect": Connection.connect})
