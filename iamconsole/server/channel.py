"""One connection: what it is waiting for, and since when."""

import logging
import socket
import threading
import time
from functools import partial
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, Task, WSGITask

from iamconsole import hashers, patience, uploads
from iamconsole.ops import health

from .line import is_hashed_at
from .parser import RequestParser
from .refusals import Overloaded, too_busy

log = logging.getLogger(__name__)
# The slowest client that is waited for, beyond the seconds of the settings.
BYTES_PER_SECOND = 16_000
# After a refusal the rest of a body is read and thrown away for a moment: a client that is still sending
# would lose the answer to a reset connection.
LINGER_SECONDS = 2
LINGER_BYTES = 1_000_000
HEALTH_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]
SENTENCES = {
    400: "The request could not be read. It is not a valid HTTP request.",
    431: "The headers of the request are too long.",
    500: "This console could not answer. See its log.",
    501: "This server does not support the Transfer-Encoding of the request.",
}


class Answer(WSGITask):
    """An answer of the application. A connection with an unread body ends with it."""

    def execute(self) -> None:
        if self.request.unread:
            self.set_close_on_finish()
        with patience.request():
            super().execute()

    def get_environment(self) -> dict[str, Any]:
        """As waitress, which puts chunks together; the API refuses them as AWS does, so they stay known."""
        environ: dict[str, Any] = super().get_environment()
        if self.request.chunked:
            environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        if self.request.command == "HEAD":
            environ.pop("wsgi.file_wrapper", None)  # waitress would send the file past ``write``
        return environ

    def write(self, data: bytes) -> None:
        """As waitress; HEAD gets no body, which waitress leaves to Django and Django to the server. A front
        end would take its bytes for the beginning of the next answer."""
        if self.request.command != "HEAD":
            super().write(data)
        elif not self.wrote_header:
            super().write(b"")
            self.chunked_response = False


class Refusal(ErrorTask):
    """A request that does not reach the application: one sentence, without what the client wrote."""

    def execute(self) -> None:
        error = self.request.error
        if isinstance(error, Overloaded):
            self._send(*too_busy(Answer(self.channel, self.request).get_environment()))
        else:
            body = (SENTENCES.get(error.code, SENTENCES[400]) + "\n").encode()
            plain = ("Content-Type", "text/plain; charset=utf-8")
            self._send(f"{error.code} {error.reason}", [plain], body)

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.response_headers += [*headers, ("Cache-Control", "no-store")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if getattr(self.request, "command", "") == "HEAD" else body)


class HealthAnswer(Task):
    """A word about this process, without the application: no session, no database of the pages, no Host."""

    complete = True

    def execute(self) -> None:
        status, text = health.PATHS[self.request.path]()
        body = text.encode()
        self.status = f"{status} {HTTPStatus(status).phrase}"
        self.response_headers += HEALTH_HEADERS
        self.content_length = len(body)
        self.write(b"" if self.request.command == "HEAD" else body)


class Question:
    """Whether the person behind a large upload is signed in, asked in a thread: the loop waits for nobody."""

    hashed = None

    def __init__(self, channel: "Channel", request: RequestParser) -> None:
        # The request is the channel's only as long as its client is there.
        self.channel, self.request = channel, request

    def service(self) -> None:
        self.channel.answer_question(self._may_upload())

    def _may_upload(self) -> bool:
        close_old_connections()  # as Django does around a request, which this is not
        try:
            environ = Answer(self.channel, self.request).get_environment()
            return uploads.may_upload({**environ, "wsgi.input": BytesIO()})
        except Exception:
            log.exception("Nobody could say whether an upload is allowed")
            return False
        finally:
            close_old_connections()

    def refuse(self) -> None:
        """The upload goes to the application unread, as that of somebody who is not signed in."""
        self.channel.answer_question(False)

    def cancel(self) -> None:
        self.channel.cancel()


