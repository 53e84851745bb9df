"""One operation of a piece of work, before it is a call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a piece of work that is authorized as a whole before it runs.

    ``things``: parameter -> unique ID that its name must stand for, where the work was begun earlier
    than the step runs (``authorized.things_of``). ``undoes``: ID of the recent change that it takes back, and
    which of its steps it is.
    """

    name: str
    params: Mapping[str, Any]
    things: Mapping[str, str] = field(default_factory=dict)
    undoes: tuple[int, int] | None = None
