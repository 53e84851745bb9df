"""Building Callers: who is behind a browser session, a job or a command, with which policies.

Policies are read at every request and compiled by content: a removed one binds the very next
request, in every process.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.utils.dateparse import parse_datetime

from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Job
from iamconsole.operations import Caller
from iamconsole.operations.caller import KEY_CHANNELS, NOT_NARROWED, Channel, Context, Narrowing
from iamconsole.policy import NamedPolicy, evaluate, parse
from users.callers import policy_sources
from users.callers import session_policies as sessions
from users.models import Account, User
from users.own_password import may_change_password
from users.tag_rules import request_tag_keys

ADMINISTRATOR, AUDITOR = "IamConsoleAdministrator", "IamConsoleAuditor"
ROLE_POLICIES: dict[str, dict[str, Any]] = {
    ADMINISTRATOR: {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Administrator", "Effect": "Allow", "Action": "*", "Resource": "*"}],
    },
    AUDITOR: {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Auditor",
                "Effect": "Allow",
                "Action": [
                    "iam:Get*",
                    "iam:List*",
                    "iam:GenerateCredentialReport",
                    "iam:GenerateServiceLastAccessedDetails",
                    "iamconsole:List*",
                    "iamconsole:DownloadCredentialReport",
                ],
                "Resource": "*",
            }
        ],
    },
}
SESSION_ENDED = "The session that started this job has ended, so the job was stopped."
ACCOUNT_GONE = "The account {account} is no longer here, so the job was stopped."
NO_FEDERATED_JOBS = "A federated user cannot start jobs."
NO_LONGER = "You can no longer switch to this account."
# Condition key: "true" where the person has just proved a second factor that is not the named device.
OTHER_FACTOR = "iamconsole:OtherFactor"
DEVICE_OWNER = "iamconsole:MFADeviceOwner"  # condition key: the unique ID of whose a virtual device is


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from, as far as policies and events want to know."""

    channel: Channel = "console"
    source_ip: str | None = None
    user_agent: str = ""
    secure: bool = False
    session_key: str = ""
    mfa_at: datetime | None = None
    factor: str = ""
    confirmed: frozenset[str] = frozenset()
    session_id: str = ""
    authenticated_at: datetime | None = None
    issued_at: datetime | None = None
    request_id: str = ""
    # Of a role's or a federated user's session; a user's own session is as the user.
    narrowing: Narrowing = NOT_NARROWED


def own_users(partition: str) -> list[str]:
    """For documents that many users share: whoever asks, at any path."""
    users = f"arn:{partition}:iam::*:user"
    return [f"{users}/${{aws:username}}", f"{users}/*/${{aws:username}}"]


