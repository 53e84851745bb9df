"""Databases beside the one of the tests: made, filled from SQL text, written as SQL text, and described."""

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

BEFORE = Path(__file__).parent / f"before_{connection.vendor}.sql"
POSTGRESQL = connection.vendor == "postgresql"
# What a database is made of, one row for each part. The order of columns is left out: SQLite moves those that are
# altered, a restored PostgreSQL has none of those that were dropped. SQLite keeps checks in the text of a table only.
SCHEMA = {
    "sqlite": [
        "SELECT type, name, tbl_name, sql FROM sqlite_master",
        """SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
            FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'""",
        """SELECT t.name, k."from", k."table", k."to", k.on_update, k.on_delete
            FROM sqlite_master t, pragma_foreign_key_list(t.name) k WHERE t.type = 'table'""",
        """SELECT t.name, i.name, i."unique", i.origin, i.partial, c.seqno, c.name, c.desc, c.coll, c.key
            FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c WHERE t.type = 'table'""",
    ],
    "postgresql": [
        """SELECT table_name, column_name, column_default, is_nullable, data_type,
                character_maximum_length, numeric_precision, collation_name, is_identity, identity_generation
            FROM information_schema.columns WHERE table_schema = 'public'""",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable, condeferred
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT sequencename, data_type::text, start_value FROM pg_sequences WHERE schemaname = 'public'",
        "SELECT event_object_table, trigger_name, action_statement FROM information_schema.triggers",
        "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    ],
}


def use(name: str) -> None:
    """Have Django work with that database from now on."""
    connection.close()
    connection.settings_dict["NAME"] = name


@contextmanager
def beside() -> Iterator[None]:
    """An empty database in place of the one at hand, which comes back at the end."""
    own = str(connection.settings_dict["NAME"])
    folder = Path(mkdtemp(prefix="iamconsole-upgrade-"))
    name = f"upgrade_{uuid4().hex}" if POSTGRESQL else str(folder / "upgrade.sqlite3")
    if POSTGRESQL:
        run_sql(own, f'CREATE DATABASE "{name}"')
    use(name)
    try:
        yield
    finally:
        use(own)
        if POSTGRESQL:
            run_sql(own, f'DROP DATABASE "{name}" WITH (FORCE)')
        shutil.rmtree(folder)


def run_sql(name: str, text: str) -> None:
    """Run statements by a connection of their own, whose settings nobody inherits."""
    if not POSTGRESQL:
        file = sqlite3.connect(name)
        file.executescript(text)
        file.close()
        return
    import psycopg

    with psycopg.connect(**{**connection.get_connection_params(), "dbname": name}, autocommit=True) as other:
        other.execute(text)


def load(text: str) -> None:
    """Fill the database at hand."""
    run_sql(str(connection.settings_dict["NAME"]), text)


def dump() -> str:
    """The database at hand as SQL text."""
    if not POSTGRESQL:
        connection.ensure_connection()
        return "\n".join(connection.connection.iterdump()) + "\n"
    at = connection.settings_dict
    server = {"--host": at["HOST"], "--port": at["PORT"], "--username": at["USER"], "--dbname": at["NAME"]}
    options = [f"{option}={value}" for option, value in server.items() if value]
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "--no-comments", *options]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.sub(r"(?m)^\\(un)?restrict .*\n", "", text)  # psql's own


def schema() -> list[str]:
    """What the database at hand is made of, as sorted lines: tables, columns, keys, indexes, checks, triggers."""
    with transaction.atomic():
        if POSTGRESQL:
            read_conditions_again()
        rows = [row for query in SCHEMA[connection.vendor] for row in answers(query)]
        transaction.set_rollback(True)
    return sorted(str([in_any_order(value) for value in row]) for row in rows)


def read_conditions_again() -> None:
    """PostgreSQL words some conditions of indexes otherwise once it has read its own words, as from a dump."""
    conditional = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '% WHERE %'"
    )
    for name, definition in answers(conditional):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
            cursor.execute(definition)


def in_any_order(value: Any) -> Any:
    """The columns and constraints in the text of a table, sorted; all else as it is."""
    table = re.fullmatch(r'CREATE TABLE "\w+" \((.*)\)', str(value))
    return sorted(table[1].split(", ")) if table else value


def rows() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables."""
    tables = connection.introspection.table_names()
    return {table: [*named(f"SELECT * FROM {connection.ops.quote_name(table)}")] for table in tables}


def named(query: str) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        columns = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(columns, row, strict=True))


def answers(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
