"""Refuses what a job writes once it is no longer this worker's, in the transaction of the write itself.

A worker that was frozen, or whose clock or network stood still, does not know that another one has taken its
job over. So the database is asked at the end of each transaction, with the job's row locked until it is
committed: whoever takes the job over does so before (then nothing is committed) or after. This holds for all
that a kind of job does in its thread, and no kind has to think of it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

WRITES = ("INSERT", "UPDATE", "DELETE")
_lifted: ContextVar[bool] = ContextVar("lifted", default=False)


class LostLease(Exception):
    """Another worker has taken the job over, or it was cancelled: this one stops."""


class Fetched:
    """A cursor whose rows are read already: SQLite commits nothing while a RETURNING has rows left."""

    def __init__(self, cursor: Any) -> None:
        self.cursor, self.rows = cursor, deque(cursor.fetchall())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)

    def fetchone(self) -> Any:
        return self.rows.popleft() if self.rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [self.rows.popleft() for _ in range(min(size, len(self.rows)))]

    def fetchall(self) -> list[Any]:
        return self.fetchmany(len(self.rows))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


@contextmanager
def fenced(holds: Callable[[], bool]) -> Iterator[None]:
    """Let this thread commit only while ``holds()``, which reads within the transaction. Else LostLease is
    raised and nothing is written.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    commit = connection.commit

    def commit_if_held() -> None:
        if not (_lifted.get() or holds()):
            connection.rollback()
            raise LostLease
        commit()

    def in_a_transaction(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if connection.in_atomic_block or not str(sql).lstrip().upper().startswith(WRITES):
            return execute(sql, params, many, context)
        with transaction.atomic():
            answer = execute(sql, params, many, context)
            if connection.vendor == "sqlite" and context["cursor"].cursor.description:
                context["cursor"].cursor = Fetched(context["cursor"].cursor)
            return answer

    connection.commit = commit_if_held
    try:
        with connection.execute_wrapper(in_a_transaction):
            yield
    finally:
        del connection.commit


@contextmanager
def lifted() -> Iterator[None]:
    """For how a job ended that was cancelled: nobody else writes it. The writer asks whether it was."""
    token = _lifted.set(True)
    try:
        yield
    finally:
        _lifted.reset(token)
