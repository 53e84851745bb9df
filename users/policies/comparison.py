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


# Pairs of lines that are tried. Beyond them the changed part is shown as replaced, from its first
# difference to its last: the work of trying grows with the product of both.
MOST_PAIRS = 250_000


def compared(old: str, new: str) -> list[Line]:
    """Every line of both, in the order in which one reads the change."""
    before, after = old.split("\n"), new.split("\n")
    return [line for tag, *ends in _blocks(before, after) for line in _lines(tag, before, after, *ends)]


def _blocks(before: list[str], after: list[str]) -> list[tuple[str, int, int, int, int]]:
    """What is equal and what is not, as SequenceMatcher tells it: kind, and the ends in both."""
    head = _in_common(before, after)
    tail = _in_common(before[head:][::-1], after[head:][::-1])
    i_end, j_end = len(before) - tail, len(after) - tail
    middle = [("replace", 0, i_end - head, 0, j_end - head)]
    if (i_end - head) * (j_end - head) <= MOST_PAIRS:
        matcher = SequenceMatcher(None, before[head:i_end], after[head:j_end], autojunk=False)
        middle = list(matcher.get_opcodes())
    return [
        ("equal", 0, head, 0, head),
        *((kind, i + head, i_to + head, j + head, j_to + head) for kind, i, i_to, j, j_to in middle),
        ("equal", i_end, len(before), j_end, len(after)),
    ]


def _in_common(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


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
