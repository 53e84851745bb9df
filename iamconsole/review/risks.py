"""What a policy gives that its author may not have meant."""

import json
from collections.abc import Iterator
from typing import Any

from iamconsole import catalogue
from iamconsole.policy.glob import compiled
from iamconsole.policy.places import Path

from .finding import Finding, Kind, Subject, listed

# With these a person gives rights to oneself, on whatever resource (SECURITY-RELIABILITY 1.1).
RAISING = {
    "iam:createpolicyversion": "writes new permissions into a policy its holder may have",
    "iam:setdefaultpolicyversion": "brings back an older, wider version of a policy",
    "iam:attachuserpolicy": "gives any policy to a user",
    "iam:attachgrouppolicy": "gives any policy to a group",
    "iam:putuserpolicy": "writes any permissions into a user",
    "iam:putgrouppolicy": "writes any permissions into a group",
    "iam:addusertogroup": "gives the permissions of a group",
    "iam:deleteuserpermissionsboundary": "takes off the limit of a user",
    "iam:putuserpermissionsboundary": "changes the limit of a user",
}
# With these a person acts as somebody else, unless their resources are named.
BORROWING = {
    "iam:createaccesskey": "makes keys of other users",
    "iam:createloginprofile": "sets passwords of other users",
    "iam:updateloginprofile": "sets passwords of other users",
    "iam:deactivatemfadevice": "takes the MFA devices of other users away",
    "iam:passrole": "hands any role to a service",
    "iam:updateassumerolepolicy": "lets anybody take on a role",
    "iam:putrolepolicy": "writes any permissions into a role",
    "iam:attachrolepolicy": "gives any policy to a role",
    "sts:assumerole": "takes on any role that lets it",
}
CHANGING = {"Write", "Permissions management"}
MFA_KEY = "aws:multifactorauthpresent"


def risks(it: Subject) -> Iterator[Finding]:
    """Security warnings and suggestions for every statement."""
    for path, row in it.statements:
        if row["Effect"] == "Allow":
            yield from _allowed(it, path, row)
        else:
            yield from _mfa_gap(it, path, row)


def _allowed(it: Subject, path: Path, row: dict[str, Any]) -> Iterator[Finding]:
    for element, rest in (("NotAction", "actions"), ("NotResource", "resources")):
        if element in row:
            title = f"{element} with Allow gives all {rest} except those listed."
            remedy = "Also those that AWS adds later. List what is needed, or deny the others."
            yield it.finding(Kind.SECURITY, it.places.key((*path, element)), title, remedy)
    wide = "NotResource" in row or any(map(_is_wide, listed(row.get("Resource"))))
    yield from _given_actions(it, (*path, "Action"), row, wide)
    yield from _always_true(it, path, row)


def _given_actions(it: Subject, path: Path, row: dict[str, Any], wide: bool) -> Iterator[Finding]:
    value = row.get("Action", [])
    for index, name in enumerate(map(str, listed(value))):
        span = it.places.value((*path, index) if isinstance(value, list) else path)
        if name in ("*", "*:*") and "*" in listed(row.get("Resource")):
            title = "All actions on all resources: whoever has this policy is an administrator."
            remedy = "Name the services and resources that are needed."
            yield it.finding(Kind.SECURITY, span, title, remedy)
        elif dangers := _dangers(name, wide):
            yield it.finding(Kind.SECURITY, span, *_danger_words(name, dangers))
        elif wide and "Condition" not in row and _changes(name):
            title = f"{name} is allowed on all resources."
            yield it.finding(Kind.SUGGESTION, span, title, "Name the resources that it is needed for.")


def _dangers(name: str, wide: bool) -> dict[str, str]:
    known = {**RAISING, **(BORROWING if wide else {})}
    fits = compiled(name.lower()).matches
    return {action: why for action, why in known.items() if fits(action)}


def _danger_words(name: str, dangers: dict[str, str]) -> tuple[str, str]:
    """Title and remedy; a pattern names the first of the actions it covers."""
    action, why = next(iter(dangers.items()))
    real = catalogue.find_action(action)
    covered = "" if name.lower() == action else f" (by {real})"
    more = f", and {len(dangers) - 1} more ways" if len(dangers) > 1 else ""
    title = f"{name} lets its holder gain further rights: it {why}{covered}{more}."
    return title, "Name the resources, or bound its holders with a permissions boundary."


def _changes(name: str) -> bool:
    """Whether an action, or one that a pattern covers, changes resources that could be named."""
    return any(action.level in CHANGING and action.resource_types for action in catalogue.matching(name))


def _is_wide(resource: object) -> bool:
    """Whether a pattern takes in all resources of a kind."""
    _, _, last = str(resource).rpartition(":")
    return last == "*" or last.partition("/")[2] == "*"


def _always_true(it: Subject, path: Path, row: dict[str, Any]) -> Iterator[Finding]:
    """``ForAllValues`` holds where the key is missing (IAM-FACTS 8.4)."""
    condition = row.get("Condition", {})
    asked = {key.lower() for name, keys in condition.items() if name.lower() == "null" for key in keys}
    for operator, keys in condition.items():
        for key in keys if operator.lower().startswith("forallvalues:") else ():
            if key.lower() not in asked:
                title = f"ForAllValues also holds when a request has no {key} at all."
                remedy = f'Add "Null": {{"{key}": "false"}} to ask that it is there.'
                yield it.finding(Kind.SECURITY, it.places.key((*path, "Condition", operator)), title, remedy)


def _mfa_gap(it: Subject, path: Path, row: dict[str, Any]) -> Iterator[Finding]:
    """A request with a long-term key says nothing of MFA: ``Bool`` does not deny it (IAM-FACTS 8.6)."""
    condition = row.get("Condition", {})
    for operator, keys in condition.items():
        if operator.lower() == "bool" and MFA_KEY in (key.lower() for key in keys):
            title = "This does not deny requests with access keys: they carry no word of MFA."
            span = it.places.key((*path, "Condition", operator))
            fix = "BoolIfExists"
            yield it.finding(Kind.SECURITY, span, title, f"{fix} denies them too.", json.dumps(fix))
