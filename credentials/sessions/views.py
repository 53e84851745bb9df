"""Signed-in sessions: their own for everybody, another user's for administrators."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from credentials.pages import farewell
from credentials.sessions import revoking
from iamconsole.addresses import redirect, reverse
from iamconsole.operations import execute, require, require_recent_for
from iamconsole.web import act, signed_in
from users.models import InlinePolicy
from users.pages import finished, own_caller, user_of
from users.requests import ConsoleRequest

ONE_ENDED = "The session was signed out."
OTHERS_ENDED = "All your other sessions in this console were signed out."
ALL_ENDED = "All sessions of {} in this console were signed out."
TEMPORARY_ENDED = "All temporary credentials of {} were ended. Their next request is refused."

REVOKED = (
    "AWS now denies everything to sessions of {} that began before now. It can take a few minutes until this "
    "works everywhere."
)
REVOCATION_REMOVED = (
    "The policy {} of {} was deleted. Sessions that it denied and that have not expired work again."
)


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


@require_http_methods(["GET", "POST"])
@signed_in
def revoke_active_sessions(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """What is ended at AWS and what is not, and what to take before; then all of it, the sessions last."""
    user = user_of(request, user_id)
    require(request.caller, "iam:PutUserPolicy", user.arn)
    if not revoking.is_offered(user):
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = revoking.RevokeForm(data, of=(request.caller, user))
    if form.is_valid():
        steps = revoking.steps_of(user, **form.chosen())
        require_recent_for(request.caller, steps)
        back = reverse("credentials:user-security-credentials", args=[user.user_id])
        title = f"Revoke active sessions of {user.user_name}"
        done = REVOKED.format(user.user_name)
        if page := finished(request, steps, title, done, back, form):
            return page
    context = {"user": user, "form": form, "policy_name": revoking.NAME}
    return render(request, "credentials/sessions/revoke_active_sessions.html", context)


@require_POST
@signed_in
def remove_revocation(request: ConsoleRequest, user_id: str, inline_pk: int) -> HttpResponse:
    """Delete an inline policy that revokes sessions and does nothing else."""
    user = user_of(request, user_id)
    require(request.caller, "iam:DeleteUserPolicy", user.arn)
    policy = get_object_or_404(InlinePolicy, pk=inline_pk, user=user)
    if not revoking.only_revokes(user, policy):
        raise Http404
    done = REVOCATION_REMOVED.format(policy.policy_name, user.user_name)
    act(request, "DeleteUserPolicy", done, UserName=user.user_name, PolicyName=policy.policy_name)
    return redirect("credentials:user-security-credentials", user_id=user.user_id)
