"""Signing in: as IAM user, as root, with an MFA code; and signing out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from credentials import devices, recovery_codes
from credentials.mfa.passkeys import Answer, origin, why_impossible
from credentials.models.devices import MFADevice
from credentials.pages import farewell
from credentials.passwords import rules as passwords
from credentials.sessions import rows as sessions
from credentials.sign_in import steps as signin
from credentials.sign_in.forms.sign_in import CodeForm, RecoveryCodeForm, RootSignInForm, SignInForm
from iamconsole.addresses import redirect, reverse
from iamconsole.models import Event
from iamconsole.operations import events
from iamconsole.server.line import hashes
from iamconsole.web import safe_next
from users.models import User

REMEMBER_COOKIE, REMEMBER_SECONDS = "account", 365 * 24 * 3600
NEXT = "next"
USED_UP = "You signed in with a recovery code. It does not work again."


@hashes
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Account, user name and password."""
    if request.user.is_authenticated:
        return redirect("home")
    remembered = request.get_signed_cookie(REMEMBER_COOKIE, default="")
    account = request.GET.get("account", "")[:63] or remembered
    form = SignInForm(
        request.POST if request.method == "POST" else None,
        initial={"account": account, "remember": bool(remembered)},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        attempt = signin.Attempt(data["password"], account=data["account"], user_name=data["user_name"])
        user = signin.password_step(request, attempt)
        if user:
            return remember(request, after_password(request, user), data)
        form.add_error(None, signin.WRONG)
    return page(request, "credentials/sign_in/sign_in.html", form, passkey_context())


@hashes
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def root_sign_in(request: HttpRequest) -> HttpResponse:
    """The root user's e-mail and password."""
    if request.user.is_authenticated:
        return redirect("home")
    form = RootSignInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        attempt = signin.Attempt(form.cleaned_data["password"], email=form.cleaned_data["email"])
        user = signin.password_step(request, attempt)
        if user:
            return after_password(request, user)
        form.add_error(None, signin.WRONG)
    return page(request, "credentials/sign_in/root_sign_in.html", form, passkey_context())


def after_password(request: HttpRequest, user: User) -> HttpResponse:
    """On to the code, or in; refused where the codes could not be checked here."""
    target = safe_next(request, reverse("home"))
    if devices.are_elsewhere(user):
        signin.record_failure(request, user, "mfa-seed-elsewhere")
        messages.error(request, signin.SEED_ELSEWHERE)
        return redirect("credentials:sign-in")
    if user.mfa_count:
        signin.begin_mfa(request, user)
        request.session[NEXT] = target
        return redirect("credentials:mfa-code")
    return enter(request, user, target, mfa=False)


@require_http_methods(["GET", "POST"])
def mfa_code(request: HttpRequest) -> HttpResponse:
    """A passkey, or the code of an MFA device; only after the right password."""
    user = signin.pending_user(request)
    if user is None:
        return redirect("home" if request.user.is_authenticated else "credentials:sign-in")
    target, answer = request.session.get(NEXT, reverse("home")), Answer.of(request)
    form = CodeForm(request.POST if request.method == "POST" and answer is None else None)
    if answer and (passkey := signin.passkey_step(request, answer, user)):
        return enter(request, user, target, mfa=True, device=passkey)
    if form.is_valid():
        if device := signin.code_step(request, user, form.cleaned_data["code"]):
            return enter(request, user, target, mfa=True, device=device)
        form.add_error("code", signin.WRONG_CODE)
    found = devices.usable(user)
    context = {
        "signing_in": user,
        "devices": found,
        "recovery": recovery_codes.left(user),
        "with_passkey": not all(device.takes_codes for device in found),
        "with_code": any(device.takes_codes for device in found),
        "refused": signin.WRONG_PASSKEY if answer else "",
        "passkey_origin": origin(),
    }
    return page(request, "credentials/sign_in/mfa_code.html", form, context)


@require_http_methods(["GET", "POST"])
def recovery_code(request: HttpRequest) -> HttpResponse:
    """A recovery code in place of the code of a device; only after the right password."""
    user = signin.pending_user(request)
    if user is None:
        return redirect("home" if request.user.is_authenticated else "credentials:sign-in")
    form = RecoveryCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if signin.recovery_step(request, user, form.cleaned_data["code"]):
            response = enter(request, user, request.session.get(NEXT, reverse("home")), mfa=True)
            messages.warning(request, used_up(user))
            return response
        form.add_error("code", signin.WRONG_RECOVERY_CODE)
    return page(request, "credentials/sign_in/recovery_code.html", form, {"signing_in": user})


def used_up(user: User) -> str:
    """What to say to somebody who came in with a recovery code."""
    codes = recovery_codes.left(user)
    if codes is None or not codes.left:
        return f"{USED_UP} None is left. Create new ones under My security credentials."
    rest = f"{codes.left} {'is' if codes.left == 1 else 'are'} left."
    return f"{USED_UP} {rest} If your device is lost, assign a new one under My security credentials."


def enter(
    request: HttpRequest, user: User, target: str, *, mfa: bool, device: MFADevice | None = None
) -> HttpResponse:
    """Start the session; on the way in, say when the password is about to expire."""
    signin.complete(request, user, mfa=mfa, device=device)
    if warning := passwords.expiry_warning(user):
        messages.warning(request, f"{warning} Change it under My security credentials.")
    return redirect(target)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here and in the browser."""
    if request.user.is_authenticated:
        caller = request.caller  # type: ignore[attr-defined]
        events.write(caller, "iamconsole:SignOut", caller.arn, Event.Outcome.ALLOWED)
    sessions.end_current(request, sessions.Ended.SIGNED_OUT)
    return farewell(request, "You are signed out.")


def passkey_context(refused: str = "") -> dict[str, Any]:
    """What a sign-in page says about passkeys: whether the browser can have any, and how one failed."""
    return {
        "passkeys": not why_impossible(),
        "refused": refused,
        "passkey_origin": origin(),
    }


def page(
    request: HttpRequest,
    template: str,
    form: SignInForm | RootSignInForm | CodeForm | RecoveryCodeForm,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """A sign-in page; 400 where something was refused, whatever it was."""
    known = {"form": form, "version": settings.VERSION, "next": safe_next(request, ""), **(context or {})}
    status = 400 if form.errors or known.get("refused") else 200
    return render(request, template, known, status=status)


def without_database(request: HttpRequest, sentence: str) -> str:
    """The page of account, user name and password, which asks nothing of the database: it stays up."""
    names = ("account", "user_name", "remember")
    initial = {name: request.POST[name] for name in names if name in request.POST}
    context = {"form": SignInForm(initial=initial), "next": safe_next(request, ""), "refused": sentence}
    context |= {"version": settings.VERSION, "csrf_token": get_token(request)}
    return render_to_string("credentials/sign_in/sign_in.html", context)


def remember(request: HttpRequest, response: HttpResponse, data: dict) -> HttpResponse:
    """Keep the account for the next time, or forget it; only after a right password."""
    if data["remember"]:
        response.set_signed_cookie(
            REMEMBER_COOKIE,
            data["account"].strip(),
            max_age=REMEMBER_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
    else:
        response.delete_cookie(REMEMBER_COOKIE, samesite="Strict")
    return response
