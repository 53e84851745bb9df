"""Where nouns keep what is theirs beside the engine's own."""

from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar


class Part(Protocol):
    """A class of which one is made for each whole: a reading, a plan, a writing."""

    @classmethod
    def of(cls, whole: Any) -> Self: ...


P = TypeVar("P", bound=Part)


@dataclass
class Parts:
    """A whole with parts, found by their class; the engine holds them and does not look inside."""

    parts: dict[type, Any] = field(default_factory=dict, kw_only=True)

    def part(self, kind: type[P]) -> P:
        """The part of that class, made when it is first asked for."""
        if kind not in self.parts:
            self.parts[kind] = kind.of(self)
        found: P = self.parts[kind]
        return found
