"""Whether IAM would save a document: everything that it would refuse, in its order (IAM-FACTS 8.1, 8.2).

Each function looks at one part of the decoded document. It passes over what has a wrong type, which is a
fault of its own, so that all faults are found at once. Reading a stored document asks for less: ``document``.
"""

import re
from collections.abc import Iterator
from typing import Any

from .document import CURRENT, OLD, POLICY_KEYS, PRINCIPAL_KEYS, STATEMENT_KEYS, Policy, parse, scalar
from .faults import Fault, Step
from .formats import action_complaint, fails_legacy_parsing, is_operand, resource_complaint
from .operator_names import base_name
from .places import Path
from .syntax import SYNTAX, MalformedPolicyDocument, load

SID = re.compile(r"[A-Za-z0-9]*")
OLD_VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
HAS_PRINCIPAL = "Policy document should not specify a principal."
SAME_SID = "Statement IDs (SID) in a single policy must be unique."
BAD_SID = (
    "Statement IDs (SID) must be alpha-numeric. "
    "Check that your input satisfies the regular expression [0-9A-Za-z]*"
)
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
EFFECTS = ("Allow", "Deny")
Row = tuple[Path, dict[str, Any]]  # a statement and its place


def check_savable(text: str) -> Policy:
    """The policy of a document that IAM would save. Raises MalformedPolicyDocument in AWS's words."""
    data = load(text)
    for fault in faults(data)[:1]:
        raise _refusal(data, fault)
    return parse(text)


def _refusal(data: object, fault: Fault) -> MalformedPolicyDocument:
    """The fault as it is raised, with the element and the Sid of its statement where there are such."""
    within = fault.path[: len(fault.path) - len(fault.inside)]
    rows = _rows(data) if isinstance(data, dict) else ()
    sid = next((row.get("Sid") for path, row in rows if path == within), "")
    return MalformedPolicyDocument(
        fault.message, element=fault.element, sid=sid if isinstance(sid, str) else ""
    )


def faults(data: object) -> list[Fault]:
    """Everything that IAM would refuse in a decoded document; it answers with the first."""
    return sorted(_all(data), key=lambda fault: fault.step)


def _all(data: object) -> Iterator[Fault]:
    if not isinstance(data, dict):
        yield _syntax(())
        return
    yield from _document(data)
    rows = list(_rows(data))
    for path, row in rows:
        yield from _statement(path, row)
        yield from _conditions((*path, "Condition"), row.get("Condition", {}))
    yield from _sids(rows)
    yield from _resources(rows)


def _syntax(path: Path, *, of_key: bool = False) -> Fault:
    return Fault(Step.SYNTAX, SYNTAX, path, of_key)


def _document(data: dict[str, Any]) -> Iterator[Fault]:
    """The members of the document itself, and the types of its statements."""
    yield from (_syntax((name,), of_key=True) for name in data if name not in POLICY_KEYS)
    version = data.get("Version", OLD)
    if version not in (OLD, CURRENT):
        yield _syntax(("Version",))
    elif version != CURRENT:
        yield Fault(Step.VERSION, OLD_VERSION, ("Version",))
    if not isinstance(data.get("Id", ""), str):
        yield _syntax(("Id",))
    statements = data.get("Statement")
    if isinstance(statements, list) and statements:
        for index, row in enumerate(statements):
            if not isinstance(row, dict):
                yield _syntax(("Statement", index))
    elif not isinstance(statements, dict):
        yield _syntax(("Statement",))


def _rows(data: dict[str, Any]) -> Iterator[Row]:
    statements = data.get("Statement")
    if isinstance(statements, dict):
        yield ("Statement",), statements
    elif isinstance(statements, list):
        for index, row in enumerate(statements):
            if isinstance(row, dict):
                yield ("Statement", index), row


