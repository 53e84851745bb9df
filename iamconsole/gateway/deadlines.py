"""How long somebody waits for AWS in all, and what ends the wait.

A page's calls to AWS end ``settings.AWS_SECONDS`` after its first one began: sessions, credentials of the
machine, retries and several calls together. A job has the time of its kind. botocore bounds each wait for a
byte, and nothing else: neither an answer that drips, nor a resolver or a credential process that hangs, nor
its own pauses. So each question is asked in a thread of its own; whoever asked goes on when the time is over,
and the question's connections are cut, so that its thread ends too.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, TypeVar

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from django.conf import settings

from iamconsole.errors import AwsBusy

T = TypeVar("T")
# One question of a job may take so many times what a page waits in all: it is repeated and slowed down.
JOB_PATIENCE = 6
# A question that AWS does not answer is asked so many times in all.
SILENT_ATTEMPTS = 3
SILENCES = (ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError, SSLError)
# After so many seconds without an answer AWS counts as slow: nobody is made to wait for a place any more.
SLOW = 1.0


class OutOfTime(BotoCoreError):  # type: ignore[misc]
    """The time was over before AWS had answered."""

    fmt = "AWS did not answer in time"


def connect_seconds() -> float:
    """How long a connection to AWS may take."""
    return float(settings.AWS_SECONDS) / 4


def read_seconds() -> float:
    """How long AWS may be silent on a connection."""
    return float(settings.AWS_SECONDS) - connect_seconds()


class Deadline:
    """When somebody goes on without AWS. The time begins with the first question."""

    def __init__(self, seconds: float, outer: "Deadline | None" = None) -> None:
        self.seconds, self.outer = seconds, outer
        self.ends: float | None = None

    def left(self) -> float:
        """Seconds; 0 or less when the time is over."""
        if self.ends is None:
            self.begin()
            self.ends = time.monotonic() + self.seconds
        own = self.ends - time.monotonic()
        return min(own, self.outer.left()) if self.outer else own

    def begin(self) -> None:
        """What comes before the first question."""


class Places:
    """Pages of this process that wait for AWS: at most half of its threads, so that others are answered."""

    def __init__(self) -> None:
        self.since: dict[object, float] = {}
        self.changed = threading.Condition()

    def take(self, page: object) -> None:
        """Have a place. While AWS answers quickly one is waited for; raises AwsBusy when it is slow."""
        end = time.monotonic() + SLOW
        with self.changed:
            while len(self.since) >= max(settings.WEB_THREADS // 2, 1):
                left = min(end, max(self.since.values()) + SLOW) - time.monotonic()
                if left <= 0:
                    raise AwsBusy
                self.changed.wait(left)
            self.since[page] = time.monotonic()

    def give_back(self, page: object) -> None:
        with self.changed:
            if self.since.pop(page, None) is not None:
                self.changed.notify()


PLACES = Places()


class Page(Deadline):
    """The deadline of a page or of an API request; it holds a place from its first question to its end."""

    refused: AwsBusy | None = None

    def begin(self) -> None:
        try:
            PLACES.take(self)
        except AwsBusy as busy:
            self.refused = busy
            raise


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def current() -> Deadline | None:
    """The deadline of whoever is at work; None for a command."""
    return _current.get()


@contextmanager
def holding(deadline: Deadline) -> Iterator[None]:
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def page() -> Iterator[None]:
    """All that is asked within belongs to one page."""
    deadline = Page(settings.AWS_SECONDS)
    try:
        with holding(deadline):
            yield
    finally:
        PLACES.give_back(deadline)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """All that is asked within ends after so many seconds, if not sooner."""
    with holding(Deadline(seconds, current())):
        yield


class Line:
    """The connections of one question. ``sent``: one of them was open, so AWS may have heard it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connections: list[Any] = []
        self.is_cut = self.sent = False
        self.answer: Any = None
        self.error: BaseException | None = None

    def run(self, question: Callable[[], Any]) -> None:
        """In the question's own thread."""
        _line.set(self)
        try:
            self.answer = question()
        except BaseException as error:
            self.error = error

    def uses(self, connection: Any) -> None:
        """The question goes over that connection. Raises OutOfTime when nobody waits for it any more."""
        with self.lock:
            if self.is_cut:
                raise OutOfTime
            self.connections.append(connection)
            self.sent = self.sent or connection.sock is not None

    def cut(self) -> None:
        """End the question: what was not sent is never sent."""
        with self.lock:
            self.is_cut = True
            for connection in self.connections:
                if connection.sock is not None:
                    with suppress(OSError):
                        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


_line: ContextVar[Line | None] = ContextVar("line", default=None)


class OnLine:
    """A connection that the question's line knows before anything is sent over it."""

    def connect(self) -> None:
        self.tell()
        super().connect()  # type: ignore[misc]
        self.tell()

    def request(self, *args: Any, **kwargs: Any) -> Any:
        self.tell()
        return super().request(*args, **kwargs)  # type: ignore[misc]

    def tell(self) -> None:
        if line := _line.get():
            line.uses(self)


class Connection(OnLine, AWSHTTPConnection):  # type: ignore[misc]
    pass


class SecureConnection(OnLine, AWSHTTPSConnection):  # type: ignore[misc]
    pass


class Pool(AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = Connection


class SecurePool(AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = SecureConnection


def answered(question: Callable[[], T], deadline: Deadline | None, seconds: float | None = None) -> T:
    """The answer to a question, asked in a thread of its own. ``seconds``: the most for this one.

    Raises what the question raises, OutOfTime, AwsBusy. Such an error has ``unsent``: whether AWS cannot have
    heard anything.
    """
    left = settings.AWS_SECONDS * JOB_PATIENCE if seconds is None else seconds
    left = min(left, deadline.left()) if deadline else left
    line, error = Line(), None
    if left > 0:
        asking = threading.Thread(target=copy_context().run, args=(line.run, question), daemon=True)
        asking.start()
        asking.join(left)
        if not asking.is_alive():
            if line.error is None:
                answer: T = line.answer
                return answer
            error = line.error
    line.cut()
    error = error or OutOfTime()  # what the cut itself breaks is no answer, and nothing to ask again
    error.unsent = not line.sent  # type: ignore[attr-defined]
    raise error


def bind(client: Any, seconds: float | None = None) -> Any:
    """The client, all of whose calls end with the deadline of whoever has made it, and each after
    ``seconds``.
    """
    client._make_api_call = partial(_call, client._make_api_call, current(), seconds)
    pools = client._endpoint.http_session._pool_classes_by_scheme
    pools.update(http=Pool, https=SecurePool)
    client.meta.events.register_first("needs-retry.*", _repeat_no_more)
    return client


def _call(
    method: Callable[..., Any], deadline: Deadline | None, seconds: float | None, *args: Any, **kwargs: Any
) -> Any:
    return answered(lambda: method(*args, **kwargs), deadline, seconds)


def _repeat_no_more(attempts: int, caught_exception: Exception | None, **_: Any) -> None:
    """Before botocore repeats a question: not when nobody waits any more, and not for ever where AWS is
    silent. "Slower" is an answer.
    """
    line = _line.get()
    if line is not None and line.is_cut:
        raise OutOfTime
    if attempts >= SILENT_ATTEMPTS and isinstance(caught_exception, SILENCES):
        raise caught_exception
