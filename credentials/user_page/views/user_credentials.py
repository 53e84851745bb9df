"""All credentials of a user on one page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials.advice import advice
from credentials.guesses.section import hold_context
from credentials.kinds import KINDS
from credentials.sessions.section import sessions_section
from iamconsole.operations import Caller, require
from iamconsole.web import signed_in
from users.models import User
from users.pages import user_context, user_of
from users.requests import ConsoleRequest

READ_CREDENTIALS = ("iam:GetUser", "iam:GetLoginProfile", "iam:ListMFADevices", "iam:ListAccessKeys")
ON_USER = (
    "CreateLoginProfile",
    "UpdateLoginProfile",
    "DeleteLoginProfile",
    "CreateAccessKey",
    "UpdateAccessKey",
    "DeleteAccessKey",
    "iamconsole:UpdateAccessKeyDetails",
    "EnableMFADevice",
    "DeactivateMFADevice",
    "ResyncMFADevice",
)


@require_GET
@signed_in
def user_security_credentials(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Console sign-in, MFA devices and access keys, each with what to do next."""
    user = user_of(request, user_id)
    for action in READ_CREDENTIALS:
        require(request.caller, action, user.arn)
    context = {
        **user_context(request, user),
        "advice": advice(user),
        "may": permitted(request.caller, user),
        **hold_context(request.caller, user),
        **sessions_section(request.caller, user),
    }
    for kind in KINDS:
        context |= kind.section(request.caller, user)
    return render(request, "credentials/user_security_credentials.html", context)


def permitted(caller: Caller, user: User) -> dict[str, Any]:
    """Which buttons work: operation -> whether the caller's policies allow it on the user."""
    return {
        name.rpartition(":")[2]: caller.permits(name if ":" in name else f"iam:{name}", user.arn)
        for name in ON_USER
    }
