"""Policy variables: ``${aws:username}``, with defaults, and ``${*} ${?} ${$}`` (IAM-FACTS 8.5)."""

import re
from collections.abc import Mapping, Sequence

from .glob import LITERALS

VARIABLE = re.compile(r"\$\{([^}]*)\}")
DEFAULT = re.compile(r"(?P<key>[^,]+?)\s*,\s*'(?P<default>.*)'")
Context = Mapping[str, str | Sequence[str]]


def substitute(text: str, context: Context) -> str | None:
    """The text with its variables filled in; None when one has no value.

    ``context`` has lower-case keys. What a variable brings in is literal: a user named ``*`` matches
    only itself.
    """
    if "${" not in text:
        return text
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal missing
        value = _value(match[1].strip(), context)
        missing = missing or value is None
        return value or ""

    filled = VARIABLE.sub(fill, text)
    return None if missing else filled


def _value(name: str, context: Context) -> str | None:
    if name in LITERALS:
        return LITERALS[name]
    with_default = DEFAULT.fullmatch(name)
    value = context.get((with_default["key"] if with_default else name).lower())
    if isinstance(value, str):
        return literal(value)
    # A key with several values cannot be a variable.
    return literal(with_default["default"]) if with_default and value is None else None


def literal(text: str) -> str:
    """Text whose ``*`` and ``?`` match only themselves."""
    return text.replace("*", LITERALS["*"]).replace("?", LITERALS["?"])


def plain(text: str) -> str:
    """Text with literals as the characters they stand for, for comparisons without wildcards."""
    return text.replace(LITERALS["*"], "*").replace(LITERALS["?"], "?")
