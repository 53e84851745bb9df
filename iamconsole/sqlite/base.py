"""Django's SQLite with waits for a lock no longer than the process can wait (``iamconsole.patience``)."""

from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from iamconsole import patience
from iamconsole.transient import Kind, reason_of


class DatabaseWrapper(base.DatabaseWrapper):
    """Named by its folder in ``DATABASES``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._bounded)
        self._waits: float | None = None  # as the connection was told; None: as the settings say

    def get_new_connection(self, conn_params: Any) -> Any:
        self._waits = None
        limit = patience.seconds()
        if limit is not None:
            conn_params = {**conn_params, "timeout": min(limit, conn_params.get("timeout", limit))}
        return super().get_new_connection(conn_params)

    def _bounded(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Run a statement, which waits for a lock as long as this thread can still wait."""
        limit = patience.seconds()
        if limit is not None and limit != self._waits and self.connection is not None:
            self.connection.execute(f"PRAGMA busy_timeout = {int(limit * 1000)}")
            self._waits = limit
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            reason = reason_of(error)
            if reason is not None and reason.kind == Kind.BUSY:
                patience.in_vain(silent=False)
            raise
