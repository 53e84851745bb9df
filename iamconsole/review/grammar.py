"""Why IAM would not save a document: all reasons, in the order in which IAM would give them."""

import json
from collections.abc import Iterator
from typing import Any

from iamconsole.arn import EXAMPLE_ROLE
from iamconsole.policy import MalformedPolicyDocument, operator_names
from iamconsole.policy.document import CURRENT, POLICY_KEYS, STATEMENT_KEYS
from iamconsole.policy.faults import Fault, Step
from iamconsole.policy.places import Path, Places, Span
from iamconsole.policy.saving import LEGACY, faults
from iamconsole.policy.syntax import SYNTAX, check_bounds, decoded, load

from .finding import Finding, Kind, Subject, finding
from .near import NearNames

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
# What stands behind "The policy failed legacy parsing", by the operators whose operands are read.
NOT_READ = (
    (
        operator_names.STRING,
        "A variable reads ${aws:username}. For the two characters themselves, write ${$}{.",
    ),
    (operator_names.NUMERIC, "This is not a number. Write one such as 10 or 2.5."),
    (
        operator_names.DATE,
        "This is not a date. Write one such as 2026-05-01T00:00:00Z, or seconds since 1970.",
    ),
    (
        operator_names.IP_ADDRESS,
        "This is not an IP address or range. Write one such as 203.0.113.0/24. "
        "An IPv6 range has only zeros behind its prefix.",
    ),
    (operator_names.ARN, f"This is not an ARN. Write one such as {EXAMPLE_ROLE}, with * and variables."),
    (operator_names.BINARY, "This is not base64."),
)
SHORT_ARN = "An ARN has six parts: arn:partition:service:region:account:resource."
MORE = {
    Step.PRINCIPAL: "Attach the policy to choose whom it applies to.",
    Step.ACTIONS: "Write at least one, such as s3:GetObject.",
}
TWICE = "The key {name} is here a second time."
NO_ELEMENT = "{name} is not an element of a {place}."


def unreadable(text: str) -> Finding | None:
    """What keeps a text from being read as JSON at all."""
    try:
        check_bounds(text)
        decoded(text)
    except MalformedPolicyDocument as error:
        return finding(text, Kind.ERROR, Span(0, 0), error.message)
    except json.JSONDecodeError as error:
        at = min(error.pos, max(len(text) - 1, 0))
        return finding(text, Kind.ERROR, Span(at, at), "This is not valid JSON.", f"{error.msg}.")
    except ValueError:  # a number of too many digits
        return finding(text, Kind.ERROR, Span(0, 0), SYNTAX)
    return None


def errors(text: str, places: Places, near: NearNames) -> Iterator[Finding]:
    """Everything that keeps a readable text from being saved. The first is what IAM answers."""
    for path, span in places.repeated:
        title = TWICE.format(name=path[-1])
        yield finding(text, Kind.ERROR, span, title, "Write it once, with all its values.")
    found = faults(decoded(text))
    meant = {(fault.path[:-1], _meant(fault, near)) for fault in found if _is_strange_key(fault)}
    for fault in found:
        if not any(absent in meant for absent in _absent(fault, places)):
            yield _told(text, places, near, fault)


def _is_strange_key(fault: Fault) -> bool:
    return fault.of_key and len(fault.inside) == 1 and fault.inside[0] not in STATEMENT_KEYS


def _meant(fault: Fault, near: NearNames) -> str:
    return near.to(str(fault.path[-1]), "statement", sorted(STATEMENT_KEYS))


def _absent(fault: Fault, places: Places) -> Iterator[tuple[Path, str]]:
    """The elements whose absence is the fault. One that is only misspelled is a fault already."""
    if fault.inside == ("Effect",) and fault.path not in places.values:
        yield fault.path[:-1], "Effect"
    for step, name in ((Step.ACTIONS, "Action"), (Step.RESOURCES, "Resource")):
        if fault.step is step and not fault.inside:
            yield from ((fault.path, name), (fault.path, f"Not{name}"))


