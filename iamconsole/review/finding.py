"""What can be said of a place in a policy document."""

import enum
from dataclasses import dataclass
from typing import Any

from iamconsole.policy.places import Places, Span, line_and_column

from .near import NearNames


class Kind(enum.StrEnum):
    """In the order of their weight; only an error keeps a document from being saved."""

    ERROR = "Error"
    SECURITY = "Security warning"
    WARNING = "Warning"
    SUGGESTION = "Suggestion"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a span of the text, what to do, and what to write there instead, if that is known."""

    kind: Kind
    title: str
    remedy: str
    span: Span
    line: int
    column: int
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The document under review: its text, its places, its decoded statements with their paths."""

    text: str
    places: Places
    statements: tuple[tuple[tuple[str | int, ...], dict[str, Any]], ...]
    near: NearNames

    def finding(self, kind: Kind, span: Span, title: str, remedy: str = "", fix: str = "") -> Finding:
        return finding(self.text, kind, span, title, remedy, fix)


def finding(text: str, kind: Kind, span: Span, title: str, remedy: str = "", fix: str = "") -> Finding:
    """A finding with its line and column."""
    line, column = line_and_column(text, span.start)
    return Finding(kind, title, remedy, span, line, column, fix)


def listed(value: object) -> list[object]:
    """The values of an element that takes one or a list of them."""
    return value if isinstance(value, list) else [value]
