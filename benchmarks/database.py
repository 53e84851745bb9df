"""A benchmark's own database on the PostgreSQL server of DATABASE_URL; without one, SQLite in a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


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
