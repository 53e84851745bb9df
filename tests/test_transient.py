"""Which errors pass: real ones of SQLite and libpq, and each way in which PostgreSQL says it."""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import kombu
import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.db.utils import DatabaseErrorWrapper
from psycopg import errors

from iamconsole.errors import IamError, OutcomeUnknown
from iamconsole.transient import Kind, reason_of


def as_django_raises(backend: type, run: Callable[[], object]) -> Exception:
    """The exception of a driver as Django wraps it."""
    wrapper = DatabaseErrorWrapper(backend({"ENGINE": "", "NAME": ""}))
    with pytest.raises(Exception) as caught, wrapper:
        run()
    return caught.value


def kind(error: BaseException) -> Kind | None:
    reason = reason_of(error)
    return reason.kind if reason else None


@contextmanager
def two_connections(path: Path) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as one:
        one.execute("PRAGMA journal_mode=WAL")
        one.execute("CREATE TABLE IF NOT EXISTS thing (name TEXT NOT NULL UNIQUE)")
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            yield one, other


def test_of_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "things.sqlite3"
    with two_connections(path) as (one, other):
        one.execute("BEGIN IMMEDIATE")
        assert kind(as_django_raises(SQLite, lambda: other.execute("BEGIN IMMEDIATE"))) == Kind.BUSY
        one.execute("ROLLBACK")

        other.execute("BEGIN")
        other.execute("SELECT * FROM thing").fetchall()
        one.execute("INSERT INTO thing VALUES ('a')")
        stale = as_django_raises(SQLite, lambda: other.execute("INSERT INTO thing VALUES ('b')"))
        assert kind(stale) == Kind.OLD_SNAPSHOT
        other.execute("ROLLBACK")

        for statement in ("INSERT INTO thing VALUES ('a')", "INSERT INTO thing VALUES (NULL)"):
            assert kind(as_django_raises(SQLite, lambda s=statement: one.execute(s))) is None
        missing = as_django_raises(SQLite, lambda: one.execute("SELECT * FROM no_table"))
        assert kind(missing) == Kind.OTHER_RELEASE

        one.execute("PRAGMA max_page_count=1")
        one.execute("PRAGMA synchronous=OFF")
        full = as_django_raises(
            SQLite, lambda: [one.execute("INSERT INTO thing VALUES (?)", (f"{n}" * 4000,)) for n in range(99)]
        )
        assert kind(full) == Kind.DISK_FULL
        assert "disk" in reason_of(full).sentence
        assert "busy" not in reason_of(full).sentence

    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
        refused = as_django_raises(SQLite, lambda: reader.execute("DELETE FROM thing"))
        assert kind(refused) == Kind.READ_ONLY
    nowhere = as_django_raises(SQLite, lambda: sqlite3.connect(tmp_path / "none" / "x.sqlite3"))
    assert kind(nowhere) == Kind.DISK_FAILED


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ("08006", Kind.AWAY),
        ("57P01", Kind.RESTARTING),
        ("57P03", Kind.RESTARTING),
        ("53300", Kind.FULL_OF_CONNECTIONS),
        ("53200", Kind.MEMORY),
        ("53100", Kind.DISK_FULL),
        ("58030", Kind.DISK_FAILED),
        ("57014", Kind.SLOW),
        ("55P03", Kind.BUSY),
        ("40001", Kind.CONFLICT),
        ("40P01", Kind.CONFLICT),
        ("25006", Kind.READ_ONLY),
        ("25P03", Kind.AWAY),
        ("72000", Kind.OLD_SNAPSHOT),
        ("23505", None),
        ("23502", None),
        ("22001", None),
        ("42P01", Kind.OTHER_RELEASE),
        ("26000", None),
    ],
)
def test_of_postgresql(state: str, wanted: Kind | None) -> None:
    def fail() -> None:
        raise errors.lookup(state)("said by the server")

    assert kind(as_django_raises(PostgreSQL, fail)) == wanted


def test_of_libpq() -> None:
    def connect() -> None:
        psycopg.connect("postgresql://nobody@127.0.0.1:1/none", connect_timeout=2)

    assert kind(as_django_raises(PostgreSQL, connect)) == Kind.AWAY

    def ask_a_closed_one() -> None:
        raise psycopg.OperationalError("the connection is closed")

    assert kind(as_django_raises(PostgreSQL, ask_a_closed_one)) == Kind.AWAY


def test_of_broker_disk_and_aws() -> None:
    broker = kombu.Connection("redis://127.0.0.1:1/0", transport_options={"max_retries": 1})
    refusals = (*broker.connection_errors, kombu.exceptions.OperationalError)
    with broker, pytest.raises(refusals) as caught:
        broker.ensure_connection(max_retries=1, interval_start=0)
    assert kind(caught.value) == Kind.BROKER_AWAY

    assert kind(OSError(errno.ENOSPC, "No space left on device")) == Kind.DISK_FULL
    assert kind(OSError(errno.EACCES, "Permission denied")) is None
    assert kind(IamError("Throttling", "Rate exceeded")) == Kind.AWS_THROTTLES
    assert kind(IamError("ServiceUnavailable", "AWS did not answer.")) == Kind.AWS_AWAY
    assert kind(OutcomeUnknown("AWS did not answer.")) is None
    assert kind(IamError("NoSuchEntity", "It is gone.")) is None


@pytest.mark.parametrize("never", [IntegrityError, DataError, ProgrammingError, ValueError])
def test_what_never_passes(never: type[Exception]) -> None:
    assert reason_of(never("wrong")) is None
    assert reason_of(None) is None
    assert reason_of(OperationalError("the console's own: rows kept changing")).kind == Kind.CONFLICT
