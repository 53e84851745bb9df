"""One's own password: the one that must be set at sign-in, and a change whenever it is allowed."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from credentials.passwords import rules as passwords
from credentials.passwords.forms.passwords import ChangePasswordForm
from credentials.passwords.operations.login_profiles import WRONG_OLD_PASSWORD
from iamconsole.addresses import redirect
from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import execute, require
from iamconsole.web import add_refusal, signed_in
from users.models import Account, PasswordPolicy, User
from users.own_password import CHANGE, caller_may_change_password
from users.pages import own_caller
from users.requests import ConsoleRequest

WRONG_CURRENT = "This is not your current password. Enter it again."
FIELDS = {"Password": "new", "PasswordPolicyViolation": "new", "NewPassword": "new", "OldPassword": "current"}

CHANGED = "The password was changed. Your other sessions have ended."
CHANGED_AT_AWS = (
    "The password was changed. Your other sessions in this console have ended. Sessions that are open at AWS "
    "go on until they expire."
)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
def new_password(request: ConsoleRequest) -> HttpResponse:
    """The only page of somebody whose password must be changed."""
    if not passwords.must_change_password(request.user):
        return redirect("home")
    context = {"expired": passwords.is_expired(request.user), "hard_expiry": hard_expired(request.user)}
    form = ChangePasswordForm(request.POST if request.method == "POST" else None, user=request.user)
    if not context["hard_expiry"] and changed(request, form):
        if request.user.is_root and not request.user.mfa_count:
            return redirect("credentials:assign-mfa-device")
        return redirect("home")
    return answer(request, "credentials/passwords/new_password.html", form, context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
def change_password(request: ConsoleRequest) -> HttpResponse:
    """A change whenever the account's policy or the user's own policies allow it."""
    own = own_caller(request)
    if not caller_may_change_password(own):
        require(own, CHANGE, own.arn)
    form = ChangePasswordForm(request.POST if request.method == "POST" else None, user=request.user)
    if changed(request, form):
        return redirect("credentials:my-security-credentials")
    return answer(request, "credentials/passwords/change_password.html", form, {})


def changed(request: ConsoleRequest, form: ChangePasswordForm) -> bool:
    """Change the password by the filled-in form; this session stays, others end."""
    if request.method != "POST" or not form.is_valid():
        return False
    name = "iamconsole:ChangeRootPassword" if request.user.is_root else "ChangePassword"
    typed = {"OldPassword": form.cleaned_data["current"], "NewPassword": form.cleaned_data["new"]}
    try:
        execute(own_caller(request), name, **typed)
    except AccessDenied as error:
        # A refusal by a policy names its action; one without is about the current password.
        said = WRONG_CURRENT if error.message == WRONG_OLD_PASSWORD else error.message
        form.add_error(None if error.action else "current", said)
        return False
    except IamError as error:
        add_refusal(form, error, FIELDS)
        return False
    update_session_auth_hash(request, User.objects.get(pk=request.user.pk))
    at_aws = request.user.account.kind == Account.Kind.LINKED
    messages.success(request, CHANGED_AT_AWS if at_aws else CHANGED)
    return True


def hard_expired(user: User) -> bool:
    """Whether only an administrator can help (HardExpiry, IAM-FACTS 4)."""
    policy = PasswordPolicy.of(user.account)
    return bool(policy and policy.hard_expiry and passwords.is_expired(user))


def answer(request: ConsoleRequest, template: str, form: ChangePasswordForm, context: dict) -> HttpResponse:
    account = request.user.account
    known = {
        "form": form,
        "rules": passwords.rules(account, for_root=request.user.is_root),
        "reuse_limit": 0 if request.user.is_root else passwords.reuse_limit(account),
    }
    return render(request, template, {**known, **context}, status=400 if form.errors else 200)
