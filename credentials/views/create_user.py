"""Creating a user with a password, an access key or both, on one page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from credentials import passwords
from credentials.forms.create_user import CreateUserForm
from credentials.handover import run_and_show, sign_in_url, to_show
from iamconsole.errors import IamError
from iamconsole.operations import Step, require
from iamconsole.web import add_refusal, signed_in
from users.models import Account, PasswordPolicy
from users.permissions import any_user_arn, change_password_arn
from users.requests import ConsoleRequest

FIELDS = {
    "UserName": "user_name",
    "EntityAlreadyExists": "user_name",
    "Path": "path",
    "Password": "password",
    "PolicyArn": "policies",
}


@require_http_methods(["GET", "POST"])
@signed_in
def create_user(request: ConsoleRequest) -> HttpResponse:
    """The form; sent, all steps together, then the page that shows the secrets once."""
    caller = request.caller
    require(caller, "iam:CreateUser", any_user_arn(caller.account_id))
    account = Account.objects.get(account_id=caller.account_id)
    form = CreateUserForm(request.POST if request.method == "POST" else None, account=account)
    if form.is_valid():
        try:
            return _create(request, form, account)
        except IamError as error:
            add_refusal(form, error, FIELDS)
    context = {
        "form": form,
        "account": account,
        "rules": passwords.rules(account),
        "attaches_change_password": not users_may_change_password(account),
    }
    return render(request, "credentials/create_user.html", context)


def _create(request: ConsoleRequest, form: CreateUserForm, account: Account) -> HttpResponse:
    name = form.cleaned_data["user_name"]
    values: dict[str, Any] = {"sign_in_url": ""}
    if form.wants_password:
        values = {
            "sign_in_url": sign_in_url(account),
            "password": form.chosen_password(),
            "reset_required": form.cleaned_data["reset_required"],
        }
    # The unique ID is not known yet, so the way back is the list.
    show = to_show(f"Credentials of {name}", name, reverse("users:list"), **values)
    response = run_and_show(request, steps_of(form, account, values.get("password", "")), show)
    if not request.caller.link:
        messages.success(request, f"User {name} was created.")
    return response


def steps_of(form: CreateUserForm, account: Account, password: str) -> list[Step]:
    """The operations of a filled-in form, in the order of AWS's console."""
    data = form.cleaned_data
    name = {"UserName": data["user_name"]}
    steps = [Step("CreateUser", {**name, "Path": data["path"]})]
    arns = [policy.arn for policy in data["policies"]]
    if password:
        reset = data["reset_required"]
        steps.append(
            Step("CreateLoginProfile", {**name, "Password": password, "PasswordResetRequired": reset})
        )
        if reset and not users_may_change_password(account):
            arns.append(change_password_arn(account.partition))
    steps += [Step("AttachUserPolicy", {**name, "PolicyArn": arn}) for arn in dict.fromkeys(arns)]
    if data["access_key"]:
        steps.append(Step("CreateAccessKey", name))
    return steps


def users_may_change_password(account: Account) -> bool:
    """Whether the account's password policy lets everybody change the own password (IAM-FACTS 4)."""
    policy = PasswordPolicy.objects.filter(account=account).first()
    return policy is not None and policy.allow_users_to_change_password
