"""Pages through a history, from a row on: a page far away costs what the first one costs.

The address names the row that the page begins after (``older=``) or ends before (``newer=``), by the values
that the rows are ordered by. Nothing is skipped one by one, and rows that come meanwhile move nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

OLDER, NEWER = "older", "newer"
NEWEST_FIRST = ("-at", "-id")
BETWEEN = "~"


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """The rows of a page; the markers of the pages beside it, "" where there are none."""

    rows: list[Any]
    older: str = ""
    newer: str = ""


def history_page(
    parts: Sequence[QuerySet[Any]],
    query: Mapping[str, str],
    size: int,
    order: Sequence[str] = NEWEST_FIRST,
) -> HistoryPage:
    """The page of the address. ``parts``: rows of one model, each in one of them only; each part is asked by
    an index of its own. ``order`` must tell any two rows apart. An address that names no row is that of the
    first page.
    """
    if values := marked(parts[0].model, order, query.get(NEWER, "")):
        found = first_rows(parts, turned(order), size + 1, values)[::-1]
        if len(found) > size:
            return HistoryPage(found[1:], marker(found[-1], order), marker(found[1], order))
    values = marked(parts[0].model, order, query.get(OLDER, ""))
    found = first_rows(parts, order, size + 1, values)
    if values and not found:
        values, found = [], first_rows(parts, order, size + 1, [])
    rows = found[:size]
    older = marker(rows[-1], order) if len(found) > size else ""
    return HistoryPage(rows, older, marker(rows[0], order) if values else "")


def first_rows(
    parts: Sequence[QuerySet[Any]], order: Sequence[str], number: int, values: Sequence[Any]
) -> list[Any]:
    """So many rows in that order, after the one that has the values."""
    after = beyond(order, values)
    found = [row for part in parts for row in part.filter(after).order_by(*order)[:number]]
    if len(parts) > 1:
        for name in reversed(order):
            found.sort(key=attrgetter(name.lstrip("-")), reverse=name.startswith("-"))
    return found[:number]


def beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """What comes after these values. The first column is bounded by itself: an index begins there."""
    found, same = Q(), Q()
    for name, value in zip(order, values, strict=False):
        column, step = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        found |= same & Q(**{f"{column}__{step}": value})
        same &= Q(**{column: value})
    if not values:
        return found
    first = order[0].lstrip("-")
    return Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": values[0]}) & found


def turned(order: Sequence[str]) -> tuple[str, ...]:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)


def marker(row: Any, order: Sequence[str]) -> str:
    """The row in an address."""
    values = (getattr(row, name.lstrip("-")) for name in order)
    return BETWEEN.join(value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values)


def marked(model: type[Model], order: Sequence[str], text: str) -> list[Any]:
    """The values of a marker; none where it is none of this order."""
    parts = text.replace("\0", "").split(BETWEEN)
    if len(parts) != len(order):
        return []
    try:
        fields = [model._meta.get_field(name.lstrip("-")) for name in order]
        values = [field.to_python(part) for field, part in zip(fields, parts, strict=True)]  # type: ignore[union-attr]
    except (ValidationError, OverflowError):
        return []
    return values if all(value not in (None, "") for value in values) else []
