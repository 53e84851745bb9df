"""Django's PostgreSQL as a console needs it whose threads keep their connections and plans.

Whether a connection still lives is asked of its socket: Django's own check is a question to the server before
the first query of each request, as dear as a query. A server that has stopped, or ended the connection, has
said so: its message, or the end, waits to be read. A silent socket is that of a connection that lives, or of
a server that vanished without a word, which a question could only wait for.
"""

import select
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import NotSupportedError, OperationalError
from django.db.backends.postgresql import base, features, operations

from iamconsole import patience
from iamconsole.ops.database_metrics import CONNECTING
from iamconsole.transient import Kind, reason_of

from .connection import Driver

READABLE = select.POLLIN | select.POLLHUP | select.POLLERR
MOST_VALUES = 2**16 - 1  # in one statement, where the server binds them
LOCK_SHARE = 0.6  # of the wait for an answer
# A process that is frozen within a transaction loses it, and with it the locks that others wait for. Nothing
# is asked of AWS within one.
IDLE = "-c idle_in_transaction_session_timeout=20000"
CHANGED = "A migration has changed the types of what this transaction reads."


class DatabaseFeatures(features.DatabaseFeatures):
    max_query_params = MOST_VALUES


class DatabaseOperations(operations.DatabaseOperations):
    def bulk_batch_size(self, fields: Sequence[Any], objs: Sequence[Any]) -> int:
        """How many objects fit in one statement. Django thinks of values that the client binds."""
        return MOST_VALUES // max(len(fields), 1)


class DatabaseWrapper(base.DatabaseWrapper):
    """Named by its folder in ``DATABASES``."""

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
    Database = Driver  # type: ignore[assignment]  # a module with another way to connect

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers += [planned_anew, locked]

    def get_connection_params(self) -> dict[str, Any]:
        """Django's; the server ends a wait for a lock before its client has to. Poolers take no options."""
        params: dict[str, Any] = super().get_connection_params()
        limit = patience.seconds()
        if limit is not None and not self.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            given = params.get("options", "")
            limits = f"-c lock_timeout={int(limit * LOCK_SHARE * 1000)} {IDLE}"
            params["options"] = f"{limits} {given}".strip()
        return params

    def get_new_connection(self, conn_params: Any) -> Any:
        """As Django's; how long it takes, also to wait for one of a pool, is measured."""
        began, outcome = time.monotonic(), "failed"
        try:
            made = super().get_new_connection(conn_params)
            outcome = "ok"
            return made
        finally:
            CONNECTING.labels(outcome).observe(time.monotonic() - began)

    def is_usable(self) -> bool:
        """Whether the connection lives. Only where something waits to be read the server is asked."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), READABLE)
        return not poll.poll(0) or super().is_usable()


def locked(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Run a statement, and note that a lock was waited for in vain."""
    try:
        return execute(sql, params, many, context)
    except OperationalError as error:
        reason = reason_of(error)
        if reason is not None and reason.kind == Kind.BUSY:
            patience.in_vain(silent=False)
        raise


def planned_anew(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Run a statement, also where a migration has changed the type of a column: PostgreSQL refuses the plan
    that was kept, so it is dropped. Raises OperationalError within a transaction, which is lost by then.
    """
    try:
        return execute(sql, params, many, context)
    except NotSupportedError as error:
        if not _is_outdated_plan(error):
            raise
        if context["connection"].in_atomic_block:  # the rollback drops all plans
            raise OperationalError(CHANGED) from error
    context["cursor"].cursor.execute("DEALLOCATE ALL")  # which psycopg understands too
    return execute(sql, params, many, context)


def _is_outdated_plan(error: NotSupportedError) -> bool:
    """Told by the place in PostgreSQL, as its texts are in the server's language."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "source_function", "") == "RevalidateCachedQuery"
