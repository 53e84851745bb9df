"""A fault proxy: AWS as it is on a bad day, in front of an AWS double or of a second installation.

A fault looks at each request and may answer in AWS's place, spoil the answer, or pass. Faults count, so
that a test sees the same day each time.
"""

import http.client
import http.server
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

STOPS_WITHIN = 0.01  # seconds; Python's own 0.5 would end each test
ERROR = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>x</RequestId></ErrorResponse>"
)


@dataclass
class Request:
    """One question: its action, its parameters, and how many of all it is."""

    action: str
    params: dict[str, str]
    number: int


@dataclass
class Answer:
    """What the console hears; ``cut`` sends so many bytes and hangs up, ``pause`` waits in between."""

    status: int
    body: bytes
    cut: int | None = None
    pause: float = 0


Fault = Callable[[Request, Callable[[], Answer]], Answer | None]


def error(code: str, status: int = 400, message: str = "Not today.") -> Answer:
    return Answer(status, ERROR.format(code=code, message=message).encode())


def throttling(every: int = 2) -> Fault:
    """Every so-manieth request is one too many."""
    return lambda request, pass_on: None if request.number % every else error("Throttling")


def server_errors(every: int = 4) -> Fault:
    return lambda request, pass_on: None if request.number % every else error("ServiceUnavailable", 503)


def resets(every: int = 4) -> Fault:
    """AWS acts, and the connection breaks before a byte of the answer arrives."""

    def fault(request: Request, pass_on: Callable[[], Answer]) -> Answer | None:
        return None if request.number % every else Answer(200, pass_on().body, cut=0)

    return fault


def cut_off(action: str, times: int) -> Fault:
    """Answers that end in the middle."""
    left = itertools.count(1)

    def fault(request: Request, pass_on: Callable[[], Answer]) -> Answer | None:
        if request.action != action or next(left) > times:
            return None
        whole = pass_on()
        return Answer(whole.status, whole.body, cut=len(whole.body) // 2)

    return fault


def slow(seconds: float) -> Fault:
    """Each answer comes in two halves, with a pause."""

    def fault(request: Request, pass_on: Callable[[], Answer]) -> Answer | None:
        whole = pass_on()
        return Answer(whole.status, whole.body, pause=seconds)

    return fault


def refusing(code: str, *actions: str, user: str = "", times: int = 10**6) -> Fault:
    """Some actions are refused, for one user or for all."""
    left = itertools.count(1)

    def fault(request: Request, pass_on: Callable[[], Answer]) -> Answer | None:
        named = request.params.get("UserName", "") == user or not user
        return error(code) if request.action in actions and named and next(left) <= times else None

    return fault


def rewriting(action: str, change: Callable[[bytes], bytes]) -> Fault:
    """What AWS answers to an action, changed."""

    def fault(request: Request, pass_on: Callable[[], Answer]) -> Answer | None:
        if request.action != action:
            return None
        whole = pass_on()
        return Answer(whole.status, change(whole.body))

    return fault


def repeated_marker(action: str) -> Fault:
    """Each page says that there is another one, at the same place."""
    more = b"<IsTruncated>true</IsTruncated><Marker>again</Marker>"
    return rewriting(action, lambda body: body.replace(b"<IsTruncated>false</IsTruncated>", more))


def report_in_progress(times: int = 10**6) -> Fault:
    """AWS is creating its report, and making it."""
    left = itertools.count(1)

    def fault(request: Request, pass_on: Callable[[], Answer]) -> Answer | None:
        if request.action != "GenerateCredentialReport" or next(left) > times:
            return None
        return Answer(
            200, pass_on().body.replace(b"COMPLETE", b"INPROGRESS").replace(b"STARTED", b"INPROGRESS")
        )

    return fault


@dataclass
class Proxy:
    """Where the console finds "AWS", what it asked there, and what goes wrong."""

    target: str
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.asked)

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> Answer:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        params = dict(parse_qsl(body.decode()))
        with self.lock:
            self.asked.append(params["Action"])
            request = Request(params["Action"], params, len(self.asked))

        def pass_on() -> Answer:
            return self.pass_on(handler, body)

        for fault in self.faults:
            with self.lock:
                answer = fault(request, pass_on)
            if answer is not None:
                return answer
        return pass_on()

    def pass_on(self, handler: http.server.BaseHTTPRequestHandler, body: bytes) -> Answer:
        """The target's own answer. The host stays as it was signed."""
        where = urlsplit(self.target)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=120)
        try:
            connection.putrequest("POST", handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in handler.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()


@contextmanager
def proxied(target: str, *faults: Fault) -> Iterator[Proxy]:
    """A proxy that runs, in front of ``target``."""
    proxy = Proxy(target, faults=list(faults))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = proxy.answer(self)
            if answer.cut == 0:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            half = len(answer.body) // 2
            self.wfile.write(answer.body[: answer.cut or half])
            if answer.cut:
                self.close_connection = True
                return
            self.wfile.flush()
            time.sleep(answer.pause)
            self.wfile.write(answer.body[half:])

        def log_message(self, *args: object) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ValueError):
                self.close_connection = True  # the console has hung up, or we have

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with serving(server) as proxy.url:
        yield proxy


@contextmanager
def serving(server: http.server.HTTPServer) -> Iterator[str]:
    """The address of a server that runs in a thread. It looks often whether it shall stop: a test waits for that."""
    threading.Thread(target=server.serve_forever, args=(STOPS_WITHIN,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
