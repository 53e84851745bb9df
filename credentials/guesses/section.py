"""A lockout on the page that shows all credentials of a user."""

from typing import Any

from django.utils.text import get_text_list

from credentials.guesses import throttle
from iamconsole.operations import Caller, why_not
from users.models import User

RELEASE = "iamconsole:ReleaseUser"


def lockout_context(caller: Caller, user: User) -> dict[str, Any]:
    """What the section of the credentials page shows; ``lockout`` is None for a user who is not held."""
    lockout = throttle.lockout_of(user)
    if lockout is None:
        return {"lockout": None}
    blocked = ""
    if not caller.permits(RELEASE, user.arn):
        blocked = f"This needs {RELEASE} on {user.arn}, {why_not(caller, RELEASE, user.arn)}."
    reasons = get_text_list(list(lockout.reasons), "and")
    return {"lockout": lockout, "lockout_reasons": reasons, "no_release": blocked}
