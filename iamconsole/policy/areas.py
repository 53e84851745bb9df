"""What a pattern of resources takes in, compared with another pattern rather than with one ARN.

An area is every text that a pattern matches. Where a policy is asked about many resources at once, its
patterns have all of them, some, or none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .glob import ANYTHING, ONE, RUN, Glob, wild
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

    @classmethod
    def of_tokens(cls, tokens: Iterable[str], text: str = "") -> "Area":
        """``text`` where people read something else than the tokens, such as a variable's name."""
        listed = tuple(tokens)
        signs = {RUN: "*", ONE: "?"}
        return cls(
            listed,
            text or "".join(signs.get(token, token) for token in listed),
            Glob.of_tokens(listed),
            "".join(AS_TEXT.get(token, token) for token in listed),
            RUN in listed,
            ONE in listed,
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
        own, others = self.glob.prefix, other.glob.prefix
        steps.take(4)
        shorter = min(len(own), len(others))
        if own[:shorter] != others[:shorter]:
            return False
        if _ends_open(self, shorter) or _ends_open(other, shorter):
            return True
        return _meet(self.tokens, other.tokens, steps)


@kept(maxsize=4096)
def area(pattern: str) -> Area:
    """The area of a pattern as its author wrote it."""
    return Area.of_tokens(wild(pattern))


def _ends_open(of: Area, shared: int) -> bool:
    """Whether only a star follows what it has in common with another."""
    return of.glob.pieces == ANYTHING and len(of.glob.prefix) == shared


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
    """Whether some text fits both patterns."""
    steps.take(len(left) * len(right) + 1)
    reached = [True] + [False] * len(right)
    for place, other in enumerate(right):
        reached[place + 1] = reached[place] and other == RUN
    for token in left:
        after = [reached[0] and token == RUN] + [False] * len(right)
        for place, other in enumerate(right):
            if token == RUN:
                after[place + 1] = reached[place + 1] or after[place]
            elif other == RUN:
                after[place + 1] = reached[place + 1] or after[place] or reached[place]
            else:
                after[place + 1] = reached[place] and (token == other or ONE in (token, other))
        reached = after
    return reached[-1]
