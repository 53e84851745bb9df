"""How long a thread waits for the database before it gives up, each time that it waits.

A database that is frozen says nothing: no error, no end of the connection, and the kernel of its machine goes
on acknowledging what is sent to it. So each process that serves people or jobs sets a limit at its start
(``limit_to``), and the databases' own modules (``iamconsole.postgresql``, ``iamconsole.sqlite``) ask before
each wait how long it can be. Commands set none: a migration can take as long as it takes.

What has been waited for in vain is not waited for as long again: neither in the same request, whose answer
would be late, nor in the same process while no question at all is answered.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

SHORT_SECONDS = 1.0
_limit: float | None = None
_silent = False  # the last question of this process that ended, ended without an answer


class _Request(threading.local):
    lasts = in_vain = False


_request = _Request()


def limit_to(seconds: float | None) -> None:
    """Set how long each wait of this process can be; None is for ever."""
    global _limit, _silent
    _limit, _silent = seconds, False


@contextmanager
def request() -> Iterator[None]:
    """This thread answers a request meanwhile: what it waits for in vain makes its other waits short."""
    _request.lasts, _request.in_vain = True, False
    try:
        yield
    finally:
        _request.lasts = _request.in_vain = False


def seconds() -> float | None:
    """How long the next wait of this thread can be; None where there is no limit."""
    if _limit is None or not (_request.in_vain or _silent):
        return _limit
    return min(_limit, SHORT_SECONDS)


def answered() -> None:
    """The database has answered a question of this process."""
    global _silent
    _silent = False


def in_vain(*, silent: bool) -> None:
    """A wait of this thread ended in vain; ``silent``: without any word of the database."""
    global _silent
    _request.in_vain = _request.lasts
    _silent = _silent or silent
