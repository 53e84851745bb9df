"""Questions that may hang, each with a limit: an answer in time, or the word that there is none."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import connections

T = TypeVar("T")
log = logging.getLogger(__name__)
SECONDS = 2.0
_hanging: set[str] = set()  # names of questions whose threads have not come back yet
_lock = threading.Lock()


class NoAnswer(Exception):
    """Why there is none: what was raised, or the time that it took."""

    def __str__(self) -> str:
        return f"{type(self.__cause__).__name__}: {self.__cause__}" if self.__cause__ else "no answer in time"


def ask_all(
    questions: Mapping[str, Callable[[], T]], seconds: float = SECONDS, altogether: float = 2 * SECONDS
) -> dict[str, T | NoAnswer]:
    """Ask one after the other, each for so many seconds at most. Returns the answers by name.

    One thread asks, on a database connection of its own; only one that hangs is left behind, and its question
    is not asked again before it has come back.
    """
    end = time.monotonic() + altogether
    answers: dict[str, T | NoAnswer] = {}
    with _lock:
        left = {name: ask for name, ask in questions.items() if name not in _hanging}
    while left and time.monotonic() < end:
        answers |= _asked(left, seconds, end)
        left = {name: ask for name, ask in left.items() if name not in answers}
    return {name: answers[name] if name in answers else NoAnswer() for name in questions}


def _asked(questions: Mapping[str, Callable[[], T]], seconds: float, end: float) -> dict[str, T | NoAnswer]:
    """The answers up to the first question that hangs, which is one without an answer."""
    told: queue.Queue[tuple[str, T | NoAnswer]] = queue.Queue()
    stop = threading.Event()
    threading.Thread(target=_walk, args=(questions, told, stop), name="status", daemon=True).start()
    answers: dict[str, T | NoAnswer] = {}
    for name in questions:
        try:
            answers.update([told.get(timeout=max(0.01, min(seconds, end - time.monotonic())))])
        except queue.Empty:
            stop.set()
            with _lock:
                _hanging.add(name)
            if not told.empty():  # it has come back at this very moment
                _hanging.discard(name)
            answers[name] = NoAnswer()
            break
    return answers


def _walk(questions: Mapping[str, Callable[[], Any]], told: queue.Queue[Any], stop: threading.Event) -> None:
    try:
        for name, ask in questions.items():
            if stop.is_set():
                break
            told.put((name, _answer(name, ask)))
            with _lock:
                _hanging.discard(name)
    finally:
        connections.close_all()


def _answer(name: str, ask: Callable[[], T]) -> T | NoAnswer:
    try:
        return ask()
    except Exception as error:
        log.warning("%s could not be told", name, exc_info=True)
        missing = NoAnswer()
        missing.__cause__ = error
        return missing
