"""Policy documents as frozen statements (IAM-FACTS 8.1).

``parse`` accepts what AWS stores, to evaluate it; anything else is MalformedPolicyDocument. The
strict rules for saving a policy are another matter (IAM-FACTS 8.2).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MAX_LENGTH = 131_072
MAX_DEPTH = 32
VERSIONS = ("2008-10-17", "2012-10-17")
STATEMENT_KEYS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Principal",
    "NotPrincipal",
}
SYNTAX = "Syntax errors in policy."


class MalformedPolicyDocument(ValueError):
    """A document that is no policy. ``element`` and ``sid`` say where, as far as that is known."""

    def __init__(self, message: str, *, element: str = "", sid: str = "") -> None:
        super().__init__(message)
        self.message, self.element, self.sid = message, element, sid


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator applied to one key: ``StringLike`` ``aws:username`` against some values."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. ``not_action`` and ``not_resource`` say which form was written."""

    sid: str
    allow: bool
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...]
    not_resource: bool
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed document. Variables count only in version 2012-10-17 (IAM-FACTS 8.5)."""

    version: str
    statements: tuple[Statement, ...]

    @property
    def has_variables(self) -> bool:
        return self.version == "2012-10-17"


def parse(document: str | Mapping[str, object]) -> Policy:
    """A policy from its JSON text or its decoded form. Raises MalformedPolicyDocument.

    Compiled policies are cached by their text: the same content is parsed once per process.
    """
    text = document if isinstance(document, str) else _dump(document)
    return _parse(text)


def _dump(document: Mapping[str, object]) -> str:
    try:
        return json.dumps(document)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedPolicyDocument(SYNTAX) from error


@lru_cache(maxsize=4096)
def _parse(text: str) -> Policy:
    if len(text) > MAX_LENGTH:
        raise MalformedPolicyDocument(f"A policy document has at most {MAX_LENGTH} characters.")
    data = _load(text)
    if not isinstance(data, dict) or set(data) - {"Version", "Id", "Statement"}:
        raise MalformedPolicyDocument(SYNTAX)
    version = data.get("Version", VERSIONS[0])
    if version not in VERSIONS:
        raise MalformedPolicyDocument(SYNTAX, element="Version")
    statements = data.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicyDocument(SYNTAX, element="Statement")
    return Policy(version, tuple(_statement(statement) for statement in statements))


def _load(text: str) -> Any:
    """JSON without its traps: no duplicate keys, no NaN, no endless nesting or numbers."""
    if _too_deep(text):
        raise MalformedPolicyDocument(f"A policy document is nested at most {MAX_DEPTH} levels deep.")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except MalformedPolicyDocument:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedPolicyDocument(SYNTAX) from error


def _too_deep(text: str) -> bool:
    """Whether brackets outside strings nest too deep; asked before the parser recurses."""
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif character in "]}":
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedPolicyDocument(SYNTAX)
    return found


def _no_constant(name: str) -> Any:
    raise MalformedPolicyDocument(SYNTAX)


def _statement(data: Any) -> Statement:
    if not isinstance(data, dict) or set(data) - STATEMENT_KEYS:
        raise MalformedPolicyDocument(SYNTAX, element="Statement")
    sid = data.get("Sid", "")
    if not isinstance(sid, str):
        raise MalformedPolicyDocument(SYNTAX, element="Sid")
    if data.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyDocument(SYNTAX, element="Effect", sid=sid)
    if {"Principal", "NotPrincipal"} & set(data):
        raise MalformedPolicyDocument("Policy document should not specify a principal.", sid=sid)
    actions, not_action = _either(data, "Action", sid, "Policy statement must contain actions.")
    resources, not_resource = _either(data, "Resource", sid, "Policy statement must contain resources.")
    conditions = _conditions(data.get("Condition", {}), sid)
    allow = data["Effect"] == "Allow"
    return Statement(sid, allow, actions, not_action, resources, not_resource, conditions)


def _either(data: dict[str, Any], name: str, sid: str, absent: str) -> tuple[tuple[str, ...], bool]:
    """The values of ``Action`` or ``NotAction``, and which of them was given."""
    if name in data and f"Not{name}" in data:
        raise MalformedPolicyDocument(SYNTAX, element=name, sid=sid)
    negated = f"Not{name}" in data
    values = _strings(data.get(f"Not{name}" if negated else name, []), name, sid)
    if not values:
        raise MalformedPolicyDocument(absent, element=name, sid=sid)
    return values, negated


def _strings(value: Any, element: str, sid: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in values):
        raise MalformedPolicyDocument(SYNTAX, element=element, sid=sid)
    return tuple(values)


def _conditions(data: Any, sid: str) -> tuple[Condition, ...]:
    if not isinstance(data, dict) or not all(isinstance(keys, dict) for keys in data.values()):
        raise MalformedPolicyDocument(SYNTAX, element="Condition", sid=sid)
    return tuple(
        Condition(operator, key, tuple(map(_scalar, values if isinstance(values, list) else [values])))
        for operator, keys in data.items()
        for key, values in keys.items()
    )


def _scalar(value: Any) -> str:
    """A condition value as text; JSON booleans and numbers are allowed there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise MalformedPolicyDocument(SYNTAX, element="Condition")
