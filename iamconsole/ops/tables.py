"""How large the database is, table by table: what the database knows without counting."""

from dataclasses import dataclass

from django.db import connection
from django.template.defaultfilters import filesizeformat

# To measure the tables of a SQLite file all of it is read: only of one that is read in a moment.
MOST_READ = 200_000_000


@dataclass(frozen=True)
class Table:
    """``rows``: estimated. ``size``: in bytes with its indexes, None where it is not known."""

    name: str
    rows: int
    size: int | None

    @property
    def size_shown(self) -> str:
        return "Not known" if self.size is None else size_of(self.size)


def size_of(number: int) -> str:
    """Bytes as people read them."""
    return filesizeformat(number).replace("\xa0", " ")


def database_bytes() -> int:
    """The size of the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def database_size() -> str:
    return size_of(database_bytes())


def database_version() -> str:
    """The name and version of the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            return f"SQLite {cursor.fetchone()[0]}"
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def largest(most: int = 15) -> list[Table]:
    """The largest tables, the largest first."""
    found = _of_sqlite() if connection.vendor == "sqlite" else _of_postgresql()
    return sorted(found, key=lambda table: (-(table.size or 0), -table.rows, table.name))[:most]


def _of_postgresql() -> list[Table]:
    sql = (
        "SELECT relname, greatest(reltuples, 0)::bigint, pg_total_relation_size(oid) FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [Table(*row) for row in cursor.fetchall()]


def _of_sqlite() -> list[Table]:
    """Rows by the numbers of the first and the last one: exact until some between them are deleted."""
    sizes = _sizes() if database_bytes() <= MOST_READ else None
    found = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            table = connection.ops.quote_name(name)
            cursor.execute(f"SELECT (SELECT max(rowid) FROM {table}), (SELECT min(rowid) FROM {table})")  # noqa: S608
            last, first = cursor.fetchone()
            rows = 0 if last is None else last - first + 1
            found.append(Table(name, rows, None if sizes is None else sizes.get(name, 0)))
    return found


def _sizes() -> dict[str, int] | None:
    """Bytes by table, with its indexes. None where this SQLite cannot tell."""
    sql = (
        "SELECT m.tbl_name, sum(d.pgsize) FROM sqlite_schema m JOIN dbstat d ON d.name = m.name "
        "WHERE d.aggregate = TRUE GROUP BY m.tbl_name"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_compileoption_used('ENABLE_DBSTAT_VTAB')")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(sql)
        return dict(cursor.fetchall())
