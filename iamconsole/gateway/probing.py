"""What a link may do at AWS, action by action, without changing anything there.

Actions that read are asked with harmless parameters: AWS decides on them before it looks for what
they name, so "no such user" means allowed. Actions that change are not tried; AWS's own simulator
is asked about them, where it answers. What neither tells is not known, which is not "missing".
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings

from iamconsole.errors import IamError
from iamconsole.portions import portions

from .client import identify, method_name, reader, translated

if TYPE_CHECKING:
    from iamconsole.gateway.calls import Calls
    from iamconsole.operations.caller import LinkSpec

State = Literal["present", "missing", "unknown"]
# A user that nobody has, for an account without users.
NOBODY = "iam-console-asks-whether-it-may"
# AWS's answers to whoever is allowed to ask; the thing itself is just not there.
ALLOWED_CODES = frozenset(
    {"NoSuchEntity", "ReportNotPresent", "ReportInProgress", "ReportExpired", "NoSuchEntityException"}
)
DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
SIMULATE = "iam:SimulatePrincipalPolicy"
IAM = "iam:"
NAMES = ("GroupName", "ServerCertificateName", "RoleName", "InstanceProfileName", "PolicyName")
READS = ("Get", "List", "Generate")
SIMULATED_AT_ONCE = 100
TOO_LONG = "AWS answered too slowly to check this too."
NOT_READING = "It cannot be checked without changing something."
NOTHING_THERE = "The account has nothing yet to check it with."
NOT_ALLOWED_TO_SIMULATE = "AWS does not let this identity use its simulator (iam:SimulatePrincipalPolicy)."
NO_SIMULATOR = "AWS's policy simulator gave no answer. {message}"
NO_PRINCIPAL = "AWS's policy simulator does not support this kind of identity."
EXPLICIT_DENY = "A policy denies it explicitly."


@dataclass(frozen=True, slots=True)
class Permission:
    """One action of the link: present, missing or not known, and what AWS said where that matters."""

    action: str
    state: State
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """Who the link is at AWS, and which of the actions asked for it may do."""

    account_id: str
    identity: str
    permissions: tuple[Permission, ...]

    def actions(self, state: State) -> list[str]:
        return [permission.action for permission in self.permissions if permission.state == state]


def probe(link: "LinkSpec", read: Iterable[str], change: Iterable[str]) -> Probe:
    """Ask AWS who the link is and what it may do. Raises IamError when it is nobody there.

    ``read`` are called, where they are IAM's; ``change`` and those of other services are simulated. Both as
    ``iam:GetUser``.
    """
    identity = identify(link)
    client: Any = reader(link, attempts=2)
    called = [action for action in read if action.startswith(IAM) and action != SIMULATE]
    asked = _asked(client, identity["Arn"], called)
    others = [action for action in (*read, *change) if action not in {SIMULATE, *called}]
    simulator, simulated = _simulated(client, identity["Arn"], others, link.role_arn)
    return Probe(identity["Account"], identity["Arn"], (*asked, simulator, *simulated))


def _asked(client: Any, identity: str, actions: Sequence[str]) -> list[Permission]:
    """Each reading action, called once; after some seconds the rest is left open."""
    known, end = _known(client, identity), time.monotonic() + settings.AWS_SECONDS / 2
    return [
        _asked_one(client, action, known)
        if time.monotonic() < end
        else Permission(action, "unknown", TOO_LONG)
        for action in actions
    ]


def _known(client: Any, identity: str) -> dict[str, Any]:
    """Values for the questions: a user of the account and its access key, so that these are real ones. Of a
    policy, a device and a certificate AWS says that there is none to whoever may read them.

    AWS refuses the last use of a key that does not exist as if it were not allowed.
    """
    known: dict[str, Any] = {"UserName": NOBODY, "AllUsers": True, "MaxItems": 1}
    known |= {"SSHPublicKeyId": "APKA" + "0" * 16, "Encoding": "SSH"}
    _, partition, _, _, account_id, _ = identity.split(":", 5)
    policy = f"arn:{partition}:iam::aws:policy/ReadOnlyAccess"
    known |= {"PolicyArn": policy, "VersionId": "v1", "Arn": policy}
    known |= {"JobId": "00000000-0000-0000-0000-000000000000"}
    known["SerialNumber"] = f"arn:{partition}:iam::{account_id}:mfa/{NOBODY}"
    known["SAMLProviderArn"] = f"arn:{partition}:iam::{account_id}:saml-provider/{NOBODY}"
    known["OpenIDConnectProviderArn"] = f"arn:{partition}:iam::{account_id}:oidc-provider/{NOBODY}"
    known |= dict.fromkeys(NAMES, NOBODY)
    try:
        with translated(changing=False):
            page = client.get_account_authorization_details(Filter=["User"], MaxItems=1)
            known["UserName"] = next((user["UserName"] for user in page["UserDetailList"]), NOBODY)
            keys = client.list_access_keys(UserName=known["UserName"])["AccessKeyMetadata"]
            if keys:
                known["AccessKeyId"] = keys[0]["AccessKeyId"]
    except IamError:
        pass  # that they are refused is told when they have their turn
    return known


def _asked_one(client: Any, action: str, known: Mapping[str, Any]) -> Permission:
    name = action.partition(":")[2]
    if not name.startswith(READS):
        return Permission(action, "unknown", NOT_READING)
    params = _harmless(client, name, known)
    if params is None:
        return Permission(action, "unknown", NOTHING_THERE)
    try:
        with translated(changing=False):
            getattr(client, method_name(client, name))(**params)
    except IamError as error:
        if error.code in ALLOWED_CODES:
            return Permission(action, "present")
        if error.code in DENIED_CODES:
            return Permission(action, "missing", error.message)
        return Permission(action, "unknown", error.message)
    return Permission(action, "present")


def _harmless(client: Any, operation: str, known: Mapping[str, Any]) -> dict[str, Any] | None:
    """Parameters that ask for as little as possible; None where one is needed that is not known."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    if shape is None:
        return {}
    if set(shape.required_members) - set(known):
        return None
    wanted = {*shape.required_members, "MaxItems", "AllUsers"}
    if "AllUsers" not in shape.members:
        wanted.add("UserName")  # without it AWS means the caller itself, and a role is no user
    return {name: known[name] for name in wanted if name in shape.members and name in known}


