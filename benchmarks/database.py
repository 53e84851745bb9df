"""A benchmark's own database on the PostgreSQL server of DATABASE_URL; without one, SQLite in a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.faults.machine import Postgres

DURABLE = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on"  # as in earnest


@contextmanager
def own_server(wanted: bool) -> Iterator[str]:
    """The address of a PostgreSQL server: that of DATABASE_URL, else a cluster for this run. "" if none is
    wanted.
    """
    if not wanted or os.environ.get("DATABASE_URL"):
        yield os.environ.get("DATABASE_URL", "") if wanted else ""
        return
    server = Postgres(DURABLE)
    try:
        server.start()
        yield server.url
    finally:
        server.remove()


@contextmanager
def own_database() -> Iterator[str]:
    """Names the kind of database. DATABASE_URL leads to an empty one, which is dropped afterwards."""
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        yield "SQLite"
        return
    name = f"iamconsole_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        try:
            yield "PostgreSQL"
        finally:
            os.environ["DATABASE_URL"] = server
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