def self_service(partition: str, *, may_change_password: bool) -> dict[str, Any]:
    """The visible built-in document that lets a person care for oneself in the browser (ARCHITECTURE 3)."""
    own_user, devices = own_users(partition), f"arn:{partition}:iam::*:mfa"
    own_actions = [
        "iam:GetUser",
        "iam:ListMFADevices",
        "iam:ResyncMFADevice",
        "iam:GetLoginProfile",
        "iamconsole:ListSessions",
        "iamconsole:RevokeSession",
        "iamconsole:RevokeSessions",
        "iamconsole:CreateRecoveryCodes",
        "iamconsole:DeleteRecoveryCodes",
        "iamconsole:SendEmailConfirmation",
        "iamconsole:ConfirmEmailAddress",
        "iamconsole:RequestPermission",
        "iamconsole:WithdrawPermissionRequest",
        # The owner's part of a rotation; who starts one goes on with it.
        "iamconsole:TakeRotationSecret",
        "iamconsole:ConfirmRotation",
    ]
    if may_change_password:
        own_actions.append("iam:ChangePassword")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "OwnUser", "Effect": "Allow", "Action": own_actions, "Resource": own_user},
            {
                "Sid": "NewMFADevice",
                "Effect": "Allow",
                "Action": "iam:CreateVirtualMFADevice",
                "Resource": [f"{devices}/${{aws:username}}", f"{devices}/${{aws:username}}-*"],
            },
            {
                # Whose a device is, its name does not say: bob-smith's begins with bob too.
                "Sid": "OwnMFADevice",
                "Effect": "Allow",
                "Action": "iam:DeleteVirtualMFADevice",
                "Resource": f"{devices}/*",
                "Condition": {"StringEquals": {DEVICE_OWNER: "${aws:userid}"}},
            },
            {
                # Hardware tokens and passkeys have no owner before: who holds them may assign them.
                "Sid": "AssignMFADevice",
                "Effect": "Allow",
                "Action": "iam:EnableMFADevice",
                "Resource": own_user,
                "Condition": {"StringEqualsIfExists": {DEVICE_OWNER: "${aws:userid}"}},
            },
            {
                # Who stole a session, or the device itself, has no other factor.
                "Sid": "TakeOffMFADevice",
                "Effect": "Allow",
                "Action": "iam:DeactivateMFADevice",
                "Resource": own_user,
                "Condition": {"StringEquals": {OTHER_FACTOR: "true"}},
            },
            {
                "Sid": "OwnEmailAddress",
                "Effect": "Allow",
                "Action": "iamconsole:UpdateUserProfile",
                "Resource": own_user,
                # Whether it is a person or a workload is for others to say.
                "Condition": {"Null": {"iamconsole:UserType": "true"}},
            },
            {"Sid": "Rules", "Effect": "Allow", "Action": "iam:GetAccountPasswordPolicy", "Resource": "*"},
        ],
    }


def self_service_of(user: User) -> str:
    """The document as it counts for a user at this moment, for people to read."""
    return self_service_text(user.account.partition, may_change_password=may_change_password(user))


def self_service_text(partition: str, *, may_change_password: bool) -> str:
    """The same by what it depends on, for many users."""
    return json.dumps(self_service(partition, may_change_password=may_change_password), indent=2)


def caller_for_user(user: User, origin: Origin, rows: Iterable[policy_sources.Row] | None = None) -> Caller:
    """The user itself, acting in its own account. ``rows``: its policies, where they were read with it."""
    return Caller(
        account_id=user.account.account_id,
        arn=user.arn,
        kind="root" if user.is_root else "user",
        user_id=user.account.account_id if user.is_root else user.user_id,
        user_name=user.user_name,
        channel=origin.channel,
        identity=() if user.is_root else identity_policies(user, origin, rows),
        boundary=user.permissions_boundary.named() if user.permissions_boundary else None,
        link=user.account.link_spec,
        read_only=user.account.kind == Account.Kind.IMPORTED,
        principal_tags=tuple(user.tags.items()),
        **_from(origin),
    )


def identity_policies(
    user: User, origin: Origin, rows: Iterable[policy_sources.Row] | None = None
) -> tuple[NamedPolicy, ...]:
    """Everything that decides for the user; self-service for the browser only."""
    found = policy_sources.sources(user, rows)
    if origin.channel in ("console", "job"):
        return (own_policy(user.account.partition, may_change_password(user)), *found)
    return found


@cache
def own_policy(partition: str, may_change_password: bool) -> NamedPolicy:
    """*ConsoleSelfService* in the form of the other policies."""
    document = self_service(partition, may_change_password=may_change_password)
    return NamedPolicy("ConsoleSelfService", "", "Console", "", parse(json.dumps(document)))


@cache
def role_policy(role: str) -> NamedPolicy:
    """What a console role can do, in the form of the other policies."""
    return NamedPolicy(role, "", "Console", "", parse(json.dumps(ROLE_POLICIES[role])))


def role_id(account: Account, role: str) -> str:
    """The unique ID of a console role. It has no row that could keep another one."""
    return f"AROA{account.account_id}{role.upper()}"


