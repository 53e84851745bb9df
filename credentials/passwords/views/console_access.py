"""A user's console password: enabled, reset or removed by an administrator."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from credentials.models import LoginProfile
from credentials.passwords import rules as passwords
from credentials.passwords.choice import ConsolePasswordForm
from credentials.passwords.links_section import link_section
from credentials.shown_once.show import run_and_show, to_show
from credentials.sign_in_addresses import addresses_after_setting
from iamconsole.addresses import redirect, reverse
from iamconsole.arn import CHANGE_PASSWORD
from iamconsole.errors import IamError
from iamconsole.operations import Caller, May, Step, require, require_recent
from iamconsole.web import act, add_refusal, signed_in
from users.callers.build import Origin, caller_for_user
from users.models import User
from users.own_password import caller_may_change_password
from users.pages import user_of
from users.requests import ConsoleRequest

ENABLE, RESET, REMOVE = "enable", "reset", "remove"
OPERATIONS = {ENABLE: "CreateLoginProfile", RESET: "UpdateLoginProfile", REMOVE: "DeleteLoginProfile"}
TITLES = {ENABLE: "Console access for {}", RESET: "New password for {}"}


@require_http_methods(["GET", "POST"])
@signed_in
def console_access(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Without a password it is enabled here; with one it is reset or removed."""
    user = user_of(request, user_id)
    caller: Caller = request.caller
    profile = LoginProfile.objects.filter(user=user).first()
    _require_one(caller, user, has_password=profile is not None)
    require_recent(caller)
    do = request.POST.get("do", "")
    if do == REMOVE:
        return _remove(request, user)
    form = ConsolePasswordForm(request.POST if do else None, account=user.account, user_name=user.user_name)
    if do in (ENABLE, RESET) and form.is_valid():
        try:
            return _set(request, form, user, do)
        except IamError as error:
            add_refusal(form, error, {"Password": "password"})
    context = {
        "user": user,
        "form": form,
        "profile": profile,
        "rules": passwords.rules(user.account),
        "reuse_limit": passwords.reuse_limit(user.account) if profile else 0,
        "may": May(caller, user.arn),
        "may_set": caller.permits(f"iam:{OPERATIONS[RESET if profile else ENABLE]}", user.arn),
        **link_section(caller, user),
    }
    return render(request, "credentials/passwords/console_access.html", context)


def _require_one(caller: Caller, user: User, *, has_password: bool) -> None:
    """The page is for whoever may do at least one of the things on it."""
    first = RESET if has_password else ENABLE
    if not (has_password and caller.permits("iam:DeleteLoginProfile", user.arn)):
        require(caller, f"iam:{OPERATIONS[first]}", user.arn)


def _set(request: ConsoleRequest, form: ConsolePasswordForm, user: User, do: str) -> HttpResponse:
    password, reset = form.chosen_password(), form.cleaned_data["reset_required"]
    name = {"UserName": user.user_name}
    steps = [Step(OPERATIONS[do], {**name, "Password": password, "PasswordResetRequired": reset})]
    # The user could not set the new password that is demanded at the next sign-in.
    if reset and not caller_may_change_password(caller_for_user(user, Origin())):
        arn = user.account.arns.aws_policy(CHANGE_PASSWORD)
        steps.append(Step("AttachUserPolicy", {**name, "PolicyArn": arn}))
    done_url = reverse("credentials:user-security-credentials", args=[user.user_id])
    addresses = addresses_after_setting(user.account, user)
    values = {"sign_in": addresses, "password": password, "reset_required": reset}
    show = to_show(TITLES[do].format(user.user_name), user.user_name, done_url, **values)
    return run_and_show(request, steps, show)


def _remove(request: ConsoleRequest, user: User) -> HttpResponse:
    done = f"The console password of {user.user_name} was removed. The user's access keys keep working."
    act(request, "DeleteLoginProfile", done, UserName=user.user_name)
    return redirect("credentials:user-security-credentials", user_id=user.user_id)
