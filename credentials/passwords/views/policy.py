"""The account's password policy: a custom one, or IAM's default."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from credentials.passwords.forms.password_policy import PARAMETERS, PasswordPolicyForm
from iamconsole.addresses import redirect
from iamconsole.operations import require
from iamconsole.web import act, signed_in, submit
from users.models import Account, PasswordPolicy
from users.requests import ConsoleRequest

FIELDS = {parameter: field for field, parameter in PARAMETERS.items()}


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
    return render(request, "credentials/passwords/password_policy.html", context, status=status)


def saved(request: ConsoleRequest, form: PasswordPolicyForm) -> bool:
    if submit(request, form, "UpdateAccountPasswordPolicy", FIELDS, **form.params()) is None:
        return False
    messages.success(
        request,
        "The password policy was saved. Length and characters apply from the next password change on.",
    )
    return True
