"""A policy as people see it, with the lines of the statements that decided something marked."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from iamconsole.policy import statement_spans

LONGEST_NUMBER = 5  # digits


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document."""

    number: int
    text: str
    marked: bool


def marked_lines(shown: str, indexes: Iterable[int]) -> tuple[Line, ...]:
    """The lines of a readable document; those of some statements, by their places from 0, are marked."""
    spans = statement_spans(shown)
    some = [spans[index] for index in set(indexes) if index < len(spans)]
    marked = {number for span in some for number in range(span.start.line, span.end.line + 1)}
    return tuple(Line(number, text, number in marked) for number, text in enumerate(shown.split("\n"), 1))


def statements_of(query: QueryDict) -> list[int]:
    """The places from 0 of the statements that an address marks; it counts them from 1."""
    numbers = [text for text in query.getlist("statement") if text.isascii() and text.isdigit()]
    return [int(text) - 1 for text in numbers if len(text) <= LONGEST_NUMBER and int(text)]
