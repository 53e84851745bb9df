"""A user who is held for too many wrong guesses: shown to administrators, and released."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from credentials.guesses.section import RELEASE
from iamconsole.addresses import redirect
from iamconsole.operations import require
from iamconsole.web import act, signed_in
from users.pages import user_of
from users.requests import ConsoleRequest

DONE = "{} was released and can sign in again immediately."


@require_POST
@signed_in
def release_user(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Let the user try again. A right password and a right code are still asked for."""
    user = user_of(request, user_id)
    require(request.caller, RELEASE, user.arn)
    act(request, RELEASE, DONE.format(user.user_name), UserName=user.user_name)
    return redirect("credentials:user-security-credentials", user_id=user.user_id)
