"""Account settings: who the account is, its root user, the password policy, quotas in use."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from credentials import notices
from credentials.forms.password_policy import PARAMETERS, PasswordPolicyForm
from credentials.handover import sign_in_url
from credentials.policy_rows import policy_rows
from credentials.quotas import quotas
from iamconsole.addresses import redirect
from iamconsole.operations import require
from iamconsole.web import act, signed_in, submit
from users.mfa_coverage import requirement_context
from users.models import Account, PasswordPolicy, User
from users.requests import ConsoleRequest

FIELDS = {parameter: field for field, parameter in PARAMETERS.items()}


@require_GET
@signed_in
def account_settings(request: ConsoleRequest) -> HttpResponse:
    caller = request.caller
    require(caller, "iam:GetAccountSummary")
    account = Account.objects.get(account_id=caller.account_id)
    policy = PasswordPolicy.of(account)
    context = {
        "account": account,
        "sign_in_url": sign_in_url(account),
        "root": User.objects.roots(account).first(),
        "policy": policy,
        "policy_rows": policy_rows(policy),
        "quotas": quotas(account),
        "mail": notices.trouble(account) if caller.permits("iamconsole:ListEvents", account.arn) else None,
        "read_only": caller.read_only,
        "requirement": requirement_context(request, account),
        "may_edit": caller.permits("iam:UpdateAccountPasswordPolicy"),
        "may_alias": caller.permits("iam:CreateAccountAlias"),
    }
    return render(request, "credentials/account_settings.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def password_policy(request: ConsoleRequest) -> HttpResponse:
    """Set a custom policy, or go back to IAM's default."""
    caller = request.caller
    require(caller, "iam:UpdateAccountPasswordPolicy")
    account = Account.objects.get(account_id=caller.account_id)
    policy = PasswordPolicy.of(account)
    if request.method == "POST" and request.POST.get("do") == "default":
        act(request, "DeleteAccountPasswordPolicy", "IAM's default password policy applies again.")
        return redirect("credentials:account-settings")
    form = PasswordPolicyForm.of(policy, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and saved(request, form):
        return redirect("credentials:account-settings")
    context = {"form": form, "policy": policy, "account": account}
    status = 400 if form.errors else 200
    return render(request, "credentials/password_policy.html", context, status=status)


def saved(request: ConsoleRequest, form: PasswordPolicyForm) -> bool:
    if submit(request, form, "UpdateAccountPasswordPolicy", FIELDS, **form.params()) is None:
        return False
    messages.success(
        request, "The password policy was saved. Length and characters count from the next change on."
    )
    return True
