"""Signing in with a passkey, alone or as the second factor."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from credentials.guesses import throttle
from credentials.mfa import passkeys
from credentials.mfa.passkeys import EXPIRED, Answer
from credentials.sign_in import steps as signin
from credentials.sign_in.forms.sign_in import SignInForm
from credentials.sign_in.views.sign_in import enter, page, passkey_context
from iamconsole.addresses import redirect, reverse
from iamconsole.web import safe_next
from users.callers.middleware import client_address

TOO_MANY = "Too many attempts from your address. Wait some minutes, then reload the page."


@require_POST
def second_factor_options(request: HttpRequest) -> HttpResponse:
    """For the browser, after the right password or when people confirm who they are: their own passkeys."""
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
        return page(
            request, "credentials/sign_in/sign_in.html", SignInForm(), passkey_context(signin.WRONG_PASSKEY)
        )
    target = safe_next(request, reverse("home"))
    return enter(request, passkey.user, target, mfa=True, device=passkey)
