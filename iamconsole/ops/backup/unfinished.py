"""The mark of a restore that has begun: a table without rows, there until all is well.

A table, because it needs no migration: a place says so from the first moment on, on every machine.
"""

from django.db import connection

TABLE = "iamconsole_unfinished_restore"
SENTENCE = "A restore into this database was not finished. Run manage.py restore again; it begins anew."


def is_marked() -> bool:
    return TABLE in connection.introspection.table_names()


def mark() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (since integer)")


def unmark() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")
