"""Refuses what a job writes once it is no longer this worker's, in the transaction of the write itself.

A worker that was frozen, or whose clock or network stood still, does not know that another one has taken its
job over. So the database is asked at the end of each transaction, with the job's row locked until it is
committed: whoever takes the job over does so before (then nothing is committed) or after. This holds for all
that a kind of job does in its thread, and no kind has to think of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

WRITES = ("INSERT", "UPDATE", "DELETE")
_lifted: ContextVar[bool] = ContextVar("lifted", default=False)


class LostLease(Exception):
    """Another worker has taken the job over, or it was cancelled: this one stops."""


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
            return execute(sql, params, many, context)

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
