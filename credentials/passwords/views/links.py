"""One-time password links: made and withdrawn by an administrator, used by the person they are for."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from credentials.guesses import throttle
from credentials.models import LoginProfile, PasswordLink
from credentials.passwords import links as password_links
from credentials.passwords import rules as passwords
from credentials.passwords.choice import PasswordLinkForm
from credentials.passwords.forms.passwords import LinkPasswordForm
from credentials.passwords.links_section import link_section, needed_action
from credentials.passwords.operations.links import LOCAL_ONLY
from credentials.shown_once.show import run_and_show, to_show
from iamconsole.addresses import redirect, reverse
from iamconsole.errors import AccessDenied, HashingBusy, IamError
from iamconsole.operations import Step, execute, require, require_recent
from iamconsole.server.line import hashes
from iamconsole.web import act, add_refusal, signed_in
from users.callers.middleware import client_address
from users.models import Account, User
from users.pages import user_of
from users.requests import ConsoleRequest

TITLE = "One-time password link for {}"
FIELDS = {"Password": "new", "PasswordPolicyViolation": "new", "NewPassword": "new"}
TOO_MANY = "Too many attempts with password links from this address. Wait 15 minutes, then try again."
SET = "The password of {name} is set. Sign in with it."


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def create_password_link(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """For how long it works; then the link is shown once."""
    user = user_of(request, user_id)
    require(request.caller, needed_action(user), user.arn)
    require_recent(request.caller)
    if user.account.kind != Account.Kind.LOCAL:
        raise IamError("UnmodifiableEntity", LOCAL_ONLY)
    form = PasswordLinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _make(request, user, form.cleaned_data["hours"])
        except IamError as error:
            add_refusal(form, error, {"Hours": "hours"})
    profile = LoginProfile.objects.filter(user=user).first()
    context = {"user": user, "form": form, "profile": profile, **link_section(request.caller, user)}
    status = 400 if form.errors else 200
    return render(request, "credentials/passwords/create_password_link.html", context, status=status)


def _make(request: ConsoleRequest, user: User, hours: int) -> HttpResponse:
    steps = [Step("iamconsole:CreatePasswordLink", {"UserName": user.user_name, "Hours": hours})]
    done_url = reverse("credentials:user-security-credentials", args=[user.user_id])
    show = to_show(TITLE.format(user.user_name), user.user_name, done_url, link_hours=hours)
    return run_and_show(request, steps, show)


@require_POST
@signed_in
def delete_password_link(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Withdraw the open link."""
    user = user_of(request, user_id)
    require(request.caller, needed_action(user), user.arn)
    done = f"The one-time link of {user.user_name} was withdrawn and no longer works."
    act(request, "iamconsole:DeletePasswordLink", done, UserName=user.user_name)
    return redirect("credentials:user-security-credentials", user_id=user.user_id)


@require_safe
@never_cache
def open_password_link(request: HttpRequest, token: str) -> HttpResponse:
    """From the address with the token to the one without, for right and wrong tokens alike.

    Never an error here: errors are logged with their address. Nothing is used up by looking.
    """
    address = throttle.address_key(client_address(request))
    if not throttle.count(throttle.PASSWORD_LINK, address):
        messages.error(request, TOO_MANY)
        return redirect("credentials:sign-in")
    if password_links.remember(request, token):
        throttle.give_back(throttle.PASSWORD_LINK, address)
    response = redirect("credentials:password-link")
    response["Referrer-Policy"] = "no-referrer"
    return response


@hashes
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@never_cache
def password_link(request: HttpRequest) -> HttpResponse:
    """Whose password it is, the rules, and the fields. Signs nobody in: the sign-in page is next."""
    link = password_links.of_session(request)
    if link is None:
        return _dead(request)
    user = link.user
    form = LinkPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        address = throttle.address_key(client_address(request))
        if not throttle.count(throttle.PASSWORD_LINK, address):
            form.add_error(None, TOO_MANY)
        else:
            try:
                answer = _set(request, link, form)
            except HashingBusy:
                throttle.give_back(throttle.PASSWORD_LINK, address)
                raise
            if answer:
                throttle.give_back(throttle.PASSWORD_LINK, address)
                return answer
    context = {
        "form": form,
        "link": link,
        "account": user.account,
        "rules": passwords.rules(user.account),
        "reuse_limit": passwords.reuse_limit(user.account) if user.password_enabled else 0,
    }
    return render(
        request, "credentials/passwords/password_link.html", context, status=400 if form.errors else 200
    )


def _set(request: HttpRequest, link: PasswordLink, form: LinkPasswordForm) -> HttpResponse | None:
    """On to the sign-in page; None where the form says what to correct."""
    user = link.user
    params = {"UserName": user.user_name, "LinkDigest": link.digest}
    caller = password_links.holder(request, user)
    try:
        execute(caller, "iamconsole:SetPasswordByLink", **params, NewPassword=form.cleaned_data["new"])
    except AccessDenied:
        return _dead(request)
    except IamError as error:
        add_refusal(form, error, FIELDS)
        return None
    request.session.pop(password_links.SESSION_KEY, None)
    messages.success(request, SET.format(name=user.user_name))
    return redirect(f"{reverse('credentials:sign-in')}?account={user.account.sign_in_name}")


def _dead(request: HttpRequest) -> HttpResponse:
    return render(request, "credentials/passwords/password_link.html", {"dead": True}, status=410)
