"""A row of the table of settings."""

from dataclasses import dataclass
from typing import Any

from .kinds import Kind

PREFIX = "IAMCONSOLE_"


@dataclass(frozen=True)
class Setting:
    """One variable of the environment.

    ``shown``: the default in words, where it is found out at the start. ``secret``: never printed, and a
    file with it can be named by the variable with _FILE at its end. ``attribute``: Django's name for it.
    """

    name: str
    kind: Kind
    default: Any
    meaning: str
    shown: str = ""
    secret: bool = False
    attribute: str = ""

    @property
    def default_shown(self) -> str:
        """The default as a person reads it."""
        if self.shown or self.default in (None, "", ()):
            return self.shown or "not set"
        if isinstance(self.default, bool):
            return "1" if self.default else "0"
        return ", ".join(self.default) if isinstance(self.default, tuple) else f"{self.default}"

    @property
    def in_django(self) -> str:
        """The name in Django's settings; "" where a command alone reads it."""
        return self.attribute or self.name.removeprefix(PREFIX)