def caller_for_role(
    user: User,
    account: Account,
    role: str,
    origin: Origin,
    session_name: str = "",
    own: Caller | None = None,
) -> Caller:
    """The user in one of the two console roles of another account. Raises AccessDenied.

    The user's own policies must allow sts:AssumeRole on the role; asked again at every request.
    ``session_name`` is the user's own name unless a client chose one; ``own`` the user itself, where its
    policies were read already.
    """
    own = own or caller_for_user(user, origin)
    resource = account.arns.role(role)
    context = assuming_keys(session_name, origin.narrowing) if session_name else None
    if not may_assume(own, user, resource, context):
        raise AccessDenied(NO_LONGER, action="sts:AssumeRole", resource=resource)
    return in_role(user, account, role, origin, session_name)


def in_role(user: User, account: Account, role: str, origin: Origin, session_name: str = "") -> Caller:
    """The same for whoever has asked already whether the user may take the role."""
    session_name = session_name or user.user_name or "root"
    return Caller(
        account_id=account.account_id,
        arn=account.arns.assumed_role(role, session_name),
        kind="assumed-role",
        user_id=f"{role_id(account, role)}:{session_name}",
        origin_arn=user.arn,
        origin_id=user.user_id,
        channel=origin.channel,
        identity=(role_policy(role),),
        session=sessions.named(account.account_id, origin.narrowing) or None,
        principal_tags=origin.narrowing.tags,
        link=account.link_spec,
        read_only=account.kind == Account.Kind.IMPORTED,
        **_from(origin),
    )


def caller_for_federated_user(user: User, name: str, origin: Origin) -> Caller:
    """A session that a user or root has made by GetFederationToken: at most what its maker may do, and
    without session policies nothing (IAM-FACTS 11.1).
    """
    account = user.account
    folded = {key.lower() for key, _ in origin.narrowing.tags}
    own_tags = tuple((key, value) for key, value in user.tags.items() if key.lower() not in folded)
    return Caller(
        account_id=account.account_id,
        arn=account.arns.federated_user(name),
        kind="federated-user",
        user_id=f"{account.account_id}:{name}",
        origin_arn=user.arn,
        origin_id=user.user_id,
        channel=origin.channel,
        identity=(role_policy(ADMINISTRATOR),) if user.is_root else identity_policies(user, origin),
        boundary=user.permissions_boundary.named() if user.permissions_boundary else None,
        session=sessions.named(account.account_id, origin.narrowing),
        link=account.link_spec,
        read_only=account.kind == Account.Kind.IMPORTED,
        principal_tags=(*own_tags, *origin.narrowing.tags),
        **_from(origin),
    )


def assuming_keys(session_name: str, narrowing: Narrowing) -> dict[str, str | Sequence[str]]:
    """The condition keys of a request for a role's session (IAM-FACTS 8.6)."""
    tags = [{"Key": key, "Value": value} for key, value in narrowing.tags]
    return {"sts:RoleSessionName": session_name, **request_tag_keys(tags)}


def may_assume(caller: Caller, user: User, resource: str, context: Context | None = None) -> bool:
    """Only people of the home account switch, only to other accounts, and only where their policies say
    sts:AssumeRole: a role of their own account would lead users past their own policies, boundary and MFA.
    """
    own = resource.split(":")[4] == user.account.account_id
    return user.account.is_home and not own and caller.permits("sts:AssumeRole", resource, context)


def roles_in(user: User, caller: Caller, account: Account) -> list[str]:
    """The console roles of ``account`` that the user may take."""
    return [role for role in (ADMINISTRATOR, AUDITOR) if may_assume(caller, user, account.arns.role(role))]


@cache
def role_permits(role: str, action: str) -> bool:
    """Whether a console role may do something anywhere in its account."""
    return evaluate(action, "*", {}, identity=(role_policy(role),)).allowed


def system_caller(account: Account) -> Caller:
    """A management command on the machine itself; its events say so."""
    return Caller(
        account_id=account.account_id,
        arn=account.arn,
        kind="system",
        user_id=account.account_id,
        channel="command",
        link=account.link_spec,
    )


