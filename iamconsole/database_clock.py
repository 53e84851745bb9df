"""The clock that all machines of an installation share: the database's."""

from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """The time at the database. Rows are compared with ``Now()`` instead, which needs no question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        moment = cursor.fetchone()[0]
    if isinstance(moment, str):  # SQLite has no type for it
        moment = datetime.fromisoformat(moment)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
