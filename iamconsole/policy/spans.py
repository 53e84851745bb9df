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


@lru_cache(maxsize=64)
def counted_spans(text: str) -> tuple[StatementSpan, ...]:
    """The same as AWS's simulator counts them (IAM-FACTS 8.7): a statement of a list begins right behind the
    token before it, which is the bracket of the list or the brace of the statement before, and a statement
    without a list right behind its own brace. White space and commas between belong to the next one.
    """
    places = Places.of(text)
    whole = places.value(("Statement",))
    starts, ends = [whole.start + 1], [whole.end]
    if text[whole.start] == "[":
        count = sum(1 for path in places.values if len(path) == 2 and path[0] == "Statement")
        ends = [places.values["Statement", index].end for index in range(count)]
        starts += ends[:-1]
    return tuple(
        StatementSpan(_position(text, start), _position(text, end))
        for start, end in zip(starts, ends, strict=True)
    )


def _position(text: str, offset: int) -> Position:
    return Position(*line_and_column(text, offset))
