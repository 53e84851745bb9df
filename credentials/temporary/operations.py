"""STS: who the caller is, whose a key is, and temporary credentials (IAM-FACTS 11.1)."""

import re
from collections.abc import Sequence
from typing import Any

from credentials import devices
from credentials.guesses import throttle
from credentials.guesses import words as guess_words
from credentials.models import AccessKey
from credentials.models.totp import TOKEN_TOLERANCE
from credentials.temporary import credentials as temporary
from credentials.temporary import packing
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import Call, Facts, Operation, events, operation, require
from iamconsole.operations.caller import Context
from iamconsole.operations.shapes import Wording
from users.callers.build import ADMINISTRATOR, AUDITOR, assuming_keys, may_assume
from users.lookups import find_caller
from users.models import Account, User
from users.tag_rules import request_tag_keys

DAY_AND_HALF, TWELVE_HOURS, ONE_HOUR = 129600, 43200, 3600  # seconds
ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/(\w+)")
CODE_REFUSED = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
NOT_ITS_DEVICE = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
    "valid and associated with this user."
)
NO_SESSIONS = "Cannot call {name} with session credentials"
NO_ROOT = "Roles may not be assumed by root accounts."
TAG_SESSION = "sts:TagSession"


class ReadingOperation(Operation):
    """Nothing is stored: what is handed out carries everything itself."""

    reads = True


@operation("sts:GetCallerIdentity")
class GetCallerIdentity(ReadingOperation):
    """Needs no permission and cannot be denied."""

    def resources(self, call: Call) -> Sequence[str]:
        return []

    def read(self, call: Call) -> Facts:
        return {"UserId": call.caller.user_id, "Account": call.account_id, "Arn": call.caller.arn}


@operation("sts:GetAccessKeyInfo")
class GetAccessKeyInfo(ReadingOperation):
    """Which account a key belongs to; works for every account's key, active or not."""

    def read(self, call: Call) -> Facts:
        if call.caller.channel == "temporary-key" and call.caller.kind != "assumed-role":
            raise AccessDenied(NO_SESSIONS.format(name="GetAccessKeyInfo"), action=self.action)
        key_id = call.params["AccessKeyId"]
        key = AccessKey.objects.filter(access_key_id=key_id).select_related("user__account").first()
        if key is None:
            raise IamError("ValidationError", f"The access key ID {key_id} is not known to this console.")
        return {"Account": key.user.account.account_id}


@operation("sts:GetSessionToken")
class GetSessionToken(Operation):
    """Temporary keys of the caller itself, with its permissions; an MFA code makes them good for IAM."""

    acts = True
    audited = True

    def resources(self, call: Call) -> Sequence[str]:
        return []

    def act(self, call: Call) -> Facts:
        user = long_term_user(call)
        expires = end_of_session(call, user)
        mfa_at = int(call.now.timestamp()) if check_code(call, user) else 0
        issued = int(call.now.timestamp())
        grant = temporary.Grant(user.user_id, temporary.epoch_of(user), expires, mfa_at, issued=issued)
        return {"Credentials": temporary.issue(grant)}

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return handed_out(facts)


class NarrowedSession(Operation):
    """What hands out sessions that policies narrow and tags describe. For tags ``sts:TagSession`` must be
    allowed too.
    """

    acts = True
    audited = True
    wording = Wording(longest={"Policy": 2048})  # IAM-FACTS 9.2

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        """The tags are judged before authorization too (IAM-FACTS 2.22.6)."""
        known = super().validate(params)
        keys = [tag["Key"] for tag in known.get("Tags", [])]
        packing.check_tags(keys, known.get("TransitiveTagKeys", []))
        return known

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.param("Tags", []))

    def narrowed(self, call: Call, account_id: str) -> tuple[str, dict[str, int]]:
        """Policies and tags of the request, checked and packed, and what the answer says of their size.

        Raises IamError.
        """
        narrowing = packing.narrowing_of(call.params)
        packing.check_policies(narrowing, account_id)
        transitive = call.param("TransitiveTagKeys", [])
        if narrowing.tags:
            keys = {"sts:TransitiveTagKeys": transitive} if transitive else {}
            for resource in self.resources(call):
                require(call.caller, TAG_SESSION, resource, {**self.context(call), **keys})
        packed = packing.pack(narrowing)
        return packed, {"PackedPolicySize": packing.percent(packed)}

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return handed_out(facts)


@operation("sts:GetFederationToken")
class GetFederationToken(NarrowedSession):
    """Temporary keys of a federated user, whom only the caller knows: at most what the caller may do, within
    the policies that it gives. They cannot call IAM.
    """

    def resources(self, call: Call) -> Sequence[str]:
        return [call.caller.arns.federated_user(call.params["Name"])]

    def act(self, call: Call) -> Facts:
        user, name = long_term_user(call), call.params["Name"]
        packed, size = self.narrowed(call, call.account_id)
        grant = temporary.Grant(
            user.user_id,
            temporary.epoch_of(user),
            end_of_session(call, user),
            session_name=name,
            issued=int(call.now.timestamp()),
            federated=True,
            packed=packed,
        )
        federated = {
            "FederatedUserId": f"{call.account_id}:{name}",
            "Arn": call.caller.arns.federated_user(name),
        }
        return {"Credentials": temporary.issue(grant), "FederatedUser": federated, **size}


