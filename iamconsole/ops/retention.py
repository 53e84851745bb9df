"""What is kept for how long: filled from ``AppConfig.ready`` by those who own the rows.

Each model either belongs to a kind that is removed after its time, or is named by ``stays`` with the reason
why it does not grow by itself; ``tests/ops/test_retention.py`` keeps that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet

from .ages import Ages
from .pace import Pace

Rows = Callable[[Ages], "QuerySet[Any]"]


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of one kind that are removed after their time.

    ``what``: what is kept, for people. ``how_long``: for how long, with the values of ``settings`` (names in
    the environment) at its braces. ``over``: the rows that can go. ``moment``: the field that says how old a
    row is. ``parts``: rows that go with one, by model and the field that leads to it, removed first.
    ``also``: models that go with a row in the same transaction. ``first``: how many go at once in the
    beginning.
    ``tidy``: what makes the rows that stay smaller.
    """

    kind: str
    title: str
    what: str
    how_long: str
    model: type[Model]
    over: Rows
    moment: str
    settings: tuple[str, ...] = ()
    parts: tuple[tuple[type[Model], str], ...] = ()
    also: tuple[type[Model], ...] = ()
    first: int = 50
    tidy: Callable[[Ages, Pace], None] | None = None

    @property
    def for_how_long(self) -> str:
        """For how long, with the numbers of the settings."""
        numbers = {name: getattr(settings, name.removeprefix("IAMCONSOLE_")) for name in self.settings}
        return self.how_long.format(*numbers.values())

    @property
    def models(self) -> tuple[type[Model], ...]:
        """All models whose rows it removes."""
        return (self.model, *(model for model, _ in self.parts), *self.also)


_kept: dict[str, Kept] = {}
_staying: dict[str, str] = {}


def keep(*kinds: Kept) -> None:
    """Register kinds of rows that are removed after their time, in the order in which they go."""
    _kept.update({kept.kind: kept for kept in kinds})


def stays(why: str, *models: str) -> None:
    """Say why models (``users.User``) do not grow by themselves."""
    _staying.update(dict.fromkeys(models, why))


def all_kept() -> list[Kept]:
    """Every kind, in the order in which they go."""
    return list(_kept.values())


def staying() -> dict[str, str]:
    """The models that are not pruned, with the reason."""
    return dict(_staying)


def older_than(rows: Callable[[], "QuerySet[Any]"], moment: str, setting: str) -> Rows:
    """Those of ``rows`` whose ``moment`` is longer ago than the days of a setting (``KEEP_JOBS_DAYS``)."""

    def over(ages: Ages) -> "QuerySet[Any]":
        days = getattr(settings, setting)
        return rows().filter(**{f"{moment}__lt": ages.before(days)})

    return over
