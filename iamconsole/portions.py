"""Long lists in portions: databases bound the number of parameters of one question."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
PORTION = 500


def portions(items: Sequence[T], size: int = PORTION) -> Iterator[Sequence[T]]:
    """The items in their order, ``size`` at a time; nothing where there are none."""
    return (items[start : start + size] for start in range(0, len(items), size))
