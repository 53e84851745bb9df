"""Parts of a running console that are taken away, one after the other, each of which must come back."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.processes import below, named

SECONDS = 20  # from one kill to the next
BACK_SECONDS = 60
# Of the web server a process that answers is asked to stop, and ends what it has begun. No part of an
# installation kills it otherwise, and a request that is cut off in its middle fails everywhere.
SIGNALS = {
    "web": signal.SIGTERM,
    "worker": signal.SIGKILL,
    "scheduler": signal.SIGKILL,
    "broker": signal.SIGKILL,
}
NAMES = {"broker": "valkey"}


@contextmanager
def killing(process: int) -> Iterator[tuple[Counter[str], list[str]]]:
    """Kill while the block runs. Gives how often each part was killed, and what did not go as it must."""
    killed: Counter[str] = Counter()
    wrong: list[str] = []
    over = threading.Event()

    def kill() -> None:
        while True:
            for part in SIGNALS:
                if over.wait(SECONDS):
                    return
                there = of_part(process, part)
                if not there:
                    wrong.append(f"no {part} was found to kill")
                    continue
                os.kill(there[-1], SIGNALS[part])
                killed[part] += 1
                if not are_back(process, part, there, over):
                    wrong.append(f"the {part} was not back after {BACK_SECONDS} s")

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed, wrong
    finally:
        over.set()
        thread.join()


def of_part(process: int, part: str) -> list[int]:
    """Its processes; of the web server those that answer, not their head."""
    heads = named(process, NAMES.get(part, f"^iamconsole {part}"))
    return [one for head in heads for one in below(head)] if part == "web" else heads[:1]


def are_back(process: int, part: str, before: list[int], over: threading.Event) -> bool:
    """Whether another has taken the place of the last one in time; the end of the run is no fault."""
    for _ in range(BACK_SECONDS * 2):
        if len(set(of_part(process, part)) - {before[-1]}) >= len(before):
            return True
        if over.wait(0.5):
            return True
    return False
