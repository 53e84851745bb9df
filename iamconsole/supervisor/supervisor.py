"""Start the parts, keep them alive, stop them in order.

A part that dies is started again, at once and then after pauses that grow; the others go on. Only what can
never work ends everything, and that is found out before: a taken port, wrong settings, wrong keys.
"""

import contextlib
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType

from django.conf import settings

from . import data_folder
from .children import Child
from .errors import StartError

START_SECONDS = 60
STOP_SECONDS = 26  # for all roles together; the broker goes last and is quick
BROKER_SECONDS = 3
WATCH_SECONDS = 0.3
WELL_SECONDS = 60  # after so long a life the next death is the first again
PAUSES = (0, 1, 2, 5, 10, 30)


class Stop:
    """Whether somebody asked us to stop."""

    def __init__(self) -> None:
        self.times = 0
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.times += 1

    @property
    def asked(self) -> bool:
        return self.times > 0


class Watched:
    """A child, how often it has died lately, and when it is started again."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.deaths = 0
        self.started = self.again = 0.0
        self.dead = False

    def start(self) -> None:
        """Start it. Where that fails it is as if it had died at once."""
        self.started, self.dead = time.monotonic(), False
        with contextlib.suppress(OSError):
            self.child.start()

    def look(self) -> str:
        """What has happened to it: a sentence, or nothing. Starts it again when its pause is over."""
        now = time.monotonic()
        if self.child.hangs:
            self.child.kill()
        if self.child.alive:
            self.child.rotate_log()
            return ""
        if self.dead:
            if now >= self.again:
                self.start()
            return ""
        self.dead = True
        self.deaths = 1 if now - self.started > WELL_SECONDS else self.deaths + 1
        pause = PAUSES[min(self.deaths, len(PAUSES)) - 1]
        self.again = now + pause
        when = f"It is started again in {pause} s." if pause else "It is started again."
        sentence = f"The {self.child.name} has stopped{how(self.child.status)}. {when}"
        if mended := self.child.after_death():
            sentence = f"{sentence} {mended}"
        self.child.note(sentence)
        return f"{sentence} See {self.child.log}."


class Supervisor:
    """Runs the parts until it is told to stop."""

    def __init__(self, children: list[Child], stop: Stop, say: Callable[[str], None]) -> None:
        self.watched = [Watched(child) for child in children]
        self.stop, self.say = stop, say

    def begin(self, child: Child) -> None:
        """Start one part ahead of the others."""
        next(one for one in self.watched if one.child is child).start()

    def run(self, check: Callable[[], None], when_ready: Callable[[], None]) -> None:
        """Start what is not started, say so when the console is ready, and watch until a stop is asked for.

        ``check`` raises StartError where the web server, which has ended before it answered, never can.
        """
        for one in self.watched:
            if not one.started:
                one.start()
        if self._wait(check):
            when_ready()
        while not self.stop.asked:
            time.sleep(WATCH_SECONDS)
            self._look()

    def _wait(self, check: Callable[[], None]) -> bool:
        """Wait for all parts, not for ever for one that pages do without. False when a stop was asked for."""
        deadline = time.monotonic() + START_SECONDS
        waiting = [one.child for one in self.watched]
        while waiting and not self.stop.asked:
            waiting = [child for child in waiting if not child.answers()]
            for child in waiting:
                if child.name == "web server" and not child.alive:
                    check()
            self._look()
            if waiting and time.monotonic() > deadline:
                names = " and the ".join(child.name for child in waiting)
                self.say(f"The {names} did not answer within {START_SECONDS} s. Trying on ...\n")
                if all(child.name != "web server" for child in waiting):
                    break
                deadline = float("inf")
            time.sleep(0.05)
        return not self.stop.asked

    def _look(self) -> None:
        for one in self.watched:
            if one.child.status is not None or not one.started:
                with contextlib.suppress(OSError):
                    data_folder.make_folders(settings.DATA_DIR)
            if sentence := one.look():
                self.say(sentence + "\n")

    def end(self) -> None:
        """All roles at once, then what they stand on."""
        children = [one.child for one in self.watched]
        stand_on = [child for child in children if child.name == "broker"]
        for group, seconds in (
            ([child for child in children if child not in stand_on], STOP_SECONDS),
            (stand_on, BROKER_SECONDS),
        ):
            deadline = time.monotonic() + seconds
            for child in group:
                child.ask_to_stop()
            for child in group:
                while self.stop.times < 2 and time.monotonic() < deadline and not child.wait(0.1):
                    pass  # a second Ctrl-C hurries
                child.kill()  # also what it may have left behind


def how(status: int | None) -> str:
    """A status as words: nothing for one that says nothing."""
    if status is None or status == 0:
        return ""
    if status > 0:
        return f" with status {status}"
    with contextlib.suppress(ValueError):
        return f" ({signal.Signals(-status).name})"
    return f" (signal {-status})"


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
