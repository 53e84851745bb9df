"""One process of the web server: gunicorn's worker around waitress's loop."""

import contextlib
import os
import resource
import time
from types import FrameType
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from iamconsole import uploads
from iamconsole.ops import management_port, pulse

from .channel import Channel
from .waiting import WaitingRoom

MOST_CONNECTIONS = 512
OPEN_FILES = 4096
HEADER_BYTES = 32_768
# Bodies that are still arriving; when they need more, the one that has taken longest is given up.
BODY_BYTES = 64_000_000
LOOK_SECONDS = 0.2
HEALTH_THREADS = 2  # more would only wait for the same answers
# An answer up to this size never holds its thread, however slowly it is read: what is above ANSWER_MEMORY
# waits in a temporary file.
ANSWER_BYTES = 64_000_000
ANSWER_MEMORY = 128_000


class BufferedWorker(Worker):
    """Reads all clients in one loop; its threads only ever see complete requests."""

    def run(self) -> None:
        """Until gunicorn says stop or is gone; then what has begun is finished within the graceful time."""
        from iamconsole.ops import process  # its tables need the applications, which are loaded by now

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(OPEN_FILES, hard)), hard))
        self.map: dict[int, Any] = {}
        self.waiting = WaitingRoom(self.cfg.threads)
        self.server = create_server(self.wsgi, map=self.map, _dispatcher=self.waiting, **self._adjustments())
        self.server.channel_class = Channel
        self.server.health = ThreadedTaskDispatcher()
        self.server.health.set_thread_count(HEALTH_THREADS)
        management_port.serve()
        pulse.OWN.start()
        self.looked = 0.0
        process.begin("web")
        while self.alive and self.ppid == os.getppid():
            self.notify()
            pulse.OWN.beat()
            self._turn(LOOK_SECONDS if self.waiting.anybody else 1.0)
        self._finish()

    def _adjustments(self) -> dict[str, Any]:
        most = uploads.ordinary()
        return {
            "sockets": [listener.sock for listener in self.sockets],
            "threads": self.cfg.threads,
            "ident": "",
            "max_request_header_size": HEADER_BYTES,
            "max_request_body_size": most + 1,  # RequestParser sets it by address
            "inbuf_overflow": most + 1,  # a stranger's body is never written to disk
            "outbuf_overflow": ANSWER_MEMORY,
            "outbuf_high_watermark": ANSWER_BYTES,
            # Addresses are decided in one place (iamconsole.client_address).
            "clear_untrusted_proxy_headers": False,
            # Both are done by ``_look``.
            "connection_limit": 10**9,
            "cleanup_interval": 10**9,
            "asyncore_use_poll": True,
            "log_socket_errors": False,
        }

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal: stop soon, not after the loop's next second."""
        super().handle_exit(sig, frame)
        if server := getattr(self, "server", None):
            with contextlib.suppress(OSError):  # it has closed already, and a second signal has come
                server.pull_trigger()

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self.map, count=1)
        now = time.monotonic()
        if now - self.looked > LOOK_SECONDS or len(self._channels()) > MOST_CONNECTIONS:
            self.looked = now
            self._look(now)

    def _channels(self) -> dict[int, Channel]:
        channels: dict[int, Channel] = self.server.active_channels
        return channels

    def _look(self, now: float) -> None:
        """Refuse who waits too long for a thread. Close who takes too long, and who has waited longest
        where there are too many.
        """
        self.waiting.refuse_late(now)
        for channel in list(self._channels().values()):
            if channel.look(now):
                channel.handle_close()
        channels = list(self._channels().values())
        waiting = sorted((c for c in channels if c.can_go), key=lambda c: (c.phase[0] != "idle", c.since))
        for channel in waiting[: max(0, len(channels) - MOST_CONNECTIONS)]:
            channel.handle_close()
        bodies = [channel for channel in waiting if channel.body_size()]
        held = sum(channel.body_size() for channel in bodies)
        for channel in bodies:
            if held <= BODY_BYTES:
                break
            held -= channel.body_size()
            channel.handle_close()

    def _finish(self) -> None:
        """No new clients; answers that are being made or sent are finished."""
        wasyncore.dispatcher.close(self.server)  # the listening socket, not its trigger
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < deadline:
            self.notify()
            self._look(time.monotonic())
            for channel in list(self._channels().values()):
                if channel.can_go:
                    channel.handle_close()
            if not self._channels():
                break
            self._turn(0.1)
        self.server.task_dispatcher.shutdown(timeout=1)
        self.server.health.shutdown(timeout=1)
        wasyncore.close_all(self.map)
