"""A port for those who run the console, one for each role: health in detail, metrics.

It listens on loopback unless IAMCONSOLE_MANAGEMENT_BIND says otherwise, and asks nobody who they are.
IAMCONSOLE_MANAGEMENT_PORT is the port of the web server, the worker has the next one, and the scheduler the
one after that. By default it is 1,000 above PORT.

A room adds a page from ``AppConfig.ready``. The function takes nothing and returns status, content type and
body. It is called in a thread of the port, in whichever process of the role was asked:

    management_port.register("/metrics", lambda: (200, "text/plain; version=0.0.4", generate_latest()))

Nothing here imports Django: ``manage.py healthcheck`` asks the port and must be quick.
"""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Page = tuple[int, str, bytes]
ROLES = ("web", "worker", "scheduler")
TEXT = "text/plain; charset=utf-8"
CLIENT_SECONDS = 5
TAKEN = "The management port %s:%d cannot be used: %s. Health and metrics of this role are not served."
PAGES: dict[str, Callable[[], Page]] = {}
_open: list[socket.socket] = []  # of this process, and of those that it forks
log = logging.getLogger(__name__)


def register(path: str, page: Callable[[], Page]) -> None:
    """Serve a page under the path."""
    PAGES[path] = page


def default_port(port: int) -> int:
    """The management port where no setting names one."""
    return port + 1000 if port + 1002 < 2**16 else port - 1000


def address(role: str, environment: Mapping[str, str]) -> tuple[str, int]:
    """Where the role of an installation listens. Raises ValueError where a port is no number."""
    first = int(environment.get("IAMCONSOLE_MANAGEMENT_PORT") or 0)
    first = first or default_port(int(environment.get("PORT") or 8000))
    bind = environment.get("IAMCONSOLE_MANAGEMENT_BIND") or "127.0.0.1"
    return bind, first + ROLES.index(role)


def listen(role: str, environment: Mapping[str, str]) -> None:
    """Open the port, for this process and those that it forks.

    Where it cannot be had a line in the log says so: a role works without.
    """
    bind, port = address(role, environment)
    try:
        made = socket.create_server((bind, port), family=socket.AF_INET6 if ":" in bind else socket.AF_INET)
    except OSError as error:
        log.error(TAKEN, bind, port, error.strerror)
        return
    made.setblocking(False)  # several processes wait for the same client, and one gets it
    _open[:] = [made]


def serve() -> None:
    """Answer in threads of this process, until it ends, on the port that was opened."""
    for listening in _open:
        server = Server(listening.getsockname()[:2], Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = listening
        threading.Thread(target=server.serve_forever, name="management-port", daemon=True).start()


class Server(ThreadingHTTPServer):
    """A client that says nothing holds a thread of its own, for a few seconds."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is no news."""
        log.debug("The management port could not answer", exc_info=True)


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of the registered pages."""

    timeout = CLIENT_SECONDS
    server_version = sys_version = ""

    def do_GET(self) -> None:
        status, kind, body = self._page()
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

    do_HEAD = do_GET

    def _page(self) -> Page:
        page = PAGES.get(self.path.partition("?")[0])
        if page is None:
            return 404, TEXT, b"not found\n"
        try:
            return page()
        except Exception:
            log.exception("A page of the management port could not be made")
            return 500, TEXT, b"error\n"

    def log_message(self, format: str, *args: Any) -> None:
        """Who asks how we are is not written down."""
