"""An AWS in front of moto that is slow for some access keys, or says nothing at all for a while."""

import http.server
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.sync.proxy import serving

# Access keys that begin so belong to accounts whose AWS is slow.
SLOW_KEY = "AKIASLOW"


@dataclass
class SlowAws:
    """``seconds`` before each answer to a slow account; while ``speaks`` is not set nobody is answered.
    ``asked``: how many requests have come in, by access key.
    """

    target: str
    url: str = ""
    seconds: float = 0.0
    speaks: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    asked: dict[str, int] = field(default_factory=dict)

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        key = handler.headers["Authorization"].partition("Credential=")[2].partition("/")[0]
        self.asked[key] = self.asked.get(key, 0) + 1
        if key.startswith(SLOW_KEY):
            self.over.wait(self.seconds)
        while not self.over.is_set() and not self.speaks.wait(0.1):
            pass
        if not self.over.is_set():
            status, content = self.pass_on(handler, body)
            handler.send_response(status)
            handler.send_header("Content-Type", "text/xml")
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)

    def pass_on(self, handler: http.server.BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        headers = {name: value for name, value in handler.headers.items() if name.lower() != "host"}
        request = urllib.request.Request(self.target + handler.path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@contextmanager
def slow_aws(target: str) -> Iterator[SlowAws]:
    """It runs, and answers at once."""
    aws = SlowAws(target)
    aws.speaks.set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                aws.answer(self)
            except OSError:  # the console has hung up
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with serving(server) as aws.url:
        yield aws
        aws.over.set()
