"""What saves and has no effect: actions, services, condition keys and ARNs that AWS does not know."""

import json
from collections.abc import Iterator

from iamconsole import catalogue
from iamconsole.policy import matches
from iamconsole.policy.formats import PARTS_OF_ARN
from iamconsole.policy.places import Path, Span
from iamconsole.policy.variables import masked

from .finding import Finding, Kind, Subject, listed
from .grammar import SHORT_ARN

NO_FULL_ARN = "This is not a full ARN. IAM saves it, but it matches no resource in this console."
OURS = "iamconsole"  # the console's own actions and condition keys, which AWS does not list


def unknown_names(it: Subject) -> Iterator[Finding]:
    """Warnings for every action and condition key that is not in AWS's reference, and for short ARNs."""
    for path, row in it.statements:
        for element in ("Action", "NotAction"):
            yield from _actions(it, (*path, element), row.get(element, []))
        for element in ("Resource", "NotResource"):
            yield from _resources(it, (*path, element), row.get(element, []))
        yield from _keys(it, (*path, "Condition"), row.get("Condition", {}))


def _actions(it: Subject, path: Path, value: object) -> Iterator[Finding]:
    for index, name in enumerate(listed(value)):
        span = it.places.value((*path, index) if isinstance(value, list) else path)
        if isinstance(name, str) and name != "*" and not name.lower().startswith(f"{OURS}:"):
            yield from _action(it, span, name)


def _action(it: Subject, span: Span, name: str) -> Iterator[Finding]:
    prefix, _, action = name.partition(":")
    if catalogue.matching(name):
        return
    service = catalogue.services().get(prefix.lower())
    if service is None:
        near = it.near.to(prefix.lower(), "service", catalogue.services())
        fix = f"{near}:{action}" if near else ""
        title = f'AWS has no service with the prefix "{prefix}".'
    else:
        names = {name: str(row) for name, row in service.actions.items()}
        fix = names.get(it.near.to(action.lower().strip("*"), service.prefix, names), "")
        verb = "matches no action of" if "*" in action or "?" in action else "is not an action of"
        title = f"{name} {verb} {service.name}."
    remedy = f"Did you mean {fix}?" if fix else "It has no effect."
    yield it.finding(Kind.WARNING, span, title, remedy, json.dumps(fix) if fix else "")


def _resources(it: Subject, path: Path, value: object) -> Iterator[Finding]:
    for index, name in enumerate(listed(value)):
        if not isinstance(name, str) or name == "*":
            continue
        first, *rest = masked(name).split(":", PARTS_OF_ARN - 1)
        short = len(rest) < PARTS_OF_ARN - 1 and "*" not in name  # a star reaches over colons
        if short or not matches(first, "arn"):
            span = it.places.value((*path, index) if isinstance(value, list) else path)
            yield it.finding(Kind.WARNING, span, NO_FULL_ARN, SHORT_ARN)


def _keys(it: Subject, path: Path, condition: object) -> Iterator[Finding]:
    if not isinstance(condition, dict):
        return
    for operator, keys in condition.items():
        for key in keys:
            if not catalogue.is_condition_key(key) and not key.lower().startswith(f"{OURS}:"):
                yield _key(it, it.places.key((*path, operator, key)), key)


def _key(it: Subject, span: Span, key: str) -> Finding:
    service = catalogue.services().get(key.lower().partition(":")[0])
    known = [*catalogue.GLOBAL_KEYS, *(service.condition_keys if service else ())]
    near = it.near.to(key.lower(), "key", known)
    remedy = (
        f"Did you mean {near}?"
        if near
        else "A condition with an unknown key can be always true or never true."
    )
    return it.finding(Kind.WARNING, span, f"AWS has no condition key {key}.", remedy)
