"""Why IAM would not save a document: every statement on its own, so that each tells its first error."""

import json
from collections.abc import Iterator
from typing import Any

from iamconsole.policy import MalformedPolicyDocument, check_savable
from iamconsole.policy.document import POLICY_KEYS, PRINCIPAL_KEYS, STATEMENT_KEYS
from iamconsole.policy.places import Path, Places, Span
from iamconsole.policy.syntax import SYNTAX, check_bounds, dump, load

from .finding import Finding, Kind, Subject, finding, listed
from .near import NearNames

OPERATORS = """
    StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike
    NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan
    NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan
    DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike
    Null
""".split()
# What stands behind "Syntax errors in policy.", which is all that IAM says.
REMEDIES = {
    "Id": "Id is a string.",
    "Version": 'Version is "2012-10-17".',
    "Statement": "Statement is one statement in braces, or a list of them.",
    "Sid": "Sid is a string of letters and digits.",
    "Effect": 'Effect is "Allow" or "Deny". Case matters.',
    "Action": "Action is a string or a list of strings. Do not use it with NotAction.",
    "Resource": "Resource is a string or a list of strings. Do not use it with NotResource.",
    "Condition": 'Condition is {"operator": {"key": "value"}}.',
}
NO_ACTIONS = "Policy statement must contain actions."
TWICE = "The key {name} is here a second time."
NO_ELEMENT = "{name} is not an element of a {place}."


def unreadable(text: str) -> Finding | None:
    """What keeps a text from being read as JSON at all."""
    try:
        check_bounds(text)
        json.loads(text)
    except MalformedPolicyDocument as error:
        return finding(text, Kind.ERROR, Span(0, 0), error.message)
    except json.JSONDecodeError as error:
        at = min(error.pos, max(len(text) - 1, 0))
        return finding(text, Kind.ERROR, Span(at, at), "This is not valid JSON.", f"{error.msg}.")
    except ValueError:  # a number of too many digits
        return finding(text, Kind.ERROR, Span(0, 0), SYNTAX)
    return None


def document_errors(text: str, places: Places, near: NearNames) -> Iterator[Finding]:
    """Errors of the document as a whole; while there are some, its statements are not looked at."""
    for path, span in places.repeated:
        title = TWICE.format(name=path[-1])
        yield finding(text, Kind.ERROR, span, title, "Write it once, with all its values.")
    if places.repeated:
        return
    try:
        data = load(text)
        if isinstance(data, dict) and (strange := set(data) - POLICY_KEYS):
            yield from (
                _strange_key(text, places, near, (name,), "policy document") for name in sorted(strange)
            )
            return
        if not isinstance(data, dict) or not all(isinstance(row, dict) for row in _statements(data)):
            raise MalformedPolicyDocument(element="Statement")
        if not _statements(data):
            raise MalformedPolicyDocument(element="Statement")
        check_savable(dump({**data, "Statement": HARMLESS}))
    except MalformedPolicyDocument as error:
        span = places.key((error.element,)) if error.element in places.top() else places.value(())
        yield _told(text, error, span, near)


HARMLESS = {"Effect": "Deny", "Action": "*", "Resource": "*"}


def subject(text: str, places: Places, near: NearNames) -> Subject:
    """The statements of a document without errors of the document itself."""
    data: Any = load(text)
    if isinstance(data["Statement"], dict):
        return Subject(text, places, ((("Statement",), data["Statement"]),), near)
    rows = enumerate(data["Statement"])
    return Subject(text, places, tuple((("Statement", index), row) for index, row in rows), near)


def statement_errors(it: Subject) -> Iterator[Finding]:
    """The first error of every statement; then the Sids, which must differ."""
    wrong = [found for path, row in it.statements for found in _errors_of(it, path, row)]
    yield from wrong
    if not wrong:
        yield from _same_sids(it)


def _errors_of(it: Subject, path: Path, row: dict[str, Any]) -> Iterator[Finding]:
    strange = set(row) - STATEMENT_KEYS - PRINCIPAL_KEYS
    if strange:
        yield from (
            _strange_key(it.text, it.places, it.near, (*path, name), "statement") for name in sorted(strange)
        )
        return
    try:
        check_savable(dump({"Version": "2012-10-17", "Statement": row}))
    except MalformedPolicyDocument as error:
        span = _span(it.places, path, row, error)
        yield _told(it.text, error, span, it.near)


def _span(places: Places, path: Path, row: dict[str, Any], error: MalformedPolicyDocument) -> Span:
    """The value that is wrong, else the element, else the statement."""
    element = error.element
    if element not in row:
        element = next((name for name in (f"Not{element}", "NotPrincipal") if name in row), element)
    here = (*path, element)
    if error.value is not None and element == "Condition":
        return places.key((*here, error.value))
    value = row.get(element)
    if isinstance(value, list) and error.value in value:
        here = (*here, value.index(error.value))
    return places.value(here)


def _told(text: str, error: MalformedPolicyDocument, span: Span, near: NearNames) -> Finding:
    if error.element == "Condition" and error.value is not None:
        return _no_operator(text, error.value, span, near)
    remedy = REMEDIES.get(error.element, "") if error.message == SYNTAX else ""
    if error.message == NO_ACTIONS:
        remedy = "Write at least one, such as s3:GetObject."
    if error.element == "Principal":
        remedy = "Attach the policy to choose whom it applies to."
    return finding(text, Kind.ERROR, span, error.message, remedy)


def _no_operator(text: str, name: str, span: Span, near: NearNames) -> Finding:
    quantifier, colon, rest = name.rpartition(":")
    known = [*OPERATORS, *(f"{operator}IfExists" for operator in OPERATORS)]
    close = near.to(rest, "operator", known)
    fix = json.dumps(f"{quantifier}{colon}{close}") if close else ""
    remedy = f"Did you mean {fix}?" if fix else "Operators are StringEquals, Bool and others."
    return finding(text, Kind.ERROR, span, f'"{name}" is not a condition operator.', remedy, fix)


def _strange_key(text: str, places: Places, near: NearNames, path: Path, place: str) -> Finding:
    known = sorted(POLICY_KEYS if len(path) == 1 else STATEMENT_KEYS)
    close = near.to(str(path[-1]), place, known)
    remedy = f"Did you mean {close}?" if close else f"Its elements are {', '.join(known)}."
    title = NO_ELEMENT.format(name=f'"{path[-1]}"', place=place)
    return finding(text, Kind.ERROR, places.key(path), title, remedy, json.dumps(close) if close else "")


def _same_sids(it: Subject) -> Iterator[Finding]:
    seen: set[object] = set()
    for path, row in it.statements:
        sid = row.get("Sid")
        if sid and sid in seen:
            title = "Statement IDs (SID) in a single policy must be unique."
            yield it.finding(Kind.ERROR, it.places.value((*path, "Sid")), title)
        seen.add(sid)


def _statements(data: dict[str, Any]) -> list[object]:
    return listed(data.get("Statement", []))
