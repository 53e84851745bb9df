"""Work as a number: how much more is done when the input grows, whatever the machine and the hour."""

import sys
import time
from collections.abc import Callable
from typing import Any

GROWTH = 4


def calls(work: Callable[[], Any]) -> int:
    """How many functions are called, of Python and of C, while ``work`` runs."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def growth(work: Callable[[int], Any], size: int) -> float:
    """How many times as many calls four times the input costs: 4 is proportional, 16 is quadratic."""
    work(2)  # what is loaded once is not counted
    return calls(lambda: work(size * GROWTH)) / calls(lambda: work(size))


def slowdown(work: Callable[[int], Any], size: int) -> float:
    """The same by processor time, for work inside one call; the best of five on each side."""
    work(2)

    def best(size: int) -> float:
        taken = []
        for _ in range(5):
            start = time.thread_time()
            work(size)
            taken.append(time.thread_time() - start)
        return min(taken)

    return best(size * GROWTH) / best(size)
