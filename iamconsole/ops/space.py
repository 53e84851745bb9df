"""The space of rows that were removed. PostgreSQL's autovacuum looks after its own.

A SQLite file made by this console gives free pages back to the disk, some at a time. One made before has to
be made anew once (``manage.py prune --compact``); until then new rows fill its free pages.
"""

from django.db import connection

from .pace import Pace

PAGES = 200  # at once
KEPT_FREE = 0.1  # of the file: new rows come


def give_back(pace: Pace) -> None:
    """Give free pages of SQLite's file back, until a tenth of it is free."""
    while not pace.is_over and (pages := _too_many()):
        pace.step(lambda pages=pages: _vacuum(min(pages, PAGES)))  # type: ignore[misc]


def _too_many() -> int:
    if connection.vendor != "sqlite" or connection.in_atomic_block or _pragma("auto_vacuum") != 2:
        return 0
    return max(0, _pragma("freelist_count") - int(_pragma("page_count") * KEPT_FREE))


def _vacuum(pages: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()
    return pages


def compact() -> None:
    """Write SQLite's file anew. All who write wait, and it takes as much space again for a moment."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
        cursor.execute("VACUUM")


def free_bytes() -> int:
    """How much of SQLite's file is free."""
    return _pragma("freelist_count") * _pragma("page_size") if connection.vendor == "sqlite" else 0


def _pragma(name: str) -> int:
    with connection.cursor() as cursor:
        return int(cursor.execute(f"PRAGMA {name}").fetchone()[0])
