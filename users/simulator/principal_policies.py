"""What the simulating operations are given: a principal, and policies as text (IAM-FACTS 8.7)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from iamconsole.arn import Arn
from iamconsole.errors import IamError
from iamconsole.operations import Call
from iamconsole.policy import MalformedPolicyDocument
from iamconsole.policy.glob import matches
from iamconsole.policy.operator_names import is_known_operator
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
INVALID_ITEM = "Policy input list item {number} has invalid content"
INVALID_RESOURCE_POLICY = "The resource policy has invalid content"
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
    found = principal_named_by(call, parameter)
    if found.arn != call.params[parameter]:
        raise no_such_group(found.group_name) if isinstance(found, Group) else no_such_user(found.user_name)
    return found


def principal_named_by(call: Call, parameter: str = "PolicySourceArn") -> User | Group:
    """The user or group of an ARN's account and name: its path does not count (IAM-FACTS 8.7).

    Raises NoSuchEntity, InvalidInput.
    """
    require_policies(call.account_id)
    arn = call.params[parameter]
    kind, name = _entity(arn, parameter)
    if kind == "role":
        raise IamError("NoSuchEntity", f"The role with name {name} cannot be found.")
    if arn.split(":")[4] != call.account_id:
        raise no_such_group(name) if kind == "group" else no_such_user(name)
    return find_group(call.account_id, name) if kind == "group" else find_user(call.account_id, name)


def stored_arn(call: Call) -> str:
    """The ARN that rights are asked for: of the principal as it is stored, else as it was written."""
    try:
        return principal_named_by(call).arn
    except IamError:
        arn: str = call.params["PolicySourceArn"]
        return arn


def simulation_of(call: Call) -> Simulation:
    """The principal as it is, with what the call adds."""
    simulation = stored_policies(call)
    added = documents(call, "PolicyInputList")
    return replace(simulation, identity=(*simulation.identity, *added))


def stored_policies(call: Call) -> Simulation:
    """The principal as it is. In this console also with its self-service."""
    principal = principal_named_by(call)
    if isinstance(principal, Group):
        return of_group(principal)
    return of_user(principal, in_browser=call.caller.channel == "console")


def acting_as(call: Call, simulation: Simulation) -> Simulation:
    """CallerArn is who acts, with the policies of the other; its ARN is also its ID (IAM-FACTS 8.7).

    Raises InvalidInput for who cannot act here, and where a resource policy is to be asked about nobody.
    """
    arn = call.param("CallerArn")
    if arn is None and call.param("ResourcePolicy") and ":user/" not in simulation.principal:
        raise invalid("Invalid caller - Caller cannot be null or empty.")
    if arn is None or arn == simulation.principal:
        return simulation
    kind, name, account_id = _caller(arn)
    facts = {"aws:PrincipalAccount": account_id, "aws:userid": arn}
    if kind == "user":
        user = User.objects.people(call.account_id).with_name(name).select_related("account").first()
        known = facts_of(user) if user is not None and user.arn == arn else {}
        facts = {"aws:username": name, "aws:PrincipalArn": arn, **known, **facts}
    return replace(simulation, principal=arn, context=facts)


def _caller(arn: str) -> tuple[str, str, str]:
    """Kind, name and account of CallerArn. Raises InvalidInput."""
    try:
        kind, name = _entity(arn, "CallerArn")
    except IamError as error:
        message = "Invalid caller - Caller must be an IAM user, role or group in this context."
        raise invalid(message) from error
    return kind, name, Arn.parse(arn).account_id


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
        _read(typed, f"{parameter}.{number}", document, INVALID_ITEM.format(number=number))
        for number, document in enumerate(call.param(parameter, []), start=1)
    ]


def boundary_given(call: Call) -> Source | None:
    """The one boundary a call may bring. Raises InvalidInput."""
    parameter = "PermissionsBoundaryPolicyInputList"
    if len(call.param(parameter, [])) > 1:
        raise invalid("The list of Permissions Boundary policies cannot exceed 1 items.")
    return next(iter(documents(call, parameter)), None)


def resource_policy_given(call: Call) -> Source | None:
    """The resource's policy. Raises InvalidInput."""
    document, name = call.param("ResourcePolicy"), "ResourcePolicy"
    return None if document is None else _read(typed_resource_policy, name, document, INVALID_RESOURCE_POLICY)


def _read(reader: Callable[[str, str], Source], name: str, document: str, complaint: str) -> Source:
    """A policy with operators that AWS has. Raises InvalidInput."""
    try:
        source = reader(name, document)
    except MalformedPolicyDocument as error:
        raise invalid(complaint) from error
    statements = source.named.policy.statements
    if not all(is_known_operator(one.operator) for row in statements for one in row.conditions):
        raise invalid(complaint)
    return source


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
