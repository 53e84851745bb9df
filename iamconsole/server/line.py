"""The line of requests that hash a password: as many do at once as there are places for hashes.

A thread that waits for a place could answer something else, and where all wait nobody is served. So who finds
no place stands in line without a thread, and all other requests go past. Only who cannot be served in time
is told to come again: at once where the line is too long, else when the time is over.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from django.urls import Resolver404, resolve

from iamconsole import hashers
from iamconsole.addresses import split

View = TypeVar("View", bound=Callable[..., Any])

# Together with the wait for a thread and the work itself it stays below what a page can take.
LINE_SECONDS = 9.0
FIRST_SECONDS = 0.2  # until one has hashed, before that is known
NEW_SHARE = 0.2  # of what was measured last in what one is thought to take


def hashes(view: View) -> View:
    """Declare that a view hashes a password of anybody who posts to it: requests of it stand in line for a
    place.
    """
    view.hashes_passwords = True  # type: ignore[attr-defined]
    return view


def is_hashed_at(path: str) -> bool:
    """Whether what is posted to the address stands in line. ``path`` is decoded."""
    try:
        return getattr(resolve(split(path)[1]).func, "hashes_passwords", False)
    except Resolver404:
        return False


class Line:
    """Not for several threads: who calls holds the lock of the room."""

    def __init__(self) -> None:
        self.waiting: deque[Any] = deque()
        self.inside: dict[Any, float] = {}  # request -> since when it has its place
        self.seconds = FIRST_SECONDS

    @property
    def places(self) -> int:
        return hashers.web_bounds().places

    def enter(self, task: Any, request: Any, now: float) -> bool:
        """Whether it has a place; else it stands in line, or has no hope there."""
        if len(self.inside) < self.places and not self.waiting:
            self.inside[request] = now
            return True
        task.came = now if self.expected <= LINE_SECONDS else float("-inf")
        self.waiting.append((task, request))
        return False

    @property
    def expected(self) -> float:
        """Seconds until the next one in line would have a place."""
        return (len(self.waiting) + 1) * self.seconds / self.places

    def leave(self, request: Any, now: float) -> Any | None:
        """A request has hashed: the task that takes its place, if one waits."""
        began = self.inside.pop(request, None)
        if began is None:
            return None
        self.seconds += NEW_SHARE * (now - began - self.seconds)
        if not self.waiting:
            return None
        task, following = self.waiting.popleft()
        self.inside[following] = task.came = now
        return task

    def late(self, now: float) -> list[Any]:
        """Those whose time is over; they are taken out of the line."""
        late = [pair for pair in self.waiting if now - pair[0].came > LINE_SECONDS]
        for pair in late:
            self.waiting.remove(pair)
        return [task for task, _ in late]
