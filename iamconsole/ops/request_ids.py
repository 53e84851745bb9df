"""One ID for a request and for all that follows from it: log lines, events, jobs, what AWS is asked.

A front end that IAMCONSOLE_TRUSTED_PROXIES names can give it in ``X-Request-ID``; otherwise it is made here.
A job has that of the request which started it; a task of the schedule gets one of its own. The ID is no
secret and opens nothing.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{6,62})[A-Za-z0-9]", re.ASCII)
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """That of what is being done; "" outside of a request, a job and a task."""
    return _current.get()


def new() -> str:
    """One that nobody has."""
    return str(uuid.uuid4())


def accepted(text: str) -> str:
    """What a front end gives: 8 to 64 letters, digits, ``.``, ``_``, ``-``. Else a new one."""
    return text if WELL_FORMED.fullmatch(text) else new()


def begin(request_id: str) -> None:
    """From now on everything in this thread is about that one."""
    _current.set(request_id)


@contextmanager
def about(request_id: str) -> Iterator[None]:
    """The same for a while."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)
