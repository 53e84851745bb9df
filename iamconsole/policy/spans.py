"""Where the statements of a document stand in its text, to point at them (IAM-FACTS 8.7)."""

import json
import re
from dataclasses import dataclass

TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """From the opening brace to just behind the closing one."""

    start: Position
    end: Position


def statement_spans(text: str) -> list[Span]:
    """The spans of the statements, in order. ``text`` is a document that ``parse`` accepted."""
    found: list[Span] = []
    depth, key, outer, begin = 0, "", 0, 0
    for token in TOKENS.finditer(text):
        symbol = token[0]
        if symbol in "{[":
            depth += 1
            if key == "Statement" and symbol == "{" and not outer and depth in (2, 3):
                outer, begin = depth, token.start()
        elif symbol in "}]":
            if outer == depth:
                found.append(Span(_position(text, begin), _position(text, token.end())))
                outer = 0
            depth -= 1
        elif symbol[0] == '"' and depth == 1 and text[token.end() :].lstrip().startswith(":"):
            key = json.loads(symbol)
    return found


def _position(text: str, offset: int) -> Position:
    before = text[:offset]
    return Position(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)
