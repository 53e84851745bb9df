"""Where the statements of a document stand in its text, to point at them (IAM-FACTS 8.7)."""

from dataclasses import dataclass
from functools import lru_cache

from .places import Path, Places, line_and_column


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class StatementSpan:
    """From the opening brace to just behind the closing one."""

    start: Position
    end: Position


@lru_cache(maxsize=64)
def statement_spans(text: str) -> tuple[StatementSpan, ...]:
    """The spans of the statements, in order. ``text`` is a document that ``parse`` accepted.

    Kept by text: many decisions may point into one long document.
    """
    places = Places.of(text)
    numbered: list[Path] = [path for path in places.values if path[0:1] == ("Statement",) and len(path) == 2]
    paths = sorted((path for path in numbered if isinstance(path[1], int)), key=lambda path: int(path[1]))
    found = (places.value(path) for path in paths or [("Statement",)])
    return tuple(StatementSpan(_position(text, one.start), _position(text, one.end)) for one in found)


def _position(text: str, offset: int) -> Position:
    return Position(*line_and_column(text, offset))