def _simulated(
    client: Any, identity: str, actions: Sequence[str], role_arn: str
) -> tuple[Permission, list[Permission]]:
    """Whether the link may ask AWS's simulator, and what that says of it, on all resources."""
    if identity.endswith(":root"):
        return Permission(SIMULATE, "present"), [Permission(action, "present") for action in actions]
    principal = principal_of(identity, role_arn)
    if not principal:
        return Permission(SIMULATE, "unknown", NO_PRINCIPAL), _unknown(actions, NO_PRINCIPAL)
    try:
        decisions = _decisions(client, principal, actions)
    except IamError as error:
        if error.code in DENIED_CODES:
            return Permission(SIMULATE, "missing", error.message), _unknown(actions, NOT_ALLOWED_TO_SIMULATE)
        why = NO_SIMULATOR.format(message=error.message)
        return Permission(SIMULATE, "unknown", error.message), _unknown(actions, why)
    decided = [_decided(action, decisions.get(action.lower(), "")) for action in actions]
    return Permission(SIMULATE, "present"), decided


def simulate(link: "LinkSpec", identity: str, actions: Iterable[str], calls: "Calls") -> list[Permission]:
    """What AWS's simulator says of actions for a link that is this identity, asked once and not repeated.

    One call for each hundred actions; ``calls`` counts them. iam:SimulatePrincipalPolicy itself comes first.
    Raises IamError where the link is not let in.
    """
    client: Any = reader(link, attempts=1, calls=calls)
    simulator, simulated = _simulated(client, identity, list(actions), link.role_arn)
    return [simulator, *simulated]


def _unknown(actions: Sequence[str], why: str) -> list[Permission]:
    return [Permission(action, "unknown", why) for action in actions]


def principal_of(identity: str, role_arn: str = "") -> str:
    """The user or role behind an identity as the simulator takes it; "" where there is none.

    A role's session does not tell the role's path; the link's own ARN does.
    """
    if ":user/" in identity:
        return identity
    _, found, session = identity.partition(":assumed-role/")
    if not found:
        return ""
    name = session.partition("/")[0]
    if role_arn.rpartition("/")[2] == name:
        return role_arn
    _, partition, _, _, account_id, _ = identity.split(":", 5)
    return f"arn:{partition}:iam::{account_id}:role/{name}"


def _decisions(client: Any, principal: str, actions: Sequence[str]) -> dict[str, str]:
    """Action in lower case -> allowed, explicitDeny or implicitDeny. Raises IamError."""
    found: dict[str, str] = {}
    for some in portions(actions, SIMULATED_AT_ONCE):
        marker: dict[str, str] = {}
        while True:
            with translated(changing=False):
                page = client.simulate_principal_policy(
                    PolicySourceArn=principal, ActionNames=list(some), **marker
                )
            rows = page["EvaluationResults"]
            found |= {row["EvalActionName"].lower(): row["EvalDecision"] for row in rows}
            if not page.get("IsTruncated") or marker == {"Marker": page.get("Marker")}:
                break
            marker = {"Marker": page["Marker"]}
    return found


def _decided(action: str, decision: str) -> Permission:
    if decision == "allowed":
        return Permission(action, "present")
    if not decision:
        return Permission(action, "unknown", NO_SIMULATOR.format(message="It left this action out."))
    return Permission(action, "missing", EXPLICIT_DENY if decision == "explicitDeny" else "")
