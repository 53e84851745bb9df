"""What the simulating operations are given: a principal, policies as text, context values (IAM-FACTS 8.7)."""

import base64
import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from iamconsole.arn import Arn
from iamconsole.errors import IamError
from iamconsole.operations import Call
from iamconsole.policy import MalformedPolicyDocument
from iamconsole.policy.glob import matches
from iamconsole.policy.operators import moment
from iamconsole.policy.truth import CannotEvaluate
from users.lookups import find_account, find_group, find_user, no_such_group, no_such_user
from users.models import Account, Group, User
from users.simulator.simulation import (
    Simulation,
    Source,
    facts_of,
    of_group,
    of_user,
    typed,
    typed_resource_policy,
)

NO_POLICIES_KNOWN = (
    "This account was imported from a credential report, which does not include policies, "
    "so nothing can be simulated in it."
)
POLICIES_NOT_READ = "Nothing can be simulated in this account yet. {why}"
KINDS = {"AWS managed": "aws-managed", "Customer managed": "user-managed", "Inline": "inline"}


def invalid(message: str) -> IamError:
    return IamError("InvalidInput", message)


def require_policies(account_id: str) -> None:
    """Raises InvalidInput where nobody has read which policies the account has."""
    account = find_account(account_id)
    if fact := account.not_known["policies"]:
        reported = account.kind == Account.Kind.IMPORTED
        raise invalid(NO_POLICIES_KNOWN if reported else POLICIES_NOT_READ.format(why=fact.why))


def principal_of(call: Call, parameter: str = "PolicySourceArn") -> User | Group:
    """The user or group whose ARN the parameter is. Raises NoSuchEntity, InvalidInput."""
    require_policies(call.account_id)
    arn = call.params[parameter]
    kind, name = _entity(arn, parameter)
    if kind == "role":
        raise IamError("NoSuchEntity", f"The role with name {name} cannot be found.")
    found = find_group(call.account_id, name) if kind == "group" else find_user(call.account_id, name)
    if found.arn != arn:
        raise no_such_group(name) if kind == "group" else no_such_user(name)
    return found


def simulation_of(call: Call) -> Simulation:
    """The principal as it is, with what the call adds. In this console also with its self-service."""
    principal = principal_of(call)
    if isinstance(principal, Group):
        simulation = of_group(principal)
    else:
        simulation = of_user(principal, in_browser=call.caller.channel == "console")
    added = documents(call, "PolicyInputList")
    return replace(simulation, identity=(*simulation.identity, *added))


def acting_as(call: Call, simulation: Simulation) -> Simulation:
    """CallerArn is who acts, with the policies of the other."""
    arn = call.param("CallerArn")
    if arn is None or arn == simulation.principal:
        return simulation
    kind, name = _entity(arn, "CallerArn")
    user = User.objects.people(call.account_id).with_name(name)
    known = user.select_related("account").first() if kind == "user" else None
    facts = facts_of(known if known is not None and known.arn == arn else None)
    if kind == "user":
        facts = {"aws:username": name, "aws:PrincipalArn": arn, **facts}
    return replace(simulation, principal=arn, context=facts)


def _entity(arn: str, parameter: str) -> tuple[str, str]:
    """Kind and name of the user, group or role of an ARN. Raises InvalidInput."""
    try:
        parsed = Arn.parse(arn)
    except ValueError as error:
        raise invalid(f"Invalid value for {parameter}: {error}") from error
    kind, _, rest = parsed.resource.partition("/")
    if parsed.service != "iam" or kind not in ("user", "group", "role") or not rest:
        raise invalid(f"Invalid value for {parameter}: {arn} is not the ARN of a user, group or role.")
    return kind, rest.rpartition("/")[2]


def documents(call: Call, parameter: str) -> list[Source]:
    """The policies given as text, named as AWS names them. Raises InvalidInput."""
    return [
        _read(typed, f"{parameter}.{number}", document)
        for number, document in enumerate(call.param(parameter, []), start=1)
    ]


def boundary_given(call: Call) -> Source | None:
    """The one boundary a call may bring. Raises InvalidInput."""
    given = documents(call, "PermissionsBoundaryPolicyInputList")
    if len(given) > 1:
        raise invalid("PermissionsBoundaryPolicyInputList can have one policy: there is one boundary.")
    return given[0] if given else None


def resource_policy_given(call: Call) -> Source | None:
    """The resource's policy. Raises InvalidInput."""
    document = call.param("ResourcePolicy")
    return None if document is None else _read(typed_resource_policy, "ResourcePolicy", document)


def _read(reader: Callable[[str, str], Source], name: str, document: str) -> Source:
    try:
        return reader(name, document)
    except MalformedPolicyDocument as error:
        raise invalid(f"{name} is not a valid policy: {error.message}") from error


def without_excluded(call: Call, simulation: Simulation) -> Simulation:
    """Policies of PolicyExclusionList do not count; what is passed as text stays."""
    rules = call.param("PolicyExclusionList", [])
    owner = call.params["PolicySourceArn"].rpartition("/")[2]
    kept = tuple(
        source for source in simulation.identity if not any(_excluded(rule, source, owner) for rule in rules)
    )
    boundary = simulation.boundary
    if boundary and any(_bounds_excluded(rule, boundary) for rule in rules):
        boundary = None
    return replace(simulation, identity=kept, boundary=boundary)


def _excluded(rule: Mapping[str, Any], source: Source, owner: str) -> bool:
    named = source.named
    if arn := rule.get("PolicyArn"):
        return bool(named.arn) and matches(arn, named.arn)
    if inline := rule.get("InlinePolicyIdentifier"):
        return (
            named.kind == "Inline"
            and inline["AttachmentType"] == source.owner
            and inline["PolicyName"] == named.name
            and inline["AttachmentName"] == (named.via or owner)
        )
    return rule.get("PolicyType") == KINDS.get(named.kind, "")


def _bounds_excluded(rule: Mapping[str, Any], boundary: Source) -> bool:
    if arn := rule.get("PolicyArn"):
        return matches(arn, boundary.named.arn)
    return rule.get("PolicyType") == "permission-boundary"


def context_given(entries: Iterable[Mapping[str, Any]]) -> dict[str, str | Sequence[str]]:
    """ContextEntries as condition keys. Raises InvalidInput for a value that is not of its type."""
    found: dict[str, str | Sequence[str]] = {}
    for entry in entries:
        name, kind = entry.get("ContextKeyName"), entry.get("ContextKeyType", "string")
        values = entry.get("ContextKeyValues", [])
        if not name:
            raise invalid("A context entry needs a ContextKeyName.")
        for value in values:
            _check_value(name, kind.removesuffix("List"), value)
        if not kind.endswith("List") and len(values) > 1:
            raise invalid(f"The context key {name} of type {kind} can have one value. Use {kind}List.")
        found[name] = tuple(values) if kind.endswith("List") else (values[0] if values else ())
    return found


def _check_value(name: str, kind: str, value: str) -> None:
    try:
        CHECKS.get(kind, str)(value)
    except ValueError as error:
        raise invalid(f"The value {value} of the context key {name} is not of type {kind}.") from error


def _boolean(value: str) -> None:
    if value.lower() not in ("true", "false"):
        raise ValueError(value)


def _date(value: str) -> None:
    try:
        moment(value.strip())
    except CannotEvaluate as error:
        raise ValueError(value) from error


CHECKS: dict[str, Callable[[str], Any]] = {
    "binary": lambda value: base64.b64decode(value, validate=True),
    "boolean": _boolean,
    "date": _date,
    "numeric": float,
    "ip": lambda value: ipaddress.ip_network(value, strict=False),
}
