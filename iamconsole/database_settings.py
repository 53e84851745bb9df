"""Django's settings of the database: SQLite beside the keys, unless DATABASE_URL names a PostgreSQL."""

from pathlib import Path
from typing import Any

from environ import Env

from .ops.settings import Given

# Each thread keeps its connection: to make one anew for every request costs as much as a query.
KEPT_SECONDS = 600


def database_settings(given: Given, folder: Path) -> dict[str, Any]:
    """The settings. Where DATABASE_URL cannot be used, which is told at the start, no other database is
    touched in its place.
    """
    if url := given.text("DATABASE_URL"):
        return postgresql(Env.db_url_config(url))
    if given.source("DATABASE_URL") != "default":
        return {"ENGINE": "django.db.backends.dummy"}
    return sqlite(folder / "iamconsole.sqlite3")


def postgresql(named: dict[str, Any]) -> dict[str, Any]:
    """What the URL names, with what the console needs.

    To plan a query costs PostgreSQL many times what it needs to answer it: the plans are kept, unless a
    pooler gives each transaction another connection, of which Django's setting for that tells.
    """
    pooled = named.get("DISABLE_SERVER_SIDE_CURSORS")
    options = {"server_side_binding": True, "prepare_threshold": None if pooled else 3}
    return {
        "CONN_MAX_AGE": KEPT_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        **named,
        "ENGINE": "iamconsole.postgresql",  # its health check is no question
        "OPTIONS": options | named.get("OPTIONS", {}),
    }


def sqlite(file: Path) -> dict[str, Any]:
    """Every write transaction starts IMMEDIATE: a lock taken after the first read would be refused at once
    instead of waited for.
    """
    return {
        "ENGINE": "iamconsole.sqlite",
        "NAME": file,
        "CONN_MAX_AGE": KEPT_SECONDS,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # The first one works on a new file only (iamconsole.ops.space).
            "init_command": "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; "
            "PRAGMA synchronous=FULL;",
        },
    }
