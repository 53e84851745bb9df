"""Signed-in sessions: iamconsole:ListSessions, RevokeSession, RevokeSessions (ARCHITECTURE 2).

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
from iamconsole.operations import Call, Facts, Operation, operation
from users.lookups import find_caller, find_user, lock_caller, lock_user, own_resources, user_resources
from users.models import User


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

    def write(self, call: Call, facts: Facts) -> None:
        if call.param("OnlyTemporaryCredentials"):
            sessions.end_temporary_credentials(call.user)
            return
        keep = call.caller.session_id if call.param("KeepCurrent") else ""
        call.found["ended"] = sessions.end_all(call.user, keep=keep)
        if not keep:
            # A sign-in halfway between password and code ends too.
            User.objects.filter(pk=call.user.pk).update(session_epoch=F("session_epoch") + 1)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"SessionsEnded": call.found.get("ended", 0)}