class Channel(HTTPChannel):
    """waitress's connection with time limits; ``look`` is called several times a second by the loop."""

    parser_class = RequestParser
    task_class: type[Task] = Answer
    error_task_class = Refusal
    request: Any = None
    sent_continue: bool = False
    hashed: RequestParser | None = None  # the request that waits, where it hashes a password

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.phase: tuple[str, int] = ("head", 0)
        self.since = time.monotonic()
        self.served = 0
        self.moved = 0  # bytes of bodies read and of answers sent, ever
        self.moved_before = 0  # at the beginning of the phase
        self.asking = threading.Event()
        self.lingers = self.linger_after = False
        self.rest = b""  # what arrived after the end of a request that is not answered yet
        super().__init__(*args, **kwargs)

    # What the loop looks at

    def look(self, now: float) -> bool:
        """Note in which phase the connection is; whether it has been there for too long."""
        phase = (self._phase(), self.served)
        if phase != self.phase:
            self.phase, self.since, self.moved_before = phase, now, self.moved
        return now - self.since > self._seconds()

    def _phase(self) -> str:
        if self.lingers:
            return "linger"
        if self.total_outbufs_len:
            return "send"
        if self.requests or self.asking.is_set():
            return "work"
        request = self.request
        if request is None:
            return "idle" if self.served else "head"
        return "body" if request.headers_finished else "head"

    def _seconds(self) -> float:
        """How long the phase can last. What moves bytes earns more time with each of them."""
        earned = (self.moved - self.moved_before) / BYTES_PER_SECOND
        return {
            "head": settings.HEAD_SECONDS,
            "body": settings.BODY_SECONDS + earned,
            "send": settings.SEND_SECONDS + earned,
            "idle": settings.IDLE_SECONDS,
            "linger": LINGER_SECONDS,
            "work": float("inf"),  # our own work, not the client's
        }[self.phase[0]]

    @property
    def can_go(self) -> bool:
        """Whether closing it loses no answer: nobody works for it."""
        return self.phase[0] in ("head", "body", "idle", "linger")

    def body_size(self) -> int:
        """Bytes of a body that has not arrived completely."""
        request = self.request
        return 0 if request is None else request.body_size()

    # Reading

    def readable(self) -> bool:
        """Asked by the loop at each turn: the place to go on with what came after an answered request."""
        ready = not self.asking.is_set() and super().readable()
        if ready and self.rest:
            rest, self.rest = self.rest, b""
            self.received(rest)
            ready = not self.asking.is_set() and super().readable()
        return ready

    def received(self, data: bytes) -> None:
        """Bytes of a client: thrown away after a refusal, else read up to the end of one request.

        waitress would read all that arrived. A client could then ask for many answers, take none, and have
        them kept for it.
        """
        self.moved += len(data)
        if self.lingers:
            if self.moved - self.moved_before > LINGER_BYTES:
                self.handle_close()
            return
        with self.requests_lock:
            if self.will_close or self.close_when_flushed:
                return
            request = self.request = self.request or self.parser_class(self.adj)
            while data and not request.completed:
                data = data[request.received(data) :]
                if request.to_ask:
                    break
            self.rest = data
            self._go_on(request)

    def _go_on(self, request: RequestParser) -> None:
        """After a piece of a request: ask about it, have it continued, or have it answered."""
        if request.to_ask:
            request.to_ask = False
            self.asking.set()
            self.server.add_task(Question(self, request))
        elif not request.completed:
            if request.headers_finished and request.expect_continue and not self.sent_continue:
                self.send_continue()
        else:
            self.sent_continue, self.request = False, None
            if not request.empty:
                self.requests.append(request)
                self._have_answered(request)

    def _have_answered(self, request: RequestParser) -> None:
        """By a thread of the pages, or by one that they cannot take (``server.health``)."""
        plain = request.error is None and request.command in ("GET", "HEAD") and not request.unread
        about_health = plain and request.path in health.PATHS
        self.task_class = HealthAnswer if about_health else Answer
        posted = request.error is None and request.command == "POST" and not request.unread
        path = request.path.encode("latin-1").decode("utf-8", "replace")
        self.hashed = request if posted and is_hashed_at(path) else None
        (self.server.health.add_task if about_health else self.server.add_task)(self)

    def answer_question(self, welcome: bool) -> None:
        """Go on reading the body, or leave it unread and answer."""
        with self.requests_lock:
            request = self.request
            if request is not None and self.connected:
                if not welcome:
                    request.leave_unread()
                self._go_on(request)
        self.asking.clear()
        self.server.pull_trigger()

    def refuse(self) -> None:
        """By the loop: say that this console is too busy for the request that waits."""
        self.requests[0].error = Overloaded()
        self.service()

    def service(self) -> None:
        self.served += 1
        if self.requests[0].unread:
            self.linger_after = True
        if not self.hashed:
            super().service()
            return
        leave = partial(self.server.task_dispatcher.hashed, self.hashed)
        hashers.PLACES.afterwards(leave)
        try:
            super().service()
        finally:
            hashers.PLACES.afterwards(None)
            leave()

    # Writing

    def send_continue(self) -> None:
        """Have the loop send it: waitress would do so at once, and trips over a client that has gone."""
        line = b"HTTP/1.1 100 Continue\r\n\r\n"
        self.request.expect_continue, self.sent_continue = False, True
        with self.outbuf_lock:
            self.outbufs[-1].append(line)
            self.current_outbuf_count += len(line)
            self.total_outbufs_len += len(line)

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent: int = super().send(data, do_close)
        self.moved += sent
        return sent

    def handle_write(self) -> None:
        if not self.linger_after or self.requests or self.will_close:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.connected and self.close_when_flushed and not self.total_outbufs_len and not self.will_close:
            self._linger()

    def _linger(self) -> None:
        """Say that the answer is complete, and read on for a moment."""
        self.close_when_flushed = self.linger_after = False
        self.lingers, self.phase, self.since = True, ("linger", self.served), time.monotonic()
        self.moved_before = self.moved
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()

    def handle_close(self) -> None:
        """As waitress; a body that nobody will read is given back at once."""
        super().handle_close()
        request, self.request = self.request, None
        if request is not None and not self.asking.is_set():
            request.close()
