"""What the environment gives for the table, and a sentence for each value that cannot be used."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from .setting import PREFIX, Setting
from .table import BY_NAME, SETTINGS

UNKNOWN = "{name} is not a setting of this console.{nearest} Remove it or correct its name."
TWICE = "{name} and {name}_FILE are both set. Keep one of them."
NO_FILE = "{name}_FILE: {file} cannot be read: {why}. Name a file that this console can read."
LONGEST = 80  # characters of a wrong value that are repeated


class Given:
    """The values of an environment. A wrong one is told in ``problems`` and has its default meanwhile."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self.sources: dict[str, str] = {}
        self._values = {setting.name: self._value(setting, environment) for setting in SETTINGS}
        self.problems += unknown(environment)

    def text(self, name: str) -> str:
        """The value of a setting of one text; "" where it is not set and has no default."""
        return str(self._of(name) or "")

    def number(self, name: str) -> int:
        """The value of a setting of a whole number."""
        return int(self._of(name))

    def seconds(self, name: str) -> float:
        """The value of a setting in seconds."""
        return float(self._of(name))

    def flag(self, name: str) -> bool:
        """The value of a setting that is on or off."""
        return bool(self._of(name))

    def words(self, name: str) -> list[str]:
        """The value of a setting that is a list."""
        return list(self._of(name) or ())

    def source(self, name: str) -> str:
        """Where a value comes from: "environment", "file ...", or "default"."""
        return self.sources.get(name, "default")

    def _of(self, name: str) -> Any:
        return self._values[name]

    def _value(self, setting: Setting, environment: Mapping[str, str]) -> Any:
        given = self._text(setting, environment)
        if given:
            try:
                return setting.kind.read(given)
            except ValueError:
                self.problems.append(wrong(setting, given))
        return setting.default

    def _text(self, setting: Setting, environment: Mapping[str, str]) -> str:
        """The text of a setting, from its variable or from the file that another one names."""
        given = environment.get(setting.name, "").strip()
        file = environment.get(f"{setting.name}_FILE", "").strip() if setting.secret else ""
        if given:
            self.sources[setting.name] = "environment"
        if not file:
            return given
        if given:
            self.problems.append(TWICE.format(name=setting.name))
            return given
        self.sources[setting.name] = f"file {file}"
        try:
            return Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not a text"
            self.problems.append(NO_FILE.format(name=setting.name, file=file, why=why))
            return ""


def wrong(setting: Setting, given: str) -> str:
    """The sentence about a wrong value, which is not repeated where it is a secret."""
    if setting.secret:
        return f"{setting.name} cannot be used. {setting.kind.ask}"
    shown = " ".join(given.split())[:LONGEST]
    return f"{setting.name} is {shown}. {setting.kind.ask}"


def unknown(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable with the console's prefix that the table does not have."""
    files = {f"{setting.name}_FILE" for setting in SETTINGS if setting.secret}
    known = BY_NAME.keys() | files
    return [
        UNKNOWN.format(name=name, nearest=nearest(name, known))
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known
    ]


def nearest(name: str, known: set[str]) -> str:
    """A hint at the name that was meant, or ""."""
    found = get_close_matches(name, [one for one in known if one.startswith(PREFIX)], n=1, cutoff=0.8)
    return f" Did you mean {found[0]}?" if found else ""
