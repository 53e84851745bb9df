"""A sign of life: the main loop of a process beats, and whoever looks sees when it did last.

It lies in memory that a process shares with those that it forked from, so that the supervisor sees a process
that hangs, without a file or a port.
"""

import mmap
import struct
import time

HUNG_SECONDS = 60.0


class Pulse:
    """When the loop turned last, and since when the role has been at work; 0 is never."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, 16)

    def beat(self) -> None:
        """Called by the main loop, at least every few seconds."""
        self.memory[0:8] = struct.pack("d", time.monotonic())

    def start(self) -> None:
        """Called when the role has begun its work, and as a beat afterwards."""
        self.beat()
        self.memory[8:16] = self.memory[0:8]

    def forget(self) -> None:
        """Called before a new process takes it over."""
        self.memory[0:16] = bytes(16)

    def take(self) -> None:
        """Be the pulse of this process, which ``OWN`` is."""
        OWN.memory = self.memory

    @property
    def started(self) -> bool:
        return self._at(8) > 0

    @property
    def hangs(self) -> bool:
        """Whether the loop has turned once and then no more for a long time."""
        return 0 < self._at(0) < time.monotonic() - HUNG_SECONDS

    def _at(self, place: int) -> float:
        number: float = struct.unpack("d", self.memory[place : place + 8])[0]
        return number


OWN = Pulse()  # of this process
