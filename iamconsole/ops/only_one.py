"""One process of an installation at a time, for as long as it lives: a kill leaves nothing to clean up."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

PRUNE = 4_713_001  # the number of the lock in PostgreSQL


@contextmanager
def only_one(name: str, number: int) -> Iterator[bool]:
    """Whether this process has the lock of that name until the end of the block. Nobody waits."""
    held = _in_postgresql(number) if connection.vendor == "postgresql" else _beside_the_file(name)
    with held as is_held:
        yield is_held


@contextmanager
def _beside_the_file(name: str) -> Iterator[bool]:
    folder = Path(settings.DATA_DIR) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def _in_postgresql(number: int) -> Iterator[bool]:
    """A connection of its own holds it: that of the work is given back between transactions."""
    own = connections.create_connection("default")
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
            held: bool = cursor.fetchone()[0]
        yield held
    finally:
        own.close()
