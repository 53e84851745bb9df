"""Policy documents as frozen statements (IAM-FACTS 8.1).

``parse`` accepts what AWS stores, to evaluate it: version 2008-10-17 or none, patterns of any form,
operators not known here. What is no policy at all is MalformedPolicyDocument, in AWS's words where
IAM-FACTS 8.2 has them. The strict rules for saving a policy are a second look at the same Policy.
``parse_resource_policy`` is for the policy of a resource, whose statements name principals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .actions import ANY_SERVICE, ActionSet
from .glob import Glob, compiled
from .principals import Principals, principals_of
from .syntax import MalformedPolicyDocument, dump, load

OLD, CURRENT = "2008-10-17", "2012-10-17"
POLICY_KEYS = {"Version", "Id", "Statement"}
PRINCIPAL_KEYS = {"Principal", "NotPrincipal"}
STATEMENT_KEYS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
EMPTY: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator applied to one key: ``StringLike`` ``aws:username`` against some values.

    ``test`` is what ``conditions`` makes of it when it is first asked.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    test: Any = field(default=None, init=False, repr=False, compare=False)


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
    action_set: ActionSet = field(repr=False, compare=False)
    resource_globs: tuple[Glob, ...] = field(repr=False, compare=False)  # of ``resources``, as written
    principals: Principals | None = None  # of a resource policy only
    everywhere: bool = field(init=False, repr=False, compare=False)  # about every resource, as written
    any_action: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "everywhere", "*" in self.resources and not self.not_resource)
        object.__setattr__(self, "any_action", "*" in self.actions and not self.not_action)


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed document. Variables count only in version 2012-10-17 (IAM-FACTS 8.5)."""

    version: str
    statements: tuple[Statement, ...]

    # Statements by the service they can be about; ANY_SERVICE has those for all the others.
    _by_service: dict[str, tuple[Statement, ...]] = field(init=False, repr=False, compare=False)
    # Whether every statement is about every action.
    _of_any_action: bool = field(init=False, repr=False, compare=False)
    # Statements by the actions that the document names without wildcards, as they are asked for.
    _by_name: dict[str, tuple[Statement, ...] | None] = field(init=False, repr=False, compare=False)

    has_variables: bool = field(init=False, repr=False, compare=False)
    # Whether the decision can depend on tags of the resource, which are then worth looking up.
    asks_resource_tags: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_variables", self.version == CURRENT)
        object.__setattr__(self, "asks_resource_tags", any(map(names_resource_tags, self.statements)))
        services = {service for row in self.statements for service in row.action_set.services}
        by_service = {service: self._of_service(service) for service in {*services, ANY_SERVICE}}
        object.__setattr__(self, "_by_service", by_service)
        object.__setattr__(self, "_of_any_action", all(row.any_action for row in self.statements))
        names = {name for row in self.statements for name in row.action_set.exact}
        object.__setattr__(self, "_by_name", dict.fromkeys(names))

    def _of_service(self, service: str) -> tuple[Statement, ...]:
        return tuple(row for row in self.statements if row.not_action or row.action_set.may_have(service))

    def about(self, name: str) -> Sequence[Statement]:
        """The statements about an action (folded), in their order."""
        if self._of_any_action:
            return self.statements
        known = self._by_name.get(name)
        if known is not None:
            return known
        service = name.partition(":")[0]
        rows = self._by_service.get(service) or self._by_service[ANY_SERVICE]
        found = [
            row for row in rows if row.any_action or row.action_set.has(name, service) is not row.not_action
        ]
        if name in self._by_name:
            self._by_name[name] = tuple(found)
        return found

    def steps(self, name: str) -> int:
        """What ``about`` costs at most for an action (folded)."""
        service = name.partition(":")[0]
        if self._by_name.get(name) is not None:
            return 32
        rows = self._by_service.get(service) or self._by_service[ANY_SERVICE]
        return 32 + sum([row.action_set.steps(name, service) for row in rows])


def names_resource_tags(statement: Statement) -> bool:
    """Whether tags of the resource decide: in a condition key, or in a variable of a resource or a value."""
    values = (value for one in statement.conditions for value in one.values)
    texts = (*(one.key for one in statement.conditions), *statement.resources, *values)
    return any("resourcetag/" in text.lower() for text in texts)