@operation("sts:AssumeRole")
class AssumeRole(NarrowedSession):
    """Temporary keys of one of the two console roles of an account (ARCHITECTURE 3), within the session
    policies that the caller gives.
    """

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        """The form of the role's ARN comes before everything else (IAM-FACTS 2.6)."""
        arn = params.get("RoleArn")
        if arn is not None and not has_form_of_arn(arn):
            raise IamError("ValidationError", f"{arn} is invalid")
        return super().validate(params)

    def resources(self, call: Call) -> Sequence[str]:
        return [call.params["RoleArn"]]

    def context(self, call: Call) -> Context:
        return assuming_keys(call.params["RoleSessionName"], packing.narrowing_of(call.params))

    def act(self, call: Call) -> Facts:
        user = assuming_user(call)
        account, role = role_of(call)
        resource = account.arns.role(role)
        if not may_assume(call.caller, user, resource, self.context(call)):
            raise not_authorized(call)
        packed, size = self.narrowed(call, account.account_id)
        mfa_at = call.caller.mfa_at
        if check_code(call, user):
            mfa_at = call.now
        name = call.params["RoleSessionName"]
        grant = temporary.Grant(
            user.user_id,
            temporary.epoch_of(user),
            int(call.now.timestamp()) + call.param("DurationSeconds", ONE_HOUR),
            int(mfa_at.timestamp()) if mfa_at else 0,
            account.account_id,
            role,
            name,
            int(call.now.timestamp()),
            packed=packed,
        )
        return {
            "Credentials": temporary.issue(grant),
            "AssumedRoleUser": {
                "AssumedRoleId": f"AROA{account.account_id}{role.upper()}:{name}",
                "Arn": account.arns.assumed_role(role, name),
            },
            **(size if packed else {}),
        }


def has_form_of_arn(text: str) -> bool:
    """Whether a text has six parts, none empty but region and account."""
    parts = text.split(":", 5)
    return len(parts) == 6 and parts[0] == "arn" and all((parts[1], parts[2], parts[5]))


def handed_out(facts: Facts) -> dict[str, Any]:
    """What the Event says about new credentials: their ID, never secret or token."""
    made = facts["Credentials"]
    return {"AccessKeyId": made["AccessKeyId"], "Expiration": made["Expiration"].isoformat()}


def long_term_user(call: Call) -> User:
    """The user or root who calls with an own long-term key. Raises AccessDenied for everybody else."""
    if call.caller.channel != "access-key":
        name = call.operation.name.removeprefix("sts:")
        raise AccessDenied(NO_SESSIONS.format(name=name), action=call.operation.action)
    return find_caller(call)


def end_of_session(call: Call, user: User) -> int:
    """When a session ends that a long-term key has asked for; root's ends after an hour at most."""
    longest = ONE_HOUR if user.is_root else DAY_AND_HALF
    return int(call.now.timestamp()) + min(call.param("DurationSeconds", TWELVE_HOURS), longest)


def assuming_user(call: Call) -> User:
    """The IAM user behind the call; neither root nor a role takes another role. Raises AccessDenied."""
    if call.caller.kind == "root":
        raise AccessDenied(NO_ROOT, action=call.operation.action)
    if call.caller.kind != "user":
        raise AccessDenied(NO_SESSIONS.format(name="AssumeRole"), action=call.operation.action)
    return find_caller(call)


def role_of(call: Call) -> tuple[Account, str]:
    """Account and role of RoleArn. An unknown one is refused like one that is not allowed."""
    match = ROLE_ARN.fullmatch(call.params["RoleArn"])
    account = Account.objects.filter(account_id=match[1]).first() if match else None
    if match is None or account is None or match[2] not in (ADMINISTRATOR, AUDITOR):
        raise not_authorized(call)
    return account, match[2]


def not_authorized(call: Call) -> AccessDenied:
    resource = call.params["RoleArn"]
    message = f"User: {call.caller.arn} is not authorized to perform: sts:AssumeRole on resource: {resource}"
    return AccessDenied(message, action="sts:AssumeRole", resource=resource)


def check_code(call: Call, user: User) -> bool:
    """Whether an MFA code was given, counted before it is checked. Raises AccessDenied for a wrong one."""
    serial, code = call.param("SerialNumber"), call.param("TokenCode")
    if not serial and not code:
        return False
    device = next((d for d in devices.showing_codes(user) if d.serial_number == serial), None)
    if device is None or not code:
        raise AccessDenied(NOT_ITS_DEVICE, action=call.operation.action)
    counters = [(limit, user.user_id) for limit in throttle.API_CODES]
    verdict = throttle.admit(counters)
    if verdict.evaluate and device.verify_token(code, TOKEN_TOLERANCE):
        throttle.was_right(counters)
        return True
    if verdict.evaluate:
        record_wrong_code(call, verdict)
    raise AccessDenied(CODE_REFUSED, action=call.operation.action)


def record_wrong_code(call: Call, verdict: throttle.Verdict) -> None:
    """An Event for a wrong code, and one more for the limit that it has used up."""
    held = {guess_words.REASONS[scope]: until.isoformat() for scope, until in verdict.used_up}
    details = [{"Reason": "api-mfa"}, *({"Reason": reason, "Until": until} for reason, until in held.items())]
    for detail in details:
        events.write(call.caller, call.operation.action, call.caller.arn, Event.Outcome.FAILED, detail=detail)
