"""Where the parts of a JSON text stand, so that a finding can point at its line."""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

Path = tuple[str | int, ...]
LINE_END = re.compile(r"\n")
SPACE = re.compile(r"[ \t\r\n]*")
SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\]}]+')


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: offsets of its first character and behind its last one."""

    start: int
    end: int


@dataclass(slots=True)
class Places:
    """The spans of all values and keys of a JSON text by their path; keys that stand twice."""

    text: str
    values: dict[Path, Span] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)
    repeated: list[tuple[Path, Span]] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> "Places":
        """Of a text that ``json`` can read and that is not too deep."""
        places = cls(text)
        places._value((), 0)
        return places

    def value(self, path: Path) -> Span:
        """The span of a value, or of the nearest part above that exists."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values[path]

    def key(self, path: Path) -> Span:
        """The span of a key; of the value's nearest part above where there is no such key."""
        return self.keys.get(path) or self.value(path)

    def top(self) -> set[str]:
        """The keys of the outermost object."""
        return {str(path[0]) for path in self.keys if len(path) == 1}

    def _skip(self, at: int) -> int:
        match = SPACE.match(self.text, at)
        return match.end() if match else at

    def _value(self, path: Path, at: int) -> int:
        """Notes the value that begins at or after ``at``; the offset behind it."""
        start = self._skip(at)
        opening = self.text[start]
        if opening in "{[":
            end = self._members(path, start + 1, "}" if opening == "{" else "]")
        else:
            match = SCALAR.match(self.text, start)
            end = match.end() if match else start + 1
        self.values[path] = Span(start, end)
        return end

    def _members(self, path: Path, at: int, closing: str) -> int:
        at, index = self._skip(at), 0
        while self.text[at] != closing:
            name: str | int = index
            if closing == "}":
                name, at = self._key(path, at)
            at = self._skip(self._value((*path, name), at))
            at, index = self._skip(at + 1) if self.text[at] == "," else at, index + 1
        return at + 1

    def _key(self, path: Path, at: int) -> tuple[str, int]:
        """A key and the offset behind its colon."""
        match = SCALAR.match(self.text, at)
        end = match.end() if match else at + 1
        name, span = str(json.loads(self.text[at:end])), Span(at, end)
        if (*path, name) in self.keys:
            self.repeated.append(((*path, name), span))
        self.keys[(*path, name)] = span
        return name, self._skip(end) + 1


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Both count from one."""
    starts = _line_starts(text)
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


@lru_cache(maxsize=8)
def _line_starts(text: str) -> list[int]:
    """Where the lines begin: counted once for all places that are asked for in one text."""
    return [0, *(match.end() for match in LINE_END.finditer(text))]