def subject(text: str, places: Places, near: NearNames) -> Subject:
    """The statements of a document without errors."""
    data: Any = load(text)
    if isinstance(data["Statement"], dict):
        return Subject(text, places, ((("Statement",), data["Statement"]),), near)
    rows = enumerate(data["Statement"])
    return Subject(text, places, tuple((("Statement", index), row) for index, row in rows), near)


def _told(text: str, places: Places, near: NearNames, fault: Fault) -> Finding:
    if not fault.of_key:
        span = places.value(fault.path)
        return finding(text, Kind.ERROR, span, fault.message, _remedy(fault), _fix(text, places, fault))
    span, name = places.key(fault.path), str(fault.path[-1])
    if len(fault.inside) > 1:
        return _no_operator(text, name, span, near)
    if fault.inside and name in STATEMENT_KEYS:
        return finding(text, Kind.ERROR, span, fault.message, _remedy(fault))
    return _strange_key(text, span, near, name, in_statement=bool(fault.inside))


def _fix(text: str, places: Places, fault: Fault) -> str:
    """The value that is meant for certain, as JSON."""
    if fault.path not in places.values:
        return ""
    if fault.step is Step.VERSION:
        return json.dumps(CURRENT)
    if fault.step is Step.LEGACY and fault.path[-1] == "Effect":
        span = places.value(fault.path)
        return str(json.dumps(json.loads(text[span.start : span.end]).capitalize()))
    return ""


def _remedy(fault: Fault) -> str:
    """What to write, where IAM's message does not say it."""
    if fault.step in MORE:
        return MORE[fault.step]
    element = fault.element.removeprefix("Not")
    if fault.message == SYNTAX:
        return REMEDIES.get(element, "")
    if fault.message != LEGACY:
        return ""
    if element == "Condition":
        base = operator_names.base_name(str(fault.inside[1]))
        return next((words for names, words in NOT_READ if base in names), "")
    return REMEDIES[element] if element == "Effect" else SHORT_ARN


def _no_operator(text: str, name: str, span: Span, near: NearNames) -> Finding:
    close = _near_operator(name, near)
    fix = json.dumps(close) if close else ""
    remedy = f"Did you mean {fix}?" if fix else "Operators are StringEquals, Bool and others."
    return finding(text, Kind.ERROR, span, f'"{name}" is not a condition operator.', remedy, fix)


def _near_operator(name: str, near: NearNames) -> str:
    """Case is the commonest mistake, so names are compared without it."""
    quantifier, colon, rest = name.rpartition(":")
    quantifiers = {one.lower(): one for one in ("", *operator_names.QUANTIFIERS)}
    names = {one.lower(): one for one in operator_names.NAMES}
    rest, if_exists = rest.lower(), ""
    if rest not in names and rest.endswith(suffix := operator_names.IF_EXISTS.lower()):
        rest, if_exists = rest.removesuffix(suffix), operator_names.IF_EXISTS
    close = rest if rest in names else near.to(rest, "operator", names)
    if names.get(close) == operator_names.NULL:
        return operator_names.NULL
    first = quantifiers.get(f"{quantifier}{colon}".lower())
    return f"{first}{names[close]}{if_exists}" if close and first is not None else ""


def _strange_key(text: str, span: Span, near: NearNames, name: str, *, in_statement: bool) -> Finding:
    known = sorted(STATEMENT_KEYS if in_statement else POLICY_KEYS)
    place = "statement" if in_statement else "policy document"
    close = near.to(name, place, known)
    remedy = f"Did you mean {close}?" if close else f"Its elements are {', '.join(known)}."
    title = NO_ELEMENT.format(name=f'"{name}"', place=place)
    return finding(text, Kind.ERROR, span, title, remedy, json.dumps(close) if close else "")
