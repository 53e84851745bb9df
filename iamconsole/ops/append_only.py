"""Events are append-only in the database itself: triggers refuse to change or remove them.

Only a transaction that removes events may do so: it sets ``Removal.permits`` at its beginning and takes it
back before its end, so no other transaction ever sees it. Installed after every ``manage.py migrate``: where
SQLite changes a table, it makes it anew, without its triggers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from iamconsole.models import Event, Removal

EVENTS, REMOVALS = Event._meta.db_table, Removal._meta.db_table
NAMES = {"UPDATE": "events_never_change", "DELETE": "events_stay"}
REFUSED = {
    "UPDATE": "Events cannot be changed.",
    "DELETE": "Events can be removed by manage.py prune only.",
}
PERMITTED = f"EXISTS (SELECT 1 FROM {REMOVALS} WHERE permits)"  # noqa: S608  (names of our own)


def install() -> None:
    """Have the database refuse changes of events, where the tables are there."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if {EVENTS, REMOVALS} <= tables:
            for statement in statements(connection.vendor):
                cursor.execute(statement)


@contextmanager
def permitted(row: Removal) -> Iterator[None]:
    """A transaction that removes events, as the row of the removal tells."""
    ours = Removal.objects.filter(pk=row.pk)
    with transaction.atomic():
        ours.update(permits=True)
        yield
        ours.update(permits=False)


def remove() -> None:
    """Take the triggers away, which only tests do that write the past anew."""
    on = f" ON {EVENTS}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in NAMES.values():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def statements(vendor: str) -> list[str]:
    """SQL that makes the triggers, whether they are there or not."""
    if vendor == "sqlite":
        return [_sqlite(change) for change in NAMES]
    return [text for change in NAMES for text in _postgresql(change)]


def _sqlite(change: str) -> str:
    unless = f"WHEN NOT {PERMITTED} " if change == "DELETE" else ""
    return (
        f"CREATE TRIGGER IF NOT EXISTS {NAMES[change]} BEFORE {change} ON {EVENTS} {unless}"
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED[change]}'); END"
    )


def _postgresql(change: str) -> tuple[str, str]:
    name = NAMES[change]
    permitted = PERMITTED if change == "DELETE" else "FALSE"
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {permitted} THEN RETURN OLD; END IF; RAISE EXCEPTION '{REFUSED[change]}'; END $$"
    )
    # To make it anew would wait for all who write events.
    trigger = (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = '{name}' "  # noqa: S608
        f"AND tgrelid = '{EVENTS}'::regclass) THEN CREATE TRIGGER {name} BEFORE {change} ON {EVENTS} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}(); END IF; END $$"
    )
    return function, trigger