def parse(document: str | Mapping[str, object]) -> Policy:
    """A policy from its JSON text or its decoded form. Raises MalformedPolicyDocument.

    Policies are kept by their text: the same content is compiled once per process, and a changed
    document is another text, so nothing stale is ever found.
    """
    return _read(document if isinstance(document, str) else dump(document))


def parse_resource_policy(document: str | Mapping[str, object]) -> Policy:
    """The same for the policy of a resource: every statement says whom it speaks of."""
    return _read(document if isinstance(document, str) else dump(document), of_resource=True)


def _read(text: str, of_resource: bool = False) -> Policy:
    """Of long documents, as AWS has a few, fewer are kept: what strangers send must not fill the memory."""
    if len(text) <= SHORT:
        return _parse_short(text, of_resource)
    return (_parse if len(text) <= LONG else _parse_long)(text, of_resource)


SHORT, LONG = 2_048, 12_288  # characters; a user's inline policies have at most as many as a short one


def _policy(text: str, of_resource: bool) -> Policy:
    data = load(text)
    if not isinstance(data, dict) or set(data) - POLICY_KEYS:
        raise MalformedPolicyDocument
    if not isinstance(data.get("Id", ""), str):
        raise MalformedPolicyDocument(element="Id")
    version = data.get("Version", OLD)
    if version not in (OLD, CURRENT):
        raise MalformedPolicyDocument(element="Version")
    statements = data.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicyDocument(element="Statement")
    return Policy(version, tuple(_statement(data, of_resource) for data in statements))


_parse_short = lru_cache(maxsize=6_144)(_policy)
_parse = lru_cache(maxsize=1024)(_policy)
_parse_long = lru_cache(maxsize=64)(_policy)


def _statement(data: object, of_resource: bool) -> Statement:
    if not isinstance(data, dict) or set(data) - STATEMENT_KEYS - PRINCIPAL_KEYS:
        raise MalformedPolicyDocument(element="Statement")
    sid = data.get("Sid", "")
    if not isinstance(sid, str):
        raise MalformedPolicyDocument(element="Sid")
    if data.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyDocument(element="Effect", sid=sid)
    if PRINCIPAL_KEYS & set(data) and not of_resource:
        raise MalformedPolicyDocument(
            "Policy document should not specify a principal.", element="Principal", sid=sid
        )
    actions, not_action = _either(data, "Action", sid)
    resources, not_resource = _either(data, "Resource", sid)
    return Statement(
        sid=sid,
        allow=data["Effect"] == "Allow",
        actions=actions,
        not_action=not_action,
        resources=resources,
        not_resource=not_resource,
        conditions=_conditions(data.get("Condition", EMPTY), sid),
        action_set=ActionSet.of(actions),
        resource_globs=tuple(map(compiled, resources)),
        principals=principals_of(data, sid) if of_resource else None,
    )


def _either(data: dict[str, object], name: str, sid: str) -> tuple[tuple[str, ...], bool]:
    """The values of ``Action`` or ``NotAction``, and whether the latter was given."""
    negated = f"Not{name}" in data
    if negated and name in data:
        raise MalformedPolicyDocument(element=name, sid=sid)
    element = f"Not{name}" if negated else name
    given = data.get(element, [])
    values = given if isinstance(given, list) else [given]
    if not all(isinstance(value, str) for value in values):
        raise MalformedPolicyDocument(element=element, sid=sid)
    if not values:
        message = f"Policy statement must contain {name.lower()}s."
        raise MalformedPolicyDocument(message, element=element, sid=sid)
    return tuple(values), negated


def _conditions(data: object, sid: str) -> tuple[Condition, ...]:
    if not isinstance(data, dict) or not all(isinstance(keys, dict) for keys in data.values()):
        raise MalformedPolicyDocument(element="Condition", sid=sid)
    return tuple(
        Condition(operator, key, _values(value, sid))
        for operator, keys in data.items()
        for key, value in keys.items()
    )


def _values(data: object, sid: str) -> tuple[str, ...]:
    values = tuple(scalar(value) for value in (data if isinstance(data, list) else [data]))
    if None in values:
        raise MalformedPolicyDocument(element="Condition", sid=sid)
    return tuple(value for value in values if value is not None)


def scalar(value: object) -> str | None:
    """A condition value as text; JSON booleans and numbers are allowed there. None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
