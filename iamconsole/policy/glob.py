"""Wildcards of the policy language: ``*`` for any run, ``?`` for one character (IAM-FACTS 8.1).

A pattern is cut at its stars into pieces: the first stands at the beginning of the text, the last at its
end, and the others are looked for from left to right, each where the one before has ended. Nothing is ever
tried twice, so a text costs its length, whatever the pattern.

A token of one character stands for itself, so a star that came out of a variable is told from a star that
the author wrote without borrowing any character for it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .kept import kept

RUN, ONE = "", "any"  # neither is one character long, so neither can be taken for a literal
WILDCARDS = {"*": RUN, "?": ONE}
STEP_BITS = 512  # of a wide piece, which cost about as much as one step


class Gapped:
    """A piece of a pattern in which ``?`` stands for any character."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tuple(tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    def fits(self, text: str, at: int) -> bool:
        """Whether the piece stands at that place of a text that is long enough."""
        return all(token in (ONE, text[at + place]) for place, token in enumerate(self.tokens))

    def find(self, text: str, at: int) -> int:
        """The first place from ``at`` on where the piece stands, else -1.

        Bit n of ``state`` says that n + 1 tokens fit what was read last (the Shift-And algorithm): each
        character of the text is read once, for all beginnings together.
        """
        masks, anything = self._masks()
        goal, state = 1 << (len(self.tokens) - 1), 0
        for place in range(at, len(text)):
            state = (state << 1 | 1) & masks.get(text[place], anything)
            if state & goal:
                return place - len(self.tokens) + 1
        return -1

    def _masks(self) -> tuple[dict[str, int], int]:
        """For each character the places where it fits; for all other characters those of ``?``.

        Not kept with the piece: that can be a hundred times the memory of its text.
        """
        places: dict[str, int] = {}
        for place, token in enumerate(self.tokens):
            places[token] = places.get(token, 0) | 1 << place
        anything = places.pop(ONE, 0)
        return {character: mask | anything for character, mask in places.items()}, anything


Piece = str | Gapped
ANYTHING: tuple[Piece, ...] = ("", "")  # the pieces of a pattern whose only wildcard is a star at the end


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern.

    ``prefix`` is what stands before the first wildcard, ``pieces`` what follows it, cut at the stars: one
    piece alone is a pattern without a star. ``least`` is the length of the shortest text that fits.
    """

    prefix: str
    pieces: tuple[Piece, ...]
    least: int

    @classmethod
    def of_tokens(cls, tokens: Iterable[str]) -> "Glob":
        listed = tuple(tokens)
        prefix = _literal(listed)
        pieces = _pieces(listed[len(prefix) :])
        return cls(prefix, pieces, len(prefix) + sum(map(len, pieces)))

    def matches(self, text: str) -> bool:
        """Whether the whole text fits. Most patterns are settled by their prefix."""
        if not text.startswith(self.prefix):
            return False
        pieces = self.pieces
        if pieces == ANYTHING:
            return True
        if len(text) < self.least:
            return False
        first, at = pieces[0], len(self.prefix)
        if isinstance(first, Gapped):
            if not first.fits(text, at):
                return False
            at += len(first)
        if len(pieces) == 1:
            return len(text) == at
        for piece in pieces[1:-1]:
            at = text.find(piece, at) if isinstance(piece, str) else piece.find(text, at)
            if at < 0:
                return False
            at += len(piece)
        return len(text) - at >= len(pieces[-1]) and _ends(text, pieces[-1])

    def steps(self, text: str) -> int:
        """What ``matches`` costs at most: one step where the beginning or the length settles it, else a step
        per character of both and some per piece; in wide pieces with ``?`` a character is as many words.
        """
        if len(text) < self.least or not text.startswith(self.prefix) or self.pieces == ANYTHING:
            return 1
        width = max((len(piece) for piece in self.pieces if isinstance(piece, Gapped)), default=0)
        return 1 + self.least + 8 * len(self.pieces) + len(text) * (1 + width // STEP_BITS)


def wild(text: str) -> list[str]:
    """The tokens of a text whose ``*`` and ``?`` are wildcards."""
    return [WILDCARDS.get(character, character) for character in text]


@kept(maxsize=16_384)
def compiled(pattern: str) -> Glob:
    """The pattern as its author wrote it."""
    return Glob.of_tokens(wild(pattern))


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern."""
    return compiled(pattern).matches(text)


def _ends(text: str, piece: Piece) -> bool:
    return text.endswith(piece) if isinstance(piece, str) else piece.fits(text, len(text) - len(piece))


def _pieces(rest: tuple[str, ...]) -> tuple[Piece, ...]:
    """What stands between the stars; of several stars in a row one counts."""
    cut: list[list[str]] = [[]]
    for token in rest:
        if token == RUN:
            cut.append([])
        else:
            cut[-1].append(token)
    kept = [piece for place, piece in enumerate(cut) if piece or place in (0, len(cut) - 1)]
    return tuple(Gapped(piece) if ONE in piece else "".join(piece) for piece in kept)


def _literal(tokens: tuple[str, ...]) -> str:
    """What stands before the first wildcard."""
    end = next((place for place, token in enumerate(tokens) if len(token) != 1), len(tokens))
    return "".join(tokens[:end])
