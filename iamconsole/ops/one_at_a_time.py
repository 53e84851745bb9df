"""One upgrade of a database at a time: the second one waits, and says so."""

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

WAITING = "Another process is bringing this database up to date. Waiting for it ...\n"
LOOK_SECONDS = 0.3
LOCK = 0x49414D43  # "IAMC": the number of the advisory lock, which is of one database
_holding: set[str] = set()  # aliases that this process holds already


@contextlib.contextmanager
def upgrading(connection: BaseDatabaseWrapper, say: Callable[[str], object]) -> Iterator[None]:
    """Hold the database's upgrade for this process, also from within itself. ``say`` is called once while
    another one has it."""
    alias = connection.alias
    if alias in _holding:
        yield
        return
    lock = advisory if connection.vendor == "postgresql" else lock_file
    with lock(connection, say):
        _holding.add(alias)
        try:
            yield
        finally:
            _holding.discard(alias)


@contextlib.contextmanager
def advisory(connection: BaseDatabaseWrapper, say: Callable[[str], object]) -> Iterator[None]:
    """PostgreSQL's own lock, for as long as a transaction of another connection is open: it ends with the
    process, and a pooler that gives each transaction another session keeps it too."""
    own = connection.copy()
    try:
        own.set_autocommit(False)

        def take() -> bool:
            with own.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
                if cursor.fetchone()[0]:
                    return True
            own.rollback()
            return False

        wait(take, say)
        yield
    finally:
        own.close()


@contextlib.contextmanager
def lock_file(connection: BaseDatabaseWrapper, say: Callable[[str], object]) -> Iterator[None]:
    """A file beside the database's. Where it cannot be made, the database says why."""
    try:
        file = Path(f"{connection.settings_dict['NAME']}.upgrade").open("w")  # noqa: SIM115  (see below)
    except OSError:
        yield
        return
    with file:

        def take() -> bool:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            return False

        wait(take, say)
        yield


def wait(take: Callable[[], bool], say: Callable[[str], object]) -> None:
    """Until it is taken."""
    if take():
        return
    say(WAITING)
    while not take():
        time.sleep(LOOK_SECONDS)
