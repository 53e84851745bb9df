"""On whose behalf a rotation acts: kept when it is started or given, built anew for each step.

It belongs to the person, not to a session: rotations last for weeks. Whether the person had signed in with
MFA is kept, and counts for conditions of policies until that person continues it with another sign-in.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from django.utils.dateparse import parse_datetime

from credentials.models import Rotation
from iamconsole.errors import AccessDenied, IamError
from iamconsole.event_authors import short_name
from iamconsole.operations import Call, Caller, at_aws
from users.callers.build import Origin, caller_for_role, caller_for_user, system_caller
from users.models import Account, User

GONE = (
    "{who}, who started this rotation, is no longer a user of this console who can act. Give the rotation to "
    "somebody else to go on."
)
ACCOUNT_GONE = "The account is no longer here."
NO_PROGRAM = "Programs cannot rotate keys here: nobody could be shown the new secret. Sign in in a browser."
LACKS = (
    "You cannot finish this rotation: {action} on {user} is not allowed for you. Ask for that permission, or "
    "ask somebody who has it to rotate the key."
)
LACKS_AT_AWS = (
    "The link of this account lacks {action} at AWS, so the rotation could not be finished. {why} Then test "
    "the link and start again."
)
LONG_AGO = timedelta(days=365)
MFA_KEPT = (
    "Your permissions need a sign-in with MFA. This rotation keeps that you had one. The person you give "
    "it to has to continue it once after signing in with MFA."
)
MFA_AGES = (
    "Your permissions need a recent sign-in with MFA. The later steps will wait for you: sign in again with "
    "MFA, then choose Continue."
)
NOT_A_PERSON = "There is no user {name} who can sign in in the account {account}."


class Needs(Protocol):
    @property
    def actions(self) -> Sequence[str]: ...


def columns(caller: Caller) -> dict[str, Any]:
    """What a rotation keeps of whoever starts it. Raises AccessDenied for who is nobody's own."""
    if caller.kind == "federated-user":
        raise AccessDenied(NO_PROGRAM)
    kept = {
        "user_id": caller.person_id,
        "role": caller.arn.split("/")[1] if caller.kind == "assumed-role" else "",
        "mfa_at": caller.mfa_at.isoformat() if caller.mfa_at else "",
        "factor": caller.factor,
    }
    return {
        "starter": {} if caller.kind == "system" else kept,
        "starter_arn": caller.person_arn,
        "starter_id": caller.person_id,
    }


def given(call: Call, rotation: Rotation) -> dict[str, Any]:
    """The columns of who goes on with it: the user of UserName, of the caller's own account, in the role
    that the rotation has; without a name the caller. Raises IamError.
    """
    name = call.param("UserName", "")
    if not name:
        return columns(call.caller)
    origin = User.objects.filter(user_id=call.caller.person_id).select_related("account").first()
    account_id = origin.account.account_id if origin else call.account_id
    person = User.objects.people(account_id).with_name(name).first()
    if person is None or not person.is_active:
        raise IamError("NoSuchEntity", NOT_A_PERSON.format(name=name, account=account_id))
    role = call.caller.arn.split("/")[1] if call.caller.kind == "assumed-role" else ""
    kept = {"user_id": person.user_id, "role": role, "mfa_at": "", "factor": ""}
    return {"starter": kept, "starter_arn": person.arn, "starter_id": person.user_id}


def caller_of(rotation: Rotation) -> Caller:
    """The person with the policies of now. Raises AccessDenied where there is none who may act, IamError
    where the account is gone.
    """
    account = Account.objects.select_related("link").filter(account_id=rotation.account_id).first()
    if account is None:
        raise IamError("NoSuchEntity", ACCOUNT_GONE)
    if not rotation.starter:
        return system_caller(account)
    user, origin = person_of(rotation)
    if role := rotation.starter["role"]:
        return caller_for_role(user, account, role, origin)
    return caller_for_user(user, origin)


def home_caller_of(rotation: Rotation) -> Caller:
    """The person in its own account, for what is done to links. Raises AccessDenied."""
    return caller_for_user(*person_of(rotation))


def person_of(rotation: Rotation) -> tuple[User, Origin]:
    """The person as kept, with the sign-in that is remembered. Raises AccessDenied where it cannot act."""
    kept = rotation.starter
    users = User.objects.select_related("account", "permissions_boundary")
    user = users.filter(user_id=kept["user_id"]).first() if kept else None
    if user is None or not user.is_active:
        raise AccessDenied(GONE.format(who=name_of(rotation)))
    mfa_at = parse_datetime(kept["mfa_at"]) if kept["mfa_at"] else None
    return user, Origin(channel="job", mfa_at=mfa_at, factor=kept["factor"])


def check_may(call: Call, subject: Needs) -> None:
    """Whether its starter may take every step, here and, as far as the last test of the link has shown, at
    AWS. Raises AccessDenied, IamError.
    """
    for action in subject.actions:
        if not call.caller.permits(action, call.user.arn):
            raise AccessDenied(LACKS.format(action=action, user=call.user.label), action=action)
        if why := at_aws.refused(call.caller).get(action):
            raise IamError("AccessDenied", LACKS_AT_AWS.format(action=action, why=why))


def conditions(caller: Caller, actions: Sequence[str], user_arn: str) -> list[str]:
    """What the policies of whoever starts it ask of the sign-in, so that later steps wait for that person."""
    if not all(caller.permits(action, user_arn) for action in actions):
        return []
    later = caller.mfa_at and replace(caller, mfa_at=caller.mfa_at - LONG_AGO)
    if later and not all(later.permits(action, user_arn) for action in actions):
        return [MFA_AGES]
    without = replace(caller, mfa_at=None)
    return [] if all(without.permits(action, user_arn) for action in actions) else [MFA_KEPT]


def name_of(rotation: Rotation) -> str:
    """Who has started it or was given it, for people."""
    return short_name(rotation.starter_arn)
