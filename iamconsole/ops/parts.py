"""What this console stands on, each part asked with a limit: one that hangs never holds who asks.

A room adds a part of its own from ``AppConfig.ready``: ``register("mail", ask)``. ``ask`` takes nothing and
returns nothing where all is well. It raises Attention, with a sentence, for what the console works without,
and any other exception where it cannot serve.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connections

LIMIT_SECONDS = 2.0
KEPT_SECONDS = 0.5  # however often strangers ask, a part is asked twice a second at most
SILENT = "It did not answer within {seconds:g} seconds."


class Attention(Exception):
    """Told, but no reason to keep requests away: the console works without."""


class NotReady(Exception):
    """The sentence says what is missing. Any other exception counts too, by its first line."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a part said: ``sentence`` is empty where all is well; ``failing`` where nothing can be served."""

    name: str
    sentence: str = ""
    failing: bool = False


class Asking(threading.Thread):
    """One question, in a thread of its own."""

    def __init__(self, name: str, ask: Callable[[], None]) -> None:
        super().__init__(name=f"ask-{name}", daemon=True)
        self.part, self.ask = name, ask
        self.began = time.monotonic()
        self.ended = 0.0
        self.outcome = Outcome(name, SILENT.format(seconds=LIMIT_SECONDS), failing=True)

    def run(self) -> None:
        try:
            self.ask()
            self.outcome = Outcome(self.part)
        except Attention as told:
            self.outcome = Outcome(self.part, str(told))
        except Exception as error:
            self.outcome = Outcome(self.part, first_line(error), failing=True)
        finally:
            self.ended = time.monotonic()
            connections.close_all()

    def is_fresh(self) -> bool:
        """Whether it is still being asked, or has just been."""
        return not self.ended or time.monotonic() - self.ended < KEPT_SECONDS

    def wait(self) -> Outcome:
        """Wait up to the limit, counted from its start: where it hangs, only the first one waits."""
        self.join(max(0.0, self.began + LIMIT_SECONDS - time.monotonic()))
        return self.outcome


@dataclass
class Part:
    """A name and its question, of which at most one is open at a time."""

    name: str
    ask: Callable[[], None]
    lock: threading.Lock = field(default_factory=threading.Lock)
    asking: Asking | None = None

    def begin(self) -> Asking:
        """Ask now, unless the last question is still open or its answer fresh."""
        with self.lock:
            if self.asking is None or not self.asking.is_fresh():
                self.asking = Asking(self.name, self.ask)
                self.asking.start()
            return self.asking


PARTS: dict[str, Part] = {}


def register(name: str, ask: Callable[[], None]) -> None:
    """Add a part under the name that strangers are told."""
    PARTS[name] = Part(name, ask)


def outcomes() -> Iterator[Outcome]:
    """Ask all parts at once."""
    for asking in [part.begin() for part in list(PARTS.values())]:
        yield asking.wait()


def first_line(error: Exception) -> str:
    """The first line of an exception's text, else the name of its class."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
