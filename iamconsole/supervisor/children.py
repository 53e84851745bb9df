"""One child process: started in a session of its own, its output in a file, stopped for certain."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from .logs import rotate

PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """``answers`` says whether the child is ready; ``orphan_signal`` reaches it when we are killed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    answers: Callable[[], bool]
    orphan_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process. Its own session keeps the terminal's Ctrl-C away from it."""
        self.rotate_log()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603  (our own commands, no user text)
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(self.orphan_signal),
            )

    def rotate_log(self) -> bool:
        """Move the log away if it has grown large; whether it had."""
        return rotate(self.log, settings.LOG_BYTES, settings.LOG_FILES)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.alive and self.process is not None:
            self.process.terminate()

    def wait(self, seconds: float) -> bool:
        """Whether the process has ended within the time."""
        deadline = time.monotonic() + seconds
        while self.alive and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.alive

    def kill(self) -> None:
        """End the whole session of the child, whatever it does."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_words(self) -> str:
        """The last line of the log, for the sentence about a death."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1][:200] if lines else ""


def die_with_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """On Linux the kernel sends the signal when the supervisor dies, also by kill -9."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, int(orphan_signal))

    return arrange
