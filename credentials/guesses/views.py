"""A user who is held for too many wrong guesses: shown to administrators, and released."""

from typing import Any

from django.http import HttpResponse
from django.utils.text import get_text_list
from django.views.decorators.http import require_POST

from credentials.guesses import throttle
from iamconsole.addresses import redirect
from iamconsole.operations import Caller, require, why_not
from iamconsole.web import act, signed_in
from users.models import User
from users.pages import user_of
from users.requests import ConsoleRequest

RELEASE = "iamconsole:ReleaseUser"
DONE = "{} was released and can sign in again at once."


@require_POST
@signed_in
def release_user(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Let the user try again. A right password and a right code are still asked for."""
    user = user_of(request, user_id)
    require(request.caller, RELEASE, user.arn)
    act(request, RELEASE, DONE.format(user.user_name), UserName=user.user_name)
    return redirect("credentials:user-security-credentials", user_id=user.user_id)


def hold_context(caller: Caller, user: User) -> dict[str, Any]:
    """What the section of the credentials page shows; ``hold`` is None for a user who is not held."""
    hold = throttle.hold_of(user)
    if hold is None:
        return {"hold": None}
    blocked = ""
    if not caller.permits(RELEASE, user.arn):
        blocked = f"This needs {RELEASE} on {user.arn}, {why_not(caller, RELEASE, user.arn)}."
    return {"hold": hold, "hold_reasons": get_text_list(list(hold.reasons), "and"), "no_release": blocked}
