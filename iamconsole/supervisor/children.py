"""One child process: in a session of its own, its output in a file, stopped for certain.

The broker is a program. The roles are forks of the supervisor, which has loaded the console once: they share
its memory, and one that is started again begins as clean as the first.
"""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

from iamconsole.ops.pulse import Pulse

from .logs import rotate

PR_SET_PDEATHSIG = 1
FORK = multiprocessing.get_context("fork")
Process = subprocess.Popen[bytes] | multiprocessing.context.ForkProcess


@dataclass
class Child:
    """``answers`` says whether the child is at work; ``orphan_signal`` reaches it when we are killed."""

    name: str
    log: Path
    answers: Callable[[], bool]
    orphan_signal: signal.Signals = signal.SIGTERM
    process: Process | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process. Its own session keeps the terminal's Ctrl-C away from it."""
        self.rotate_log()
        with self.open_log() as output:
            self.process = self.launch(output)

    def launch(self, output: BinaryIO) -> Process:
        raise NotImplementedError

    def open_log(self) -> BinaryIO:
        """The log; nowhere, where the folder is gone or the disk is full: the service goes on."""
        try:
            self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self.log.open("ab", buffering=0)
        except OSError:
            return open(os.devnull, "ab", buffering=0)

    def note(self, sentence: str) -> None:
        """A line of ours in the child's log."""
        with contextlib.suppress(OSError), self.open_log() as log:
            log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} up: {sentence}\n".encode())

    def rotate_log(self) -> None:
        """Move the log away if it has grown large, and if the disk lets us."""
        with contextlib.suppress(OSError):
            rotate(self.log, settings.LOG_BYTES, settings.LOG_FILES)

    @property
    def pid(self) -> int:
        return (self.process and self.process.pid) or 0

    @property
    def status(self) -> int | None:
        """How it ended; below zero the signal that ended it. None while it lives."""
        if isinstance(self.process, subprocess.Popen):
            return self.process.poll()
        return self.process.exitcode if self.process else None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.status is None

    @property
    def hangs(self) -> bool:
        """Whether it lives and does not turn any more."""
        return False

    def after_death(self) -> str:
        """What has to be done before it is started again. A sentence, "" for nothing."""
        return ""

    def ask_to_stop(self) -> None:
        if self.alive and self.process is not None:
            self.process.terminate()

    def wait(self, seconds: float) -> bool:
        """Whether the process has ended within the time."""
        deadline = time.monotonic() + seconds
        while self.alive and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.alive

    def kill(self) -> None:
        """End the whole session of the child, whatever it does."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        while self.alive:
            time.sleep(0.02)


@dataclass
class Program(Child):
    """A program of another maker."""

    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def launch(self, output: BinaryIO) -> Process:
        return subprocess.Popen(  # noqa: S603  (our own commands, no user text)
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(self.orphan_signal),
        )


@dataclass
class Fork(Child):
    """A function of ours in a process of its own."""

    work: Callable[[], None] = lambda: None
    pulse: Pulse = field(default_factory=Pulse)
    not_its: Sequence[IO[str]] = ()  # open files that are the supervisor's alone

    def launch(self, output: BinaryIO) -> Process:
        self.pulse.forget()
        process = FORK.Process(target=self._become, args=(output.fileno(), os.getpid()), name=self.name)
        process.start()
        return process

    @property
    def hangs(self) -> bool:
        return self.alive and self.pulse.hangs

    def _become(self, output: int, parent: int) -> None:
        os.setsid()
        if arrange := die_with_parent(self.orphan_signal):
            arrange()
        if os.getppid() != parent:  # it died meanwhile, and the kernel's word with it
            sys.exit(1)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        for file in self.not_its:
            file.close()
        name_process(f"iamconsole {self.name.split()[0]}")
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        self.pulse.take()
        self.work()


def die_with_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """On Linux the kernel sends the signal when the supervisor dies, also by kill -9."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, int(orphan_signal))

    return arrange


def name_process(title: str) -> None:
    """On Linux let ``ps`` tell which process is which: the title goes over the command line, cut to fit."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[45]), int(fields[46])  # arg_start and arg_end of proc(5)
        if 0 < start < end:
            ctypes.memmove(start, title.encode()[: end - start - 1].ljust(end - start, b"\0"), end - start)
