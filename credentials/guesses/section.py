"""A hold on the page that shows all credentials of a user."""

from typing import Any

from django.utils.text import get_text_list

from credentials.guesses import throttle
from iamconsole.operations import Caller, why_not
from users.models import User

RELEASE = "iamconsole:ReleaseUser"


def hold_context(caller: Caller, user: User) -> dict[str, Any]:
    """What the section of the credentials page shows; ``hold`` is None for a user who is not held."""
    hold = throttle.hold_of(user)
    if hold is None:
        return {"hold": None}
    blocked = ""
    if not caller.permits(RELEASE, user.arn):
        blocked = f"This needs {RELEASE} on {user.arn}, {why_not(caller, RELEASE, user.arn)}."
    return {"hold": hold, "hold_reasons": get_text_list(list(hold.reasons), "and"), "no_release": blocked}
