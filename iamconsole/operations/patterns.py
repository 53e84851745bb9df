"""The patterns of AWS's models, which are Java's, as Python's.

Java's ``\\w``, ``\\d`` and ``\\s`` are those of ASCII. ``re`` has no ``\\p{L}``: it is written out as ranges.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby

UNICODE_CLASS = re.compile(r"\\p\{([LNZ][a-z]?)\}", re.ASCII)
PLANES_WITH_TEXT = range(0x40000)  # Unicode has letters, numbers and separators in no plane above these.


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A model's pattern, which a whole text must match (IAM-FACTS 2.22.6)."""
    return re.compile(UNICODE_CLASS.sub(lambda found: ranges(found[1]), pattern), re.ASCII)


@cache
def ranges(category: str) -> str:
    """The inside of a bracket expression for ``L``, all letters, or ``Lu``, those in upper case."""
    return "".join(
        f"\\U{first:08x}" if first == last else f"\\U{first:08x}-\\U{last:08x}"
        for first, last in _stretches(category)
    )


def _stretches(category: str) -> Iterator[tuple[int, int]]:
    """The first and last code points of every stretch in that category."""
    for inside, run in groupby(_by_category(), lambda stretch: stretch[0].startswith(category)):
        if inside:
            stretches = list(run)
            yield stretches[0][1], stretches[-1][2]


@cache
def _by_category() -> list[tuple[str, int, int]]:
    """All code points as stretches of one category each, looked up once for all patterns."""
    stretches, first = [], 0
    for name, run in groupby(unicodedata.category(chr(code)) for code in PLANES_WITH_TEXT):
        last = first + sum(1 for _ in run) - 1
        stretches.append((name, first, last))
        first = last + 1
    return stretches
