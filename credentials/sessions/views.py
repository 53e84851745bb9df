"""Signed-in sessions: their own for everybody, another user's for administrators."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from credentials.pages import farewell
from iamconsole.addresses import redirect
from iamconsole.operations import execute, require
from iamconsole.web import act, signed_in
from users.pages import own_caller, user_of
from users.requests import ConsoleRequest

ONE_ENDED = "The session was signed out."
OTHERS_ENDED = "All your other sessions were signed out."
ALL_ENDED = "All sessions of {} were signed out."
TEMPORARY_ENDED = "All temporary credentials of {} were ended. Their next request is refused."


@require_POST
@signed_in
def end_own_session(request: ConsoleRequest, session_id: str) -> HttpResponse:
    """Sign out another session of one's own."""
    act(own_request(request), "iamconsole:RevokeSession", ONE_ENDED, SessionId=str(session_id))
    return redirect("credentials:my-security-credentials")


@require_POST
@signed_in
def end_own_sessions(request: ConsoleRequest) -> HttpResponse:
    """Sign out all own sessions but this one; with ``everywhere`` this one too."""
    if "everywhere" in request.POST:
        execute(own_caller(request), "iamconsole:RevokeSessions")
        return farewell(request, "You are signed out everywhere.")
    act(own_request(request), "iamconsole:RevokeSessions", OTHERS_ENDED, KeepCurrent=True)
    return redirect("credentials:my-security-credentials")


def own_request(request: ConsoleRequest) -> ConsoleRequest:
    """The request as the person's own, also while it has switched to another account."""
    request.caller = own_caller(request)
    return request


@require_POST
@signed_in
def end_user_session(request: ConsoleRequest, user_id: str, session_id: str) -> HttpResponse:
    """Sign out one session of a user."""
    user = user_of(request, user_id)
    require(request.caller, "iamconsole:RevokeSession", user.arn)
    names = {"UserName": user.user_name, "SessionId": str(session_id)}
    act(request, "iamconsole:RevokeSession", ONE_ENDED, **names)
    return redirect("credentials:user-security-credentials", user_id=user.user_id)


@require_POST
@signed_in
def end_user_sessions(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Sign a user out everywhere."""
    user = user_of(request, user_id)
    require(request.caller, "iamconsole:RevokeSessions", user.arn)
    act(request, "iamconsole:RevokeSessions", ALL_ENDED.format(user.user_name), UserName=user.user_name)
    return redirect("credentials:user-security-credentials", user_id=user.user_id)


@require_POST
@signed_in
def end_own_temporary_credentials(request: ConsoleRequest) -> HttpResponse:
    """End what was made with your own access keys; sessions of browsers go on."""
    done = TEMPORARY_ENDED.format("your user")
    act(own_request(request), "iamconsole:RevokeSessions", done, OnlyTemporaryCredentials=True)
    return redirect("credentials:my-security-credentials")


@require_POST
@signed_in
def end_temporary_credentials(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """End what was made with a user's access keys; sessions of browsers go on."""
    user = user_of(request, user_id)
    require(request.caller, "iamconsole:RevokeSessions", user.arn)
    names = {"UserName": user.user_name, "OnlyTemporaryCredentials": True}
    act(request, "iamconsole:RevokeSessions", TEMPORARY_ENDED.format(user.user_name), **names)
    return redirect("credentials:user-security-credentials", user_id=user.user_id)
