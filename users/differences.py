"""What a sync found different, for pages: what, before, after; documents line by line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from iamconsole.models import Event
from iamconsole.review.drafting import formatted
from users.policies.comparison import Line, compared

DOCUMENT = "document"
# What the rows and the warnings show of an Event's details.
SHOWN = ("Values", "Warnings")
# What is there as a whole, where nothing more is to be said of it.
THERE = "Yes"


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference in words. ``lines`` compare the documents, where it has some."""

    what: str
    before: str
    after: str
    lines: list[Line]


def with_rows(events: Iterable[Event]) -> list[Event]:
    """The Events, each with its differences as ``rows`` and its other details as ``facts``."""
    found: list[Any] = list(events)
    for event in found:
        event.rows = differences(event)
        event.calls = calls_of(event)
        event.facts = [pair for pair in event.detail.items() if not event.rows or pair[0] not in SHOWN]
    return found


def calls_of(event: Event) -> list[dict[str, Any]]:
    """The calls that AWS CloudTrail has of who made a change outside."""
    calls = event.by_authors.calls if event.by_authors else []
    return [{**call, "What": ", ".join(map(words, call["What"]))} for call in calls]


def differences(event: Event) -> list[DifferenceRow]:
    """The rows of an Event about a change that a sync has found; none for other Events."""
    values = event.detail.get("Values")
    if not isinstance(values, dict):
        return []
    return [row for what, pair in values.items() for row in rows_of(what, *sides(pair))]


def sides(pair: Any) -> tuple[Any, Any]:
    """Before and after; what is no pair is shown as it is now."""
    return (pair[0], pair[1]) if isinstance(pair, list) and len(pair) == 2 else (None, pair)


def rows_of(what: str, before: Any, after: Any) -> Iterator[DifferenceRow]:
    """One difference; the document of something that came or went is compared below it."""
    old, new = (side.get(DOCUMENT, "") if isinstance(side, dict) else side for side in (before, after))
    is_whole = isinstance(before, dict) or isinstance(after, dict)
    lines = [line for line in compared(laid_out(old), laid_out(new)) if line.text]
    if lines and not is_whole:
        yield DifferenceRow(words(what), "", "", lines)
    else:
        yield DifferenceRow(words(what), text(before), text(after), lines)


def is_document(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip().startswith("{")


def laid_out(document: Any) -> str:
    return formatted(document) if is_document(document) else ""


def words(what: str) -> str:
    """What differs, with the column in words: "Access key AKIA...: status"."""
    head, _, column = what.rpartition(": ")
    told = column.replace("_", " ") if head or "_" in column or column.islower() else column
    return f"{head}: {told}" if head else told[:1].upper() + told[1:]


def text(value: Any) -> str:
    """A value in words; "" where there was nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        told = {name: one for name, one in value.items() if name != DOCUMENT}
        said = [f"{name.replace('_', ' ')}: {text(one)}" for name, one in told.items()]
        return ", ".join(said) or THERE
    if isinstance(value, list):
        return ", ".join(map(text, value))
    return value if isinstance(value, str) else json.dumps(value)
