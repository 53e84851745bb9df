"""Comparing the work for a text and for one four times as long; texts that are hard on a given pattern."""

import re
import time
from collections.abc import Callable, Iterator
from re import _constants as signs  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

SIZES = (128, 512, 2_048, 8_192, 32_768)  # the first for what is worse than quadratic
MEASURABLE = 0.001  # seconds of processor time: below that a ratio says nothing
ENOUGH = 0.03
# Four times the text: linear work takes 4 times as long, quadratic 16 times. What is between is noise.
MOST = 9
CHARACTERS = 'aA0 -/"\\=:\n'


def seconds(work: Callable[[str], Any], text: str, runs: int = 1) -> float:
    """Processor time, the least of some runs."""
    least = float("inf")
    for _ in range(runs):
        begun = time.process_time()
        work(text)
        least = min(least, time.process_time() - begun)
        if least < MEASURABLE / 4:
            break
    return least


def too_much(work: Callable[[str], Any], text_of: Callable[[int], str], sizes=SIZES) -> str:
    """How the work outgrows its text, else empty. ``text_of`` makes one of about n characters."""
    before = None
    for size in sizes:
        took = seconds(work, text_of(size))
        if before and before > MEASURABLE and took / before > MOST:
            again = seconds(work, text_of(size // 4), 3), seconds(work, text_of(size), 3)
            if again[1] / again[0] > MOST:
                return f"{size // 4} to {size} characters: {again[1] / again[0]:.1f} times the work"
        if took > ENOUGH:
            break
        before = took
    return ""


def hard_texts(pattern: re.Pattern[str]) -> Iterator[tuple[str, Callable[[int], str]]]:
    """Texts that a pattern begins to match again and again, or begins and never ends."""
    starts = {""}
    for sample in samples(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)):
        starts |= {sample[:cut] for cut in cuts(sample)}
    for start in sorted(starts, key=len):
        if start:
            yield f"{start!r} repeated", lambda n, start=start: start * (n // len(start))
        for sign in CHARACTERS:
            yield f"{start!r} and {sign!r} repeated", lambda n, start=start, sign=sign: start + sign * n
            if start:
                unit = start + sign
                yield f"{unit!r} repeated", lambda n, unit=unit: unit * (n // len(unit))


def cuts(sample: str) -> list[int]:
    """Where a sample is broken off: everywhere in a short one, at six places of a long one."""
    step = max(1, len(sample) // 6)
    return [*range(0, len(sample), step), len(sample) - 1, len(sample)] if sample else [0]


def samples(parsed: Any) -> list[str]:
    """Texts that match a parsed pattern, one for each branch of it; look-arounds are passed over."""
    found = [""]
    for node in parsed:
        found = [text + part for text in found for part in parts(*node)][:24]
    return found


def parts(kind: Any, value: Any) -> list[str]:
    if kind is signs.LITERAL:
        return [chr(value)]
    if kind in (signs.NOT_LITERAL, signs.ANY):
        return ["a"]
    if kind is signs.IN:
        return [in_set(value)]
    if kind is signs.BRANCH:
        return [text for branch in value[1] for text in samples(branch)]
    if kind is signs.SUBPATTERN:
        return samples(value[3])
    if kind is signs.ATOMIC_GROUP:
        return samples(value)
    if kind in (signs.MAX_REPEAT, signs.MIN_REPEAT, signs.POSSESSIVE_REPEAT):
        least, most, inner = value
        once = samples(inner)
        return [text * max(least, 1 if most else 0) for text in once[:6]]
    return [""]  # anchors, look-arounds, references back


CLASSES = {
    signs.CATEGORY_DIGIT: "0",
    signs.CATEGORY_NOT_DIGIT: "a",
    signs.CATEGORY_SPACE: " ",
    signs.CATEGORY_NOT_SPACE: "a",
    signs.CATEGORY_WORD: "a",
    signs.CATEGORY_NOT_WORD: " ",
}


def in_set(value: Any) -> str:
    """One character of a set; of one that is negated, one that is not named."""
    kind, first = value[0]
    if kind is signs.NEGATE:
        named = "".join(chr(v) for k, v in value if k is signs.LITERAL)
        return next(sign for sign in "a0A-~ " if sign not in named)
    if kind is signs.RANGE:
        return chr(max(first[0], min(first[1], ord("A"))))
    return CLASSES[first] if kind is signs.CATEGORY else chr(first)
