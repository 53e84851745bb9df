"""One state of the whole database, while others go on writing."""

import contextlib
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """Within it everything is read as it was at its beginning. Nobody waits for it.

    On SQLite a page that is read early is kept in the write-ahead log until the end, which grows meanwhile.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            without_limits()
            yield
        return
    # Django's own transactions would begin with a lock that keeps writers away.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
    try:
        MigrationRecorder(connection).applied_migrations()  # the first read makes the snapshot
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


def without_limits() -> None:
    """Let this transaction take as long as it takes: the limits are for pages."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET LOCAL {limit} = 0")
