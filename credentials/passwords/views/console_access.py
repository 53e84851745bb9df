"""A user's console password: enabled, reset or removed by an administrator."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from credentials import living_on
from credentials.models import LoginProfile
from credentials.passwords import rules as passwords
from credentials.passwords.choice import ConsolePasswordForm
from credentials.passwords.links_section import link_section
from credentials.sessions import revoking
from credentials.shown_once.show import run_and_show, to_show
from credentials.sign_in_addresses import addresses_after_setting
from iamconsole.addresses import redirect, reverse
from iamconsole.arn import CHANGE_PASSWORD
from iamconsole.errors import IamError
from iamconsole.operations import Caller, May, Step, require, require_recent
from iamconsole.web import add_refusal, signed_in
from users.callers.build import Origin, caller_for_user
from users.models import User
from users.own_password import caller_may_change_password
from users.pages import finished, user_of
from users.requests import ConsoleRequest

ENABLE, RESET, REMOVE = "enable", "reset", "remove"
OPERATIONS = {ENABLE: "CreateLoginProfile", RESET: "UpdateLoginProfile", REMOVE: "DeleteLoginProfile"}
REMOVED = "The console password of {} was removed. The user's access keys keep working."
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
    tick = revoking.tick_for(caller, user, request.POST if do else None)
    revoke = [revoking.step_of(user)] if revoking.is_ticked(tick) else []
    if do == REMOVE:
        return _remove(request, user, revoke)
    form = ConsolePasswordForm(request.POST if do else None, account=user.account, user_name=user.user_name)
    if do in (ENABLE, RESET) and form.is_valid():
        try:
            return _set(request, form, user, do, revoke)
        except IamError as error:
            add_refusal(form, error, {"Password": "password"})
    context = {
        "user": user,
        "form": form,
        "profile": profile,
        "tick": tick,
        "tick_to_remove": revoking.tick_for(caller, user, auto_id="id_remove_%s"),
        "sessions_at_aws": living_on.SESSIONS_AT_AWS if revoking.is_offered(user) else "",
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


def _set(
    request: ConsoleRequest, form: ConsolePasswordForm, user: User, do: str, revoke: list[Step]
) -> HttpResponse:
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
    return run_and_show(request, [*steps, *revoke], show)


def _remove(request: ConsoleRequest, user: User, revoke: list[Step]) -> HttpResponse:
    at_aws = f" {living_on.SESSIONS_AT_AWS}" if revoking.is_offered(user) and not revoke else ""
    done = REMOVED.format(user.user_name) + at_aws
    back = reverse("credentials:user-security-credentials", args=[user.user_id])
    steps = [Step("DeleteLoginProfile", {"UserName": user.user_name}), *revoke]
    title = f"Remove console access of {user.user_name}"
    return finished(request, steps, title, done, back) or redirect(back)