def _from(origin: Origin) -> dict[str, Any]:
    return {
        "source_ip": origin.source_ip,
        "user_agent": origin.user_agent,
        "secure": origin.secure,
        "session_key": origin.session_key,
        "mfa_at": origin.mfa_at,
        "factor": origin.factor,
        "confirmed": origin.confirmed,
        "session_id": origin.session_id,
        "authenticated_at": origin.authenticated_at,
        "issued_at": origin.issued_at,
        "request_id": origin.request_id,
        "narrowing": origin.narrowing,
    }


# Jobs: what is kept of the starter, and the way back to a Caller.


def starter_of(caller: Caller) -> dict[str, Any]:
    """What a job keeps of the person behind a caller; nothing of a command's, which has none.

    Raises AccessDenied where that person was deleted since, and for a federated user, who is nobody's own.
    """
    if caller.kind == "system":
        return {}
    if caller.kind == "federated-user":
        raise AccessDenied(NO_FEDERATED_JOBS)
    user = User.objects.filter(user_id=caller.person_id).first()
    if user is None:
        raise AccessDenied(SESSION_ENDED)
    return {
        "user_id": user.user_id,
        "channel": caller.channel,
        "account_id": caller.account_id,
        "role": caller.arn.split("/")[1] if caller.kind == "assumed-role" else "",
        "session_epoch": user.session_epoch,
        "token_epoch": user.token_epoch if caller.channel == "temporary-key" else None,
        "session_id": caller.session_id,
        "mfa_at": caller.mfa_at.isoformat() if caller.mfa_at else "",
        "issued_at": caller.issued_at.isoformat() if caller.issued_at else "",
        "source_ip": caller.source_ip or "",
        "user_agent": caller.user_agent,
        "confirmed": sorted(caller.confirmed),
        "narrowing": asdict(caller.narrowing),
        # A role's, chosen by a client; policies may ask for it.
        "session_name": caller.user_id.partition(":")[2] if caller.channel == "temporary-key" else "",
    }


def caller_for_job(job: Job) -> Caller:
    """The starter of a job with the policies of now. Raises AccessDenied when its sessions were ended."""
    kept = job.starter
    if not kept:
        return system_caller(account_of_job(job.account_id))
    user = User.objects.select_related("account").filter(user_id=kept["user_id"]).first()
    by_key = kept.get("channel") in KEY_CHANNELS
    if user is None or user.session_epoch != kept["session_epoch"] or not (by_key or user.is_active):
        raise AccessDenied(SESSION_ENDED)
    if kept.get("token_epoch") not in (None, user.token_epoch):
        raise AccessDenied(SESSION_ENDED)
    session_id = kept.get("session_id", "")
    # Ending a session ends its jobs; signing out does not. Sessions are a floor above, known here by
    # their relation only.
    if session_id and user.console_sessions.filter(id=session_id, ended_how="revoked").exists():
        raise AccessDenied(SESSION_ENDED)
    origin = Origin(
        channel=kept["channel"] if by_key else "job",
        source_ip=kept["source_ip"] or None,
        user_agent=kept["user_agent"],
        mfa_at=parse_datetime(kept["mfa_at"]) if kept["mfa_at"] else None,
        confirmed=frozenset(kept.get("confirmed", ())),
        session_id=session_id,
        issued_at=parse_datetime(text) if (text := kept.get("issued_at", "")) else None,
        narrowing=Narrowing.of(kept.get("narrowing", {})),
    )
    if kept["role"]:
        account, name = account_of_job(kept["account_id"]), kept.get("session_name", "")
        return caller_for_role(user, account, kept["role"], origin, name)
    return caller_for_user(user, origin)


def account_of_job(account_id: str) -> Account:
    """The account a job acts in. Raises IamError where it was deleted meanwhile."""
    account = Account.objects.select_related("link").filter(account_id=account_id).first()
    if account is None:
        raise IamError("NoSuchEntity", ACCOUNT_GONE.format(account=account_id))
    return account
