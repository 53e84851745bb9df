"""Sessions: iamconsole:ListSessions, RevokeSession, RevokeSessions here (ARCHITECTURE 2), and
iamconsole:RevokeActiveSessions, which reaches those at AWS (IAM-FACTS 2.14.2).

Of the named user, or of the caller's own, root included: an administrator needs the permission on the
user's ARN, everybody has it on their own in the browser (ConsoleSelfService).
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import F

from credentials.models import ConsoleSession
from credentials.sessions import agents
from credentials.sessions import rows as sessions
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.news import News
from iamconsole.operations.sufficing import Suffices
from iamconsole.operations.wanted import Params, Wanted
from users.lookups import find_caller, find_user, lock_caller, lock_user, own_resources, user_resources
from users.models import User
from users.policies import revocations
from users.policies.operations.boundaries import UserPermissionOperation
from users.policies.operations.inline_policies import (
    PutUserPolicy,
    check_size,
    put,
    undo_put,
    wanted_policy,
)


class SessionOperation(Operation):
    """What operations on the sessions of one user have in common."""

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call) if call.param("UserName") else own_resources(call)

    def lock(self, call: Call) -> None:
        if call.param("UserName"):
            lock_user(call)
        else:
            check_person(call)
            lock_caller(call)


def whose(call: Call) -> User:
    """The named user, or the caller's own. Raises NoSuchEntity, ValidationError for a role."""
    if name := call.param("UserName"):
        return find_user(call.account_id, name)
    check_person(call)
    return find_caller(call)


def check_person(call: Call) -> None:
    """Whoever leaves out UserName has sessions of its own. Raises ValidationError for a role."""
    if call.caller.kind not in ("user", "root"):
        raise IamError("ValidationError", "Must specify userName when calling with non-User credentials")


@operation("iamconsole:ListSessions")
class ListSessions(SessionOperation):
    suffices = Suffices("", "AWS has no list of the sessions of a user.")
    reads = True

    def read(self, call: Call) -> Facts:
        return {"Sessions": [facts_of(row, call.caller.session_id) for row in sessions.live(whose(call))]}


def facts_of(row: ConsoleSession, current_id: str) -> Facts:
    """A session as ListSessions tells it."""
    return {
        "SessionId": str(row.id),
        "Device": agents.in_words(row.user_agent),
        "SourceIp": row.address,
        "CreateDate": row.created_at,
        "LastUsedDate": row.last_seen_at,
        "MFAUsed": row.mfa_at is not None,
        "Current": str(row.id) == current_id,
    }


@operation("iamconsole:RevokeSession")
class RevokeSession(SessionOperation):
    """Ends exactly one session; its next request is a stranger's."""

    lasting = lasts.HAPPENED

    def write(self, call: Call, facts: Facts) -> None:
        session_id = call.params["SessionId"]
        if not (is_uuid(session_id) and sessions.end_one(call.user, session_id)):
            raise IamError("NoSuchEntity", f"The session with ID {session_id} cannot be found.")


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


@operation("iamconsole:RevokeSessions")
class RevokeSessions(SessionOperation):
    """Ends all sessions of a user, the jobs they started, and the user's temporary credentials.

    With KeepCurrent all but the caller's session; with OnlyTemporaryCredentials no session of a browser.
    """

    lasting = lasts.HAPPENED

    def write(self, call: Call, facts: Facts) -> None:
        if call.param("OnlyTemporaryCredentials"):
            sessions.end_temporary_credentials(call.user)
            return
        keep = call.caller.session_id if call.param("KeepCurrent") else ""
        call.found["ended"] = sessions.end_all(call.user, keep=keep)
        if not keep:
            end_sign_ins(call.user)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"SessionsEnded": call.found.get("ended", 0)}


def end_sign_ins(user: User) -> None:
    """A sign-in halfway between password and code ends too."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)


@operation("iamconsole:RevokeActiveSessions")
class RevokeActiveSessions(UserPermissionOperation):
    """Ends the sessions here, and writes the policy that denies everything to those that began before now.

    It asks for what it does at AWS: iam:PutUserPolicy. The time is that of the step itself, so that after a
    password and keys were taken no session is left in between. A session begun later is not denied.
    """

    lasting = lasts.HAPPENED
    needed_at_aws = PutUserPolicy.needed_at_aws
    notice = News("Your active sessions were revoked")

    def needed(self, call: Call) -> str:
        return "iam:PutUserPolicy"

    def undo(self, call: Call) -> Undo:
        """Of the policy. Sessions here have ended."""
        return undo_put(call, revocations.NAME)

    def check(self, call: Call) -> None:
        call.found["document"] = revocations.document(call.now)
        check_size(call, revocations.NAME, call.found["document"])

    def to_aws(self, call: Call) -> tuple[str, dict[str, Any]]:
        policy = {"PolicyName": revocations.NAME, "PolicyDocument": call.found["document"]}
        return "PutUserPolicy", {"UserName": call.user.user_name, **policy}

    def write(self, call: Call, facts: Facts) -> None:
        put(call.user, revocations.NAME, call.found["document"])
        sessions.end_all(call.user)
        end_sign_ins(call.user)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"PolicyName": revocations.NAME, "PolicyDocument": call.found["document"]}

    def evidence(self, call: Call) -> Params:
        return {"PolicyDocument": call.found["document"]}

    def asked(self, before: Params, params: Params) -> tuple[str, Params]:
        policy = {"PolicyName": revocations.NAME, "PolicyDocument": before.get("PolicyDocument", "")}
        return "PutUserPolicy", {"UserName": params["UserName"], **policy}

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_policy(before, params, revocations.NAME, before["PolicyDocument"])
