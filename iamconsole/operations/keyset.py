"""Pages that the database seeks by the last key shown: page 50 costs what page 1 costs (ARCHITECTURE 2)."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import takewhile
from typing import Any

from django.db.models import Q, QuerySet

from .markers import ROOM

# Of a key that fits in no marker: so many characters, and what tells it from others that begin like it.
BEGINNING, DIGEST_CHARACTERS = 120, 16


@dataclass(frozen=True, slots=True)
class Keyset:
    """Rows in ascending order of ``columns``, which together tell them apart."""

    member: str
    queryset: QuerySet[Any]
    columns: tuple[str, ...]
    all_facts: Callable[[list[Any]], Iterable[Any]]

    @classmethod
    def of(
        cls, member: str, queryset: QuerySet[Any], column: str, fact: Callable[[Any], Any], *more: str
    ) -> "Keyset":
        """Rows each of which has its own fact."""
        return cls(member, queryset, (column, *more), lambda rows: map(fact, rows))

    def rows(self, place: bytes, count: int) -> list[Any]:
        queryset = self.queryset.filter(self._behind(json.loads(place))) if place else self.queryset
        return list(queryset.order_by(*self.columns)[:count])

    def place(self, before: bytes, shown: list[Any]) -> bytes:
        values = [_plain(getattr(shown[-1], column)) for column in self.columns]
        place = json.dumps(values).encode()
        return place if len(place) < ROOM else json.dumps(_cut(values[0])).encode()

    def facts(self, rows: list[Any]) -> Iterable[Any]:
        return self.all_facts(rows)

    def _behind(self, values: Any) -> Q:
        """The rows behind those values, compared column by column."""
        if isinstance(values, dict):
            return self._behind_cut(**values)
        behind, same = Q(), Q()
        for column, value in zip(self.columns, values, strict=True):
            behind |= same & Q(**{f"{column}__gt": value})
            same &= Q(**{column: value})
        return behind

    def _behind_cut(self, beginning: str, digest: str) -> Q:
        """Behind the key itself, or where it is gone from its beginning on: nothing is left out."""
        column = self.columns[0]
        near = self.queryset.filter(**{f"{column}__gte": beginning}).order_by(column)
        keys = near.values_list(column, flat=True).iterator()
        for key in takewhile(lambda key: key.startswith(beginning), keys):
            if _digest(key) == digest:
                return Q(**{f"{column}__gt": key})
        return Q(**{f"{column}__gte": beginning})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _cut(key: str) -> dict[str, str]:
    return {"beginning": key[:BEGINNING], "digest": _digest(key)}


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:DIGEST_CHARACTERS]
