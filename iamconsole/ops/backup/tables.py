"""Tables as lines of JSON that are the same on SQLite and PostgreSQL, and sums to compare them by.

A row is a list of its columns' values. What JSON has no word for is text: times in ISO 8601 with
microseconds, UUIDs, decimals, bytes in base64; the column's own field makes a value of it again.
"""

import base64
import datetime
import decimal
import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.apps.registry import Apps
from django.db import models

PAGE_BYTES = 2 * 1024 * 1024  # rows of reports have megabytes: pages are cut by what the last one weighed
FIRST_ROWS, MOST_ROWS = 5, 1000
MOST_FILES = 10  # rows with bytes in them: a report of an account that has grown may follow many small ones
SUM_BITS = 256

_LEFT_OUT: set[str] = set()

Model = type[models.Model]
Field: TypeAlias = "models.Field[Any, Any]"  # a column


def leave_out(*labels: str) -> None:
    """Have the rows of these models ("app.Model") in no backup: what must not live twice, as sessions."""
    _LEFT_OUT.update(label.lower() for label in labels)


def tables(apps: Apps) -> list[Model]:
    """Every table of every app, tables between two others too, without those that are left out."""
    found = apps.get_models(include_auto_created=True)
    kept = (model for model in found if model._meta.managed and not model._meta.proxy)
    return sorted(
        (model for model in kept if model._meta.label_lower not in _LEFT_OUT),
        key=lambda m: m._meta.label_lower,
    )


def columns(model: Model) -> list[Field]:
    """The columns with values of their own: the database makes those of generated ones."""
    return [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]


def rows(model: Model, fields: Sequence[Field]) -> Iterator[str]:
    """Each row of a table as a line, a page at a time along the primary key."""
    # Not the model's manager, which could hide rows.
    every: Any = models.QuerySet(model).order_by("pk")
    names = ["pk", *(field.attname for field in fields)]
    most = MOST_FILES if any(isinstance(field, models.BinaryField) for field in fields) else MOST_ROWS
    size, last = FIRST_ROWS, None
    while True:
        page = (every if last is None else every.filter(pk__gt=last)).values_list(*names)[:size]
        weight, number = 0, 0
        for key, *values in list(page):
            line = json.dumps([plain(value) for value in values], ensure_ascii=False, separators=(",", ":"))
            weight, number, last = weight + len(line), number + 1, key
            yield line
        if number < size:
            return
        size = max(1, min(most, size * 4, size * PAGE_BYTES // weight))


def plain(value: Any) -> Any:
    """A column's value in JSON's own words."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, decimal.Decimal, datetime.timedelta)):
        return str(value)
    return value


def value_of(field: Field, value: Any) -> Any:
    """The column's value again. Raises ValueError or ValidationError where the field does not know it."""
    if isinstance(field, models.JSONField):
        # None is the database's NULL; where there can be none it was JSON's.
        return models.Value(None, models.JSONField()) if value is None and not field.null else value
    if value is None:
        return None
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    return field.to_python(value)


@dataclass
class Sum:
    """How many rows, and the sum of their SHA-256: the same in whatever order a database gives them."""

    rows: int = 0
    digest: int = 0

    def add(self, line: str, json_at: Sequence[int]) -> None:
        self.rows += 1
        text = canonical(line, json_at) if json_at else line
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(text.encode()).digest())) % 2**SUM_BITS

    def as_json(self) -> dict[str, Any]:
        return {"rows": self.rows, "sha256": f"{self.digest:064x}"}


def json_columns(fields: Sequence[Field]) -> list[int]:
    return [place for place, field in enumerate(fields) if isinstance(field, models.JSONField)]


def canonical(line: str, json_at: Iterable[int]) -> str:
    """The line with JSON columns as PostgreSQL keeps them too: keys in order, and 1.0 is 1."""
    values = json.loads(line)
    for place in json_at:
        values[place] = whole_numbers(values[place])
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def whole_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: whole_numbers(item) for key, item in value.items()}
    return value


def sum_of(model: Model, fields: Sequence[Field]) -> Sum:
    """The sum of a table as it is in the database."""
    found, json_at = Sum(), json_columns(fields)
    for line in rows(model, fields):
        found.add(line, json_at)
    return found
