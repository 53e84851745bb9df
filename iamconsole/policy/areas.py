"""What a pattern of resources takes in, compared with another pattern rather than with one ARN.

An area is every text that a pattern matches. Where a policy is asked about many resources at once, its
patterns have all of them, some, or none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from .glob import ONE, RUN, Glob, wild
from .kept import kept
from .steps import Steps

# What stands for wildcards where an area is read as a text. No ARN has these characters.
AS_TEXT = {RUN: "\x00", ONE: "\x01"}


@dataclass(frozen=True, slots=True)
class Area:
    """The texts of a pattern. ``text`` is how people read it."""

    tokens: tuple[str, ...]
    text: str
    glob: Glob = field(repr=False, compare=False)
    inner: str = field(repr=False, compare=False)  # its tokens as one text
    endless: bool = field(repr=False, compare=False)  # whether it has a star
    gapped: bool = field(repr=False, compare=False)  # whether it has a question mark
    # Where only wildcards with a star among them follow the prefix, how many question marks; else -1.
    open_after: int = field(repr=False, compare=False)

    @classmethod
    def of_tokens(cls, tokens: Iterable[str], text: str = "") -> "Area":
        """``text`` where people read something else than the tokens, such as a variable's name."""
        listed = tuple(tokens)
        glob, endless, gapped = Glob.of_tokens(listed), RUN in listed, ONE in listed
        rest = listed[len(glob.prefix) :]
        inner = "".join([AS_TEXT.get(token, token) for token in listed])
        return cls(
            listed,
            text or inner.replace(AS_TEXT[RUN], "*").replace(AS_TEXT[ONE], "?"),
            glob,
            inner,
            endless,
            gapped,
            rest.count(ONE) if endless and all(token in (RUN, ONE) for token in rest) else -1,
        )

    @property
    def is_one(self) -> bool:
        """Whether only one text is meant."""
        return not self.endless and not self.gapped

    def covers(self, other: "Area", steps: Steps) -> bool:
        """Whether everything of the other is in this one. Raises TooManySteps.

        A star of the other fits only a star of this one, which the text with its sign finds out. A question
        mark would take the sign for a character: there the patterns are gone through.
        """
        if self.gapped and other.endless:
            return _covers(self.tokens, other.tokens, steps)
        steps.take(self.glob.steps(other.inner))
        return self.glob.matches(other.inner)

    def meets(self, other: "Area", steps: Steps) -> bool:
        """Whether something is in both. Raises TooManySteps."""
        if self.is_one or other.is_one:
            one, many = (self, other) if self.is_one else (other, self)
            return many.covers(one, steps)
        steps.take(4)
        if not begin_alike(self.glob, other.glob):
            return False
        if self._takes_the_rest(other) or other._takes_the_rest(self):
            return True
        return _meet(self.tokens, other.tokens, steps)

    def _takes_the_rest(self, other: "Area") -> bool:
        """Whether whatever follows the own prefix fits, as far as the other goes on long enough."""
        begun = len(self.glob.prefix)
        return (
            self.open_after >= 0
            and begun <= len(other.glob.prefix)
            and (other.endless or other.glob.least - begun >= self.open_after)
        )


def begin_alike(left: Glob, right: Glob) -> bool:
    """Whether the texts of two patterns can begin with the same characters: most cannot."""
    return left.prefix.startswith(right.prefix) or right.prefix.startswith(left.prefix)


@kept(maxsize=4096)
def area(pattern: str) -> Area:
    """The area of a pattern as its author wrote it."""
    return Area.of_tokens(wild(pattern))


def _covers(outer: tuple[str, ...], inner: tuple[str, ...], steps: Steps) -> bool:
    """Whether the outer pattern fits the inner one, whose wildcards only wildcards fit."""
    steps.take(len(outer) * len(inner) + 1)
    reached = [True] + [False] * len(inner)
    for token in outer:
        if token == RUN:
            for place in range(len(inner)):
                reached[place + 1] = reached[place + 1] or reached[place]
            continue
        fits = (lambda other: other != RUN) if token == ONE else token.__eq__
        reached = [False, *(before and fits(other) for before, other in zip(reached, inner, strict=False))]
    return reached[-1]


def _meet(left: tuple[str, ...], right: tuple[str, ...], steps: Steps) -> bool:
    """Whether some text fits both patterns.

    Bit n of ``state`` says that some text fits the left tokens so far and the first n of the right. As many
    bits as fit into a machine's word cost about as much as one.
    """
    steps.take(len(left) * (2 + len(right) // 64) + len(right))
    stars, anything, letters = _places(right)
    full, state = (1 << len(right) + 1) - 1, _past_stars(1, stars)
    for token in left:
        if token == RUN:
            state = full & ~((state & -state) - 1)
            continue
        fits = full & ~stars if token == ONE else letters.get(token, 0) | anything
        state = _past_stars((state & fits) << 1 & full | state & stars, stars)
        if not state:
            return False
    return bool(state >> len(right))


@lru_cache(maxsize=256)
def _places(tokens: tuple[str, ...]) -> tuple[int, int, dict[str, int]]:
    """Where a pattern has its stars, its question marks, and each character, as bits."""
    places: dict[str, int] = {}
    for place, token in enumerate(tokens):
        places[token] = places.get(token, 0) | 1 << place
    return places.pop(RUN, 0), places.pop(ONE, 0), places


def _past_stars(state: int, stars: int) -> int:
    """The places reached, and those behind stars that take nothing."""
    while (more := state | (state & stars) << 1) != state:
        state = more
    return state
