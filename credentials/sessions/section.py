"""The sessions on the pages that show all credentials of a user."""

from typing import Any

from credentials import living_on
from credentials.models import ConsoleSession
from credentials.sessions import agents
from credentials.sessions import rows as sessions
from iamconsole.operations import Caller, why_not
from users.models import Account, User


def sessions_section(caller: Caller, user: User) -> dict[str, Any]:
    """What sessions_section.html shows of a user's sessions, the caller's own one first."""
    if not caller.permits("iamconsole:ListSessions", user.arn):
        return {"sessions": None}
    rows = [shown(row, caller) for row in sessions.live(user)]
    rows.sort(key=lambda row: not row["current"])
    return {
        "sessions": rows,
        "other_sessions": sum(not row["current"] for row in rows),
        "sessions_own": caller.user_id == user.user_id,
        "at_aws": user.account.kind == Account.Kind.LINKED,
        "no_end_all": why_not_all(caller, user),
        "temporary": living_on.of_keys(user) if user.account.kind == Account.Kind.LOCAL else "",
    }


def shown(row: ConsoleSession, caller: Caller) -> dict[str, Any]:
    current = str(row.id) == caller.session_id
    return {"row": row, "device": agents.in_words(row.user_agent), "current": current}


def why_not_all(caller: Caller, user: User) -> str:
    """Why the sessions cannot be ended all at once, "" where they can."""
    if caller.permits("iamconsole:RevokeSessions", user.arn):
        return ""
    reason = why_not(caller, "iamconsole:RevokeSessions", user.arn)
    return f"This needs iamconsole:RevokeSessions on {user.arn}, {reason}."
