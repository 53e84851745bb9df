"""Wildcards of the policy language: ``*`` for any run, ``?`` for one character (IAM-FACTS 8.1).

A pattern is compiled to tokens. A token of one character stands for itself, so a star that came out
of a variable is told from a star that the author wrote without borrowing any character for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

RUN, ONE = "", "any"  # neither is one character long, so neither can be taken for a literal
ANYTHING = ("",)  # the runs of a pattern whose only star is its last character
WILDCARDS = {"*": RUN, "?": ONE}


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern.

    ``prefix`` is what stands before the first wildcard. ``runs`` are the literals between and behind
    stars, None where a ``?`` asks for the slower way; no runs at all: there is no wildcard.
    """

    tokens: tuple[str, ...]
    prefix: str
    runs: tuple[str, ...] | None

    @classmethod
    def of_tokens(cls, tokens: Iterable[str]) -> "Glob":
        listed = tuple(tokens)
        prefix = _literal(listed, 0)
        return cls(listed, prefix, _runs(listed[len(prefix) :]))

    def matches(self, text: str) -> bool:
        """Whether the whole text fits. Most patterns are settled by their prefix."""
        if not text.startswith(self.prefix):
            return False
        at, runs = len(self.prefix), self.runs
        if runs == ANYTHING:
            return True
        if runs is None:
            return _fits(self.tokens[at:], text[at:])
        if not runs:
            return len(text) == at
        for run in runs[:-1]:
            at = text.find(run, at)
            if at < 0:
                return False
            at += len(run)
        return len(text) - at >= len(runs[-1]) and text.endswith(runs[-1])


def wild(text: str) -> list[str]:
    """The tokens of a text whose ``*`` and ``?`` are wildcards."""
    return [WILDCARDS.get(character, character) for character in text]


@lru_cache(maxsize=16_384)
def compiled(pattern: str) -> Glob:
    """The pattern as its author wrote it."""
    return Glob.of_tokens(wild(pattern))


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern."""
    return compiled(pattern).matches(text)


def _fits(tokens: tuple[str, ...], text: str) -> bool:
    """Two pointers and the last star: at most len(tokens) * len(text) steps, never exponential.

    After a mismatch the text behind the star begins where its next literal run does, if anywhere.
    """
    p = t = 0
    star, resume, run = -1, 0, ""
    while t < len(text):
        token = tokens[p] if p < len(tokens) else None
        if token == RUN:
            star, resume, run = p, t, _literal(tokens, p + 1)
            p += 1
        elif token in (ONE, text[t]):
            p, t = p + 1, t + 1
        elif star >= 0 and (resume := text.find(run, resume + 1)) >= 0:
            p, t = star + 1, resume
        else:
            return False
    return all(token == RUN for token in tokens[p:])


def _runs(rest: tuple[str, ...]) -> tuple[str, ...] | None:
    """The literals behind each star, the last of them up to the end of the pattern."""
    if ONE in rest:
        return None
    if not rest:
        return ()
    stars = [at for at, token in enumerate(rest) if token == RUN]  # the first token is one
    return tuple(
        "".join(rest[star + 1 : end]) for star, end in zip(stars, [*stars[1:], len(rest)], strict=True)
    )


def _literal(tokens: tuple[str, ...], start: int) -> str:
    """What stands between ``start`` and the next wildcard."""
    end = start
    while end < len(tokens) and len(tokens[end]) == 1:
        end += 1
    return "".join(tokens[start:end])
