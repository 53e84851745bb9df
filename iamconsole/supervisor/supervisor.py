"""Start the parts, wait until they answer, watch them, stop them in order."""

import signal
import socket
import time
from collections.abc import Callable
from types import FrameType

from .children import Child
from .errors import StartError

START_SECONDS = 60
STOP_SECONDS = 20
WATCH_SECONDS = 0.3


class Supervisor:
    """Runs the parts until it is told to stop or one of them dies."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.stop_requests = 0

    def run(self, when_ready: Callable[[], None]) -> None:
        """Returns after an asked-for stop; raises StartError when a part died or did not answer."""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        try:
            if self._start():
                when_ready()
                self._watch()
        finally:
            self.stop()

    def _start(self) -> bool:
        """Start all parts and wait for each; False when a stop was asked for meanwhile."""
        for child in self.children:
            child.start()
            if child is self.children[0]:
                self._wait_for(child)  # the others need the broker
        for child in self.children[1:]:
            self._wait_for(child)
        return not self.stop_requests

    def _wait_for(self, child: Child) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.stop_requests and not child.answers():
            if not child.alive:
                raise StartError(death_of(child))
            if time.monotonic() > deadline:
                raise StartError(
                    f"The {child.name} did not answer within {START_SECONDS} s. See {child.log}."
                )
            time.sleep(0.1)

    def _watch(self) -> None:
        while not self.stop_requests:
            for child in self.children:
                if not child.alive:
                    raise StartError(death_of(child))
                child.rotate_log()
            time.sleep(WATCH_SECONDS)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_requests += 1

    def stop(self) -> None:
        """Stop in the opposite order of the start, so that nothing loses what it stands on."""
        for child in reversed(self.children):
            child.ask_to_stop()
            deadline = time.monotonic() + STOP_SECONDS
            # A second Ctrl-C hurries.
            while self.stop_requests < 2 and time.monotonic() < deadline and not child.wait(0.1):
                pass
            child.kill()


def death_of(child: Child) -> str:
    words = child.last_words()
    return f"The {child.name} has stopped, so this console stops. {words} (log: {child.log})".strip()


def check_port(bind: str, port: int) -> None:
    """Raises StartError when the port cannot be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise StartError(
                f"Port {port} cannot be used: {error.strerror}. Choose another one: make run PORT={port + 1}"
            ) from error
