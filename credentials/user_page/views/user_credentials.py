"""All credentials of a user on one page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials import devices
from credentials.access_keys import rotation
from credentials.access_keys.limits import why_no_key
from credentials.advice import advice
from credentials.guesses.views import hold_context
from credentials.mfa.views import recovery_codes
from credentials.models import AccessKey, LoginProfile
from credentials.models.access_keys import KEYS_PER_USER
from credentials.passwords import rules as passwords
from credentials.passwords.views.links import link_section
from credentials.service_credentials.sections import service_context
from credentials.sessions.views import sessions_section
from credentials.shown_once.handover import sign_in_url
from credentials.signing_certificates import section as certificates_section
from credentials.ssh_public_keys import section as ssh_keys_section
from iamconsole.operations import Caller, require
from iamconsole.web import signed_in
from users.credential_status import KEY_LIMIT_DAYS
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
    keys = list(AccessKey.objects.filter(user=user))
    context = {
        **user_context(request, user),
        "profile": LoginProfile.objects.filter(user=user).first(),
        "expires_at": passwords.expires_at(user),
        "sign_in_url": sign_in_url(user.account),
        "advice": advice(user),
        "devices": devices.of_user(user),
        "device_limit": devices.PER_USER,
        "recovery": recovery_codes.section(user, request.caller),
        "cards": rotation.cards(keys),
        "key_limit": KEYS_PER_USER,
        "age_limit": KEY_LIMIT_DAYS,
        "may": permitted(request.caller, user),
        **service_context(request.caller, user),
        **hold_context(request.caller, user),
        "no_new_key": why_no_key(request.caller, user, len(keys)),
        **link_section(request.caller, user),
        "ssh": ssh_keys_section.section(request.caller, user),
        "signing": certificates_section.section(request.caller, user),
        **sessions_section(request.caller, user),
    }
    return render(request, "credentials/user_security_credentials.html", context)


def permitted(caller: Caller, user: User) -> dict[str, Any]:
    """Which buttons work: operation -> whether the caller's policies allow it on the user."""
    return {
        name.rpartition(":")[2]: caller.permits(name if ":" in name else f"iam:{name}", user.arn)
        for name in ON_USER
    }
