"""JSON of strangers, read without its traps (SECURITY 3.8).

Everything here works on text and on plain values; what a policy is stands in ``document``.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

# IAM takes documents of 131,072 characters; one of its own, AWSSupportServiceRolePolicy, has 152,297.
MAX_LENGTH = 262_144
MAX_DEPTH = 32
SYNTAX = "Syntax errors in policy."
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
# The closing quote is optional so that a string left open matches too: each character is read once.
BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


class MalformedPolicyDocument(ValueError):
    """A document that is no policy.

    ``element`` and ``sid`` say where, as far as that is known.
    """

    def __init__(self, message: str = SYNTAX, *, element: str = "", sid: str = "") -> None:
        super().__init__(message)
        self.message, self.element, self.sid = message, element, sid


def dump(document: Mapping[str, object]) -> str:
    """A decoded document as text, so that it takes the same way. Raises MalformedPolicyDocument."""
    try:
        return json.dumps(dict(document), separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedPolicyDocument from error


def load(text: str) -> object:
    """The decoded JSON: bounded in size, depth and numbers, no key twice. Raises MalformedPolicyDocument."""
    check_bounds(text)
    try:
        return decoded(text, object_pairs_hook=_unique)
    except MalformedPolicyDocument:
        raise
    except (ValueError, RecursionError) as error:  # also an integer of too many digits
        raise MalformedPolicyDocument from error


def decoded(text: str, **hooks: Any) -> object:
    """The JSON of a text within the bounds, where the last of two equal keys counts. Raises ValueError."""
    found = json.loads(text, parse_constant=_no_constant, parse_float=_finite, **hooks)
    if SURROGATE.search(text):
        _check_encodable(found)
    return found


def _check_encodable(found: object) -> None:
    """Half of a character that takes two escapes is no text, and no page could show it."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise MalformedPolicyDocument from error


def check_bounds(text: str) -> None:
    """Raises MalformedPolicyDocument for a text that is too long or nested too deep to be read at all."""
    if len(text) > MAX_LENGTH:
        raise MalformedPolicyDocument(f"A policy document has at most {MAX_LENGTH} characters.")
    if _too_deep(text):
        raise MalformedPolicyDocument(f"A policy document is nested at most {MAX_DEPTH} levels deep.")


def _too_deep(text: str) -> bool:
    """Whether brackets outside strings nest too deep; asked before the parser recurses."""
    depth = 0
    for match in BRACKETS.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif match[0] in "]}":
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Two parsers may pick different ones of two equal keys: there must not be two."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedPolicyDocument
    return found


def _no_constant(name: str) -> object:
    raise MalformedPolicyDocument


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedPolicyDocument
    return number
