"""How differences in the rows of a mirror are told: what an Event about them is on, and in which words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

# Reasons for which a difference is no news.
OURS = "AWS does not have it: only this console does"
GIVEN = "says which row it is, and never changes"
USE = "using something does not change it"
FOLLOWS = "follows from another column, which is told"


class Thing(Protocol):
    """What AWS names by an ARN: a user, a group, a policy, a certificate, a device, an account."""

    pk: Any

    @property
    def arn(self) -> str: ...


class View(NamedTuple):
    """A row as it was at one moment: what it belongs to, with the ARN; which part of that it is, in words and
    by its name, "" where it is the thing itself; and what is told of it.
    """

    thing: Thing
    arn: str
    part: str
    name: str
    facts: dict[str, Any]


def itself(row: Any) -> Thing:
    thing: Thing = row
    return thing


@dataclass(frozen=True)
class Told:
    """How a sync tells of the rows of one model.

    ``noun`` is IAM's word for a row. ``thing`` leads from it to what the Event is on, itself for what has an
    ARN; of that it is the part ``label``, with the ``name`` among its kind. ``silent`` are the columns whose
    differences are no news, each with the reason; every other column is told, those of ``fixed`` only when a
    row comes or goes: they do not change while it is there. ``gives`` reads the document of the policy that a
    row gives its thing, which is not told itself.
    """

    model: type[Model]
    noun: str
    silent: Mapping[str, str] = field(default_factory=dict)
    fixed: Sequence[str] = ()
    thing: Callable[[Any], Thing] = itself
    label: str = ""
    name: Callable[[Any], str] = lambda row: ""
    gives: Callable[[Any], str] | None = None

    def columns(self) -> Sequence[str]:
        """The columns that are told, in the order of the model."""
        fields = self.model._meta.concrete_fields
        return [one.name for one in fields if not one.primary_key and one.name not in self.silent]

    def view(self, row: Any) -> View:
        """The row as it is now; of the facts those that say something."""
        values = {column: fact(getattr(row, column)) for column in self.columns()}
        thing = self.thing(row)
        said = {column: value for column, value in values.items() if value not in (None, "", {}, [], False)}
        if thing is row:
            return View(thing, thing.arn, "", "", said)
        return View(thing, thing.arn, f"{self.label} {self.name(row)}".strip(), self.name(row), said)


def fact(value: Any) -> Any:
    """A value of a column as an Event has it: rows by ARN or name, moments as AWS writes them."""
    if isinstance(value, Model):
        return getattr(value, "arn", None) or str(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return value


class Tellings(dict[type[Model], Told]):
    """How each mirrored model is told, by the model."""

    def add(self, told: Told) -> None:
        """Raises ImproperlyConfigured where another mirror writes the model."""
        if told.model in self:
            raise ImproperlyConfigured(f"{told.model.__name__} is told twice.")
        self[told.model] = told

    def of(self, row: Any) -> Told:
        """How a row is told. Raises ImproperlyConfigured for a model that no mirror declares."""
        try:
            return self[type(row)]
        except KeyError:
            raise ImproperlyConfigured(f"No mirror says how {type(row).__name__} is told.") from None


TELLINGS = Tellings()
