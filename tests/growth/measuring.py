"""How much work something is, in numbers that no clock and no other process can change."""

import cProfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

STEPS = 50  # of SQLite's virtual machine at a time
# Rows visited by scans and through indexes since the transaction began, without those of the catalogue.
ROWS = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"


@dataclass(frozen=True, slots=True)
class Work:
    """Queries; steps of SQLite's virtual machine or rows that PostgreSQL visited; calls of functions."""

    queries: int
    database: int
    calls: int


def work_of(run: Callable[[], Any]) -> Work:
    """Run it and count."""
    profile = cProfile.Profile(builtins=False)
    with CaptureQueriesContext(connection) as captured:
        counting = on_sqlite if connection.vendor == "sqlite" else on_postgresql
        database = counting(lambda: profile.runcall(run))
    calls = sum(entry.callcount for entry in profile.getstats())
    asked = [row for row in captured if "pg_stat_xact" not in row["sql"]]
    return Work(len(asked), database, calls)


def only_run(run: Callable[[], Any]) -> Work:
    """Run it without counting."""
    run()
    return Work(0, 0, 0)


def on_sqlite(run: Callable[[], Any]) -> int:
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    connection.connection.set_progress_handler(tick, STEPS)
    try:
        run()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return ticks * STEPS


def on_postgresql(run: Callable[[], Any]) -> int:
    before = rows_visited()
    run()
    return rows_visited() - before


def rows_visited() -> int:
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        return int(cursor.fetchone()[0] or 0)


def learn_sizes() -> None:
    """PostgreSQL plans by what it knows of its tables; left alone it learns that minutes later.

    It reads a table of a few pages whole whatever its indexes, and again for each row of another: in
    this transaction it uses the indexes there are, as it would if the tables were large. What it has planned
    for smaller tables, in other tests too, does not count. What it cannot read but whole then seems
    so dear that it would compile each query (JIT), for most of a second: rows are the same without.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL jit = off")
            cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
