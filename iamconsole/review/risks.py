"""What a policy gives that its author may not have meant."""

import json
from collections.abc import Iterator
from typing import Any

from iamconsole import catalogue
from iamconsole.policy.places import Path

from .borrowing import Reach, borrowing, raising
from .dangers import Surroundings
from .denied import Denied
from .finding import Finding, Kind, Subject, listed

CHANGING = {"Write", "Permissions management"}
MFA_KEY = "aws:multifactorauthpresent"


def risks(it: Subject, around: Surroundings | None) -> Iterator[Finding]:
    """Security warnings and suggestions for every statement."""
    denied = Denied.of(it.text)
    for path, row in it.statements:
        if row["Effect"] == "Allow":
            yield from _allowed(it, path, row, Reach.of(row, around, denied))
        else:
            yield from _mfa_gap(it, path, row)


def _allowed(it: Subject, path: Path, row: dict[str, Any], reach: Reach) -> Iterator[Finding]:
    for element, rest in (("NotAction", "actions"), ("NotResource", "resources")):
        if element in row:
            title = f"{element} with Allow allows all {rest} except those listed."
            remedy = "That includes those that AWS adds later. List what is needed, or deny the others."
            yield it.finding(Kind.SECURITY, it.places.key((*path, element)), title, remedy)
    yield from _given_actions(it, (*path, "Action"), row, reach)
    yield from _always_true(it, path, row)


def _given_actions(it: Subject, path: Path, row: dict[str, Any], reach: Reach) -> Iterator[Finding]:
    value = row.get("Action", [])
    all_resources = "*" in listed(row.get("Resource"))
    for index, name in enumerate(map(str, listed(value))):
        span = it.places.value((*path, index) if isinstance(value, list) else path)
        if name in ("*", "*:*") and all_resources:
            title = "This allows all actions on all resources. Anybody with this policy is an administrator."
            remedy = "List the services and resources that are needed."
            yield it.finding(Kind.SECURITY, span, title, remedy)
        elif warning := borrowing(name, reach) or raising(name, reach):
            yield it.finding(warning.kind, span, warning.title, warning.remedy)
        elif reach.wide and "Condition" not in row and _changes(name):
            title = f"{name} is allowed on all resources."
            yield it.finding(Kind.SUGGESTION, span, title, "List the resources that need it.")


def _changes(name: str) -> bool:
    """Whether an action, or one that a pattern covers, changes resources that could be named."""
    return any(action.level in CHANGING and action.resource_types for action in catalogue.matching(name))


def _always_true(it: Subject, path: Path, row: dict[str, Any]) -> Iterator[Finding]:
    """``ForAllValues`` holds where the key is missing (IAM-FACTS 8.4)."""
    condition = row.get("Condition", {})
    asked = {key.lower() for name, keys in condition.items() if name.lower() == "null" for key in keys}
    for operator, keys in condition.items():
        for key in keys if operator.lower().startswith("forallvalues:") else ():
            if key.lower() not in asked:
                title = f"ForAllValues is also true when a request has no {key}."
                remedy = f'Add "Null": {{"{key}": "false"}} to require the key.'
                yield it.finding(Kind.SECURITY, it.places.key((*path, "Condition", operator)), title, remedy)


def _mfa_gap(it: Subject, path: Path, row: dict[str, Any]) -> Iterator[Finding]:
    """A request with a long-term key says nothing of MFA: ``Bool`` does not deny it (IAM-FACTS 8.6)."""
    condition = row.get("Condition", {})
    for operator, keys in condition.items():
        if operator.lower() == "bool" and MFA_KEY in (key.lower() for key in keys):
            title = "This does not deny requests with access keys. They have no MFA information."
            span = it.places.key((*path, "Condition", operator))
            fix = "BoolIfExists"
            yield it.finding(Kind.SECURITY, span, title, f"{fix} denies them too.", json.dumps(fix))
