"""Remembering what was worked out for a text, without letting strangers fill the memory."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")
LONGEST_KEPT = 512  # characters; longer texts are rare, and are worked out each time


def kept(maxsize: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Keep the answers of a function of one text for the last ``maxsize`` texts of ordinary length."""

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        remembered = lru_cache(maxsize)(function)

        @wraps(function)
        def answer(text: str) -> T:
            return remembered(text) if len(text) <= LONGEST_KEPT else function(text)

        return answer

    return decorate
