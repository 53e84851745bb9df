"""What every test finds in the database, and how a test in real transactions leaves it so.

Django empties all tables after such a test and writes its own rows anew, 0.1 s each time; what the
console ships, it does not bring back. Here the rows of the start are copied aside once, and put back.
"""

from collections.abc import Iterator

from django.db import connection, transaction
from django.utils import timezone

KEPT = "kept_"


def keep() -> None:
    """Copy aside the rows that are there now; ``restore`` leaves these and no others."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {_quoted(table)})")
            if cursor.fetchone()[0]:
                cursor.execute(f"CREATE TABLE {_quoted(KEPT + table)} AS SELECT * FROM {_quoted(table)}")


def restore() -> None:
    """Put back the rows of ``keep``, and delete all others: events too, which takes the row of a removal."""
    from iamconsole.models import Removal  # this package is loaded before the models

    with transaction.atomic(), connection.cursor() as cursor:
        Removal.objects.create(kind="events", state="done", begun_at=timezone.now(), permits=True)
        for statement in _statements(set(connection.introspection.table_names(cursor))):
            cursor.execute(statement)


def _statements(tables: set[str]) -> Iterator[str]:
    """The foreign keys are checked at the end of the transaction, so the order is free."""
    for table in _tables():
        yield f"DELETE FROM {_quoted(table)}"
        if KEPT + table in tables:
            yield f"INSERT INTO {_quoted(table)} SELECT * FROM {_quoted(KEPT + table)}"


def _tables() -> list[str]:
    return sorted(connection.introspection.django_table_names(only_existing=True, include_views=False))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
