"""Passkeys: the options that the browser asks for, registering one, signing in with one.

The options are JSON, asked for by ``static/console/passkeys.js``; the browser's answer comes as a form,
so that refusals are pages like all others.
"""

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from credentials import devices
from credentials.mfa import assignment, passkeys
from credentials.mfa.operations.mfa import check_own_mfa, check_quota
from credentials.mfa.operations.passkeys import check_name, check_possible
from credentials.mfa.passkeys import EXPIRED, Answer
from credentials.mfa.views.mfa import (
    PASSKEY_NAME,
    PASSKEY_REPLACES,
    Target,
    finished,
    offers_skip,
    own_target,
)
from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.operations import Step, execute_all, require, require_recent
from iamconsole.web import signed_in
from users.requests import ConsoleRequest

CREATE = {"iam:RegisterSecurityKey": "Create"}


@require_http_methods(["GET", "POST"])
@signed_in
def register_passkey(request: ConsoleRequest) -> HttpResponse:
    """The second step of assigning a passkey: the browser asks the person, then its answer comes here."""
    target = chosen_target(request)
    name = request.session.get(PASSKEY_NAME, "")
    check_own_mfa(target.caller, target.user, "iam:EnableMFADevice")
    require_recent(target.caller)
    if not name:
        return redirect(target.page)
    refused = ""
    if answer := Answer.of(request):
        refused = register(request, target, name, answer)
        if not refused:
            return finished(request, target)
    context = {
        "target": target,
        "name": name,
        "refused": refused,
        "skip": offers_skip(request, target),
        "passkey_origin": passkeys.origin(),
    }
    return render(request, "credentials/mfa/register_passkey.html", context, status=400 if refused else 200)


def register(request: ConsoleRequest, target: Target, name: str, answer: Answer) -> str:
    """Register what the browser made. Returns why not, "" when it is done."""
    try:
        challenge = passkeys.claim(request, passkeys.REGISTER, answer)
        params = {"DeviceName": name, "Challenge": challenge, "Credential": answer.credential}
        gone = assignment.off_steps(target.caller, target.user, target.replaces) if target.replaces else []
        execute_all(target.caller, [Step("iamconsole:EnablePasskey", params), *gone])
    except passkeys.Refused:
        return EXPIRED
    except IamError as error:
        return error.message
    request.session.pop(PASSKEY_NAME)
    request.session.pop(PASSKEY_REPLACES, None)
    return ""


def chosen_target(request: ConsoleRequest) -> Target:
    """Oneself, with the device that the passkey replaces where one was chosen."""
    target, replaced = own_target(request), request.session.get(PASSKEY_REPLACES, "")
    return replace(target, replaces=devices.find(target.user, UUID(replaced))) if replaced else target


@require_POST
@signed_in
def registration_options(request: ConsoleRequest) -> HttpResponse:
    """For the browser, before it makes a passkey: everything that can be refused is refused here."""
    target, name = own_target(request), request.session.get(PASSKEY_NAME, "")
    if not name:
        return JsonResponse({"error": EXPIRED}, status=400)
    try:
        check_own_mfa(target.caller, target.user, "iam:EnableMFADevice")
        require(target.caller, "iam:EnableMFADevice", target.caller.arn, CREATE)
        check_possible(target.user)
        check_quota(target.user)
        check_name(target.user, name)
    except IamError as error:
        return JsonResponse({"error": error.message}, status=400)
    return JsonResponse(passkeys.registration_options(request, target.user))
