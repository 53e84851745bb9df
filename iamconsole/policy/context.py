"""The facts of a request, looked up by condition key (IAM-FACTS 8.6).

Keys are compared without case, and only ASCII letters have case here: Unicode would fold the Kelvin
sign into ``k`` and let one tag stand in for another.
"""

import string
from collections.abc import Mapping, Sequence

from .kept import kept
from .steps import Steps
from .truth import CannotEvaluate

Value = str | tuple[str, ...]
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(text: str) -> str:
    """The text with A-Z as a-z and everything else as it is."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


key_name = kept(maxsize=1024)(folded)


class Entry(str):
    """A value that a simulation was given with its type: ``kind`` is the type of one value, as ``numeric``.

    What a request carries has no types; there, values are plain texts (IAM-FACTS 8.4).
    """

    __slots__ = ("kind",)
    kind: str

    @classmethod
    def of(cls, kind: str, text: str) -> "Entry":
        entry = cls(text)
        entry.kind = kind
        return entry


class Context:
    """Condition keys with a single value (str) or several (tuple). No values at all mean no key.

    ``steps`` is the budget that comparing with them is paid from; None where nothing is counted.
    """

    __slots__ = ("_contradicted", "_values", "steps")

    def __init__(self, given: Mapping[str, str | Sequence[str]], steps: Steps | None = None) -> None:
        self.steps = steps
        values: dict[str, Value] = {}
        self._values = values
        self._contradicted: set[str] = set()
        for key, value in given.items():
            if isinstance(value, str) or value:
                name, single = key_name(key), value if isinstance(value, str) else tuple(value)
                # Tags of some resources differ by case alone (IAM-FACTS 1.3): neither may hide the other.
                if values.setdefault(name, single) != single:
                    self._contradicted.add(name)

    def value(self, name: str) -> Value | None:
        """The value of a key (folded), or None when it is absent. Raises CannotEvaluate when two spellings
        differ.
        """
        if name in self._contradicted:
            raise CannotEvaluate(f"{name} has several values that differ by the case of the key")
        return self._values.get(name)

    def has(self, name: str) -> bool:
        """Whether a key (folded) has a value."""
        return name in self._values
