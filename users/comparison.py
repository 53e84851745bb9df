"""Two documents side by side in one list of lines: what both have, what went, what came."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``old`` and ``new`` are its numbers, None where it does not stand there."""

    old: int | None
    new: int | None
    text: str

    @property
    def kind(self) -> str:
        if self.new is None:
            return "removed"
        return "added" if self.old is None else "same"


def compared(old: str, new: str) -> list[Line]:
    """Every line of both, in the order in which one reads the change."""
    before, after = old.split("\n"), new.split("\n")
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [line for tag, *ends in blocks for line in _lines(tag, before, after, *ends)]


def _lines(
    tag: str, before: list[str], after: list[str], i: int, i_end: int, j: int, j_end: int
) -> Iterator[Line]:
    if tag == "equal":
        for at in range(i_end - i):
            yield Line(i + at + 1, j + at + 1, before[i + at])
        return
    for at in range(i, i_end):
        yield Line(at + 1, None, before[at])
    for at in range(j, j_end):
        yield Line(None, at + 1, after[at])