def _statement(path: Path, row: dict[str, Any]) -> Iterator[Fault]:
    """The members of a statement, but for its conditions and the texts of its resources."""
    for name in row:
        if name in PRINCIPAL_KEYS:
            yield Fault(Step.PRINCIPAL, HAS_PRINCIPAL, (*path, name))
        elif name not in STATEMENT_KEYS:
            yield _syntax((*path, name), of_key=True)
    yield from _effect((*path, "Effect"), row.get("Effect"))
    for name, step, message in (
        ("Action", Step.ACTIONS, NO_ACTIONS),
        ("Resource", Step.RESOURCES, NO_RESOURCES),
    ):
        given = [one for one in (name, f"Not{name}") if one in row]
        if len(given) == 2:
            yield _syntax((*path, name), of_key=True)
        elif not given or row[given[0]] == []:
            yield Fault(step, message, (*path, *given))
        for element in given:
            yield from _texts((*path, element), row[element])
    for place, action in _given(path, row, "Action"):
        if message := action_complaint(action):
            yield Fault(Step.ACTION_FORMAT, message, place)


def _effect(path: Path, effect: object) -> Iterator[Fault]:
    if not isinstance(effect, str) or effect.lower() not in ("allow", "deny"):
        yield _syntax(path)
    elif effect not in EFFECTS:
        yield Fault(Step.LEGACY, LEGACY, path)


def _texts(path: Path, value: object) -> Iterator[Fault]:
    """A text or a list of texts is wanted."""
    if isinstance(value, list):
        yield from (_syntax((*path, place)) for place, one in enumerate(value) if not isinstance(one, str))
    elif not isinstance(value, str):
        yield _syntax(path)


def _given(path: Path, row: dict[str, Any], name: str) -> Iterator[tuple[Path, str]]:
    """The texts of an element and of its negated form, with their places."""
    for element in (name, f"Not{name}"):
        value = row.get(element, [])
        if isinstance(value, str):
            yield (*path, element), value
        elif isinstance(value, list):
            yield from (
                ((*path, element, place), one) for place, one in enumerate(value) if isinstance(one, str)
            )


def _conditions(path: Path, condition: object) -> Iterator[Fault]:
    """Operators, keys and values. An operator that does not exist is no fault while it has no keys."""
    if not isinstance(condition, dict):
        yield _syntax(path)
        return
    for operator, keys in condition.items():
        if not isinstance(keys, dict):
            yield _syntax((*path, operator))
            continue
        base = base_name(operator)
        if keys and not base:
            yield _syntax((*path, operator), of_key=True)
        for key, value in keys.items():
            yield from _operands((*path, operator, key), base, value)


def _operands(path: Path, operator: str, value: object) -> Iterator[Fault]:
    listed = isinstance(value, list)
    for place, one in enumerate(value if isinstance(value, list) else [value]):
        here = (*path, place) if listed else path
        text = scalar(one)
        if text is None:
            yield _syntax(here)
        elif operator and not is_operand(operator, text):
            yield Fault(Step.LEGACY, LEGACY, here)


def _sids(rows: list[Row]) -> Iterator[Fault]:
    """Empty and missing Sids can repeat. That they differ is looked at before their letters."""
    sids = [((*path, "Sid"), row["Sid"]) for path, row in rows if "Sid" in row]
    seen: set[str] = set()
    for path, sid in sids:
        if not isinstance(sid, str):
            yield _syntax(path)
        elif sid and sid in seen:
            yield Fault(Step.SID, SAME_SID, path)
        else:
            seen.add(sid)
    for path, sid in sids:
        if isinstance(sid, str) and not SID.fullmatch(sid):
            yield Fault(Step.SID, BAD_SID, path)


def _resources(rows: list[Row]) -> Iterator[Fault]:
    """The older parser looks at a list only while no resource has been found in a wrong format."""
    in_format = True
    for path, row in rows:
        given = list(_given(path, row, "Resource"))
        wrong = {place: message for place, one in given if (message := resource_complaint(one))}
        in_format = in_format and not wrong
        step = Step.LEGACY if in_format else Step.RESOURCE_FORMAT
        for place, message in wrong.items():
            yield Fault(Step.RESOURCE_FORMAT, message, place)
        for place, resource in given:
            if place not in wrong and fails_legacy_parsing(resource):
                yield Fault(step, LEGACY, place)
