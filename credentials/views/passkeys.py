"""Passkeys: the options that the browser asks for, registering one, signing in with one.

The options are JSON, asked for by ``static/console/passkeys.js``; the browser's answer comes as a form,
so that refusals are pages like all others.
"""

from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from credentials import assigning, devices, passkeys, signin, throttle
from credentials.forms.signin import SignInForm
from credentials.operations.mfa import check_own_mfa, check_quota
from credentials.operations.passkeys import check_name, check_possible
from credentials.passkeys import Answer
from iamconsole.addresses import redirect, reverse
from iamconsole.errors import IamError
from iamconsole.operations import Step, execute_all, require, require_recent
from iamconsole.web import safe_next, signed_in
from users.middleware import client_address
from users.requests import ConsoleRequest

from .mfa import PASSKEY_NAME, PASSKEY_REPLACES, Target, finished, offers_skip, own_target
from .signin import enter, page, passkey_context

CREATE = {"iam:RegisterSecurityKey": "Create"}
TOO_MANY = "Too many attempts from your address. Wait some minutes, then load the page again."
EXPIRED = "The page is too old, or you signed in elsewhere meanwhile. Load it again."


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
    return render(request, "credentials/register_passkey.html", context, status=400 if refused else 200)


def register(request: ConsoleRequest, target: Target, name: str, answer: Answer) -> str:
    """Register what the browser made. Returns why not, "" when it is done."""
    try:
        challenge = passkeys.claim(request, passkeys.REGISTER, answer)
        params = {"DeviceName": name, "Challenge": challenge, "Credential": answer.credential}
        gone = assigning.off_steps(target.caller, target.user, target.replaces) if target.replaces else []
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


@require_POST
def second_factor_options(request: HttpRequest) -> HttpResponse:
    """For the browser, after the right password or when somebody confirms who it is: the own passkeys."""
    user = request.user if request.user.is_authenticated else signin.pending_user(request)
    if user is None:
        return JsonResponse({"error": EXPIRED}, status=400)
    return JsonResponse(passkeys.second_factor_options(request, user))


@require_POST
def sign_in_options(request: HttpRequest) -> HttpResponse:
    """For the browser, before anybody is known: no passkey is named, so nothing is told about anybody."""
    if not throttle.count(throttle.PASSKEY_CHALLENGE, throttle.address_key(client_address(request))):
        return JsonResponse({"error": TOO_MANY}, status=429)
    browser = passkeys.browser_of(request)
    response = JsonResponse(passkeys.sign_in_options(request, browser))
    response.set_cookie(
        passkeys.BROWSER,
        browser,
        max_age=passkeys.MINUTES * 60,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey alone: having it and being verified by it are two factors."""
    if request.user.is_authenticated:
        return redirect("home")
    answer = Answer.of(request) or Answer("", "")
    passkey = signin.passkey_step(request, answer, None)
    if passkey is None:
        return page(request, "credentials/sign_in.html", SignInForm(), passkey_context(signin.WRONG_PASSKEY))
    target = safe_next(request, reverse("home"))
    return enter(request, passkey.user, target, mfa=True, device=passkey)
