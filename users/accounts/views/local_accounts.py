"""Accounts of the console's own: created and deleted in the browser."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from iamconsole.addresses import redirect
from iamconsole.identifiers import account_id as new_account_id
from iamconsole.operations import require, require_recent
from iamconsole.web import signed_in, submit
from users.accounts.across import reachable, role_caller
from users.accounts.forms.accounts import CreateAccountForm
from users.accounts.operations.local_accounts import NOT_HOME
from users.callers.middleware import forget_role
from users.confirm import ConfirmForm
from users.models import Account
from users.pages import own_caller
from users.requests import ConsoleRequest

CREATED = "Account {account} was created. It has no users yet. Switch to it to create them."
CREATED_ONLY = "Account {account} was created. You cannot switch to it. Ask somebody who can to set it up."
DELETED = "Account {account} and everything in it were deleted. Its events stay in the history."


@require_http_methods(["GET", "POST"])
@signed_in
def create_account(request: ConsoleRequest) -> HttpResponse:
    """An empty account, with an ID that is proposed or chosen."""
    own = own_caller(request)
    require(own, "iamconsole:CreateAccount")
    form = CreateAccountForm(
        request.POST if request.method == "POST" else None, initial={"account_id": new_account_id()}
    )
    if form.is_valid():
        request.caller = own
        fields = {"AccountId": "account_id", "EntityAlreadyExists": "account_id", "AccountName": "name"}
        if submit(request, form, "iamconsole:CreateAccount", fields, **form.params()) is not None:
            return created(request, form.cleaned_data["account_id"])
    return render(
        request, "users/accounts/create_account.html", {"form": form}, status=400 if form.errors else 200
    )


def created(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """Show the new account to whoever may act in it."""
    if role_caller(request, Account.objects.get(account_id=account_id)) is None:
        messages.warning(request, CREATED_ONLY.format(account=account_id))
        return redirect("users:accounts")
    messages.success(request, CREATED.format(account=account_id))
    return redirect("users:account", account_id=account_id)


@require_http_methods(["GET", "POST"])
@signed_in
def delete_account(request: ConsoleRequest, account_id: str) -> HttpResponse:
    """What goes with the account; then its ID is typed."""
    own = own_caller(request)
    account = next((found for found in reachable(request) if found.account_id == account_id), None)
    if account is None or account.kind != Account.Kind.LOCAL:
        return render(request, "404.html", {}, status=404)
    require(own, "iamconsole:DeleteAccount", account.arn)
    require_recent(own)
    form = ConfirmForm(typed(request), expected=account_id)
    if form.is_valid():
        request.caller = own
        if submit(request, form, "iamconsole:DeleteAccount", {}, AccountId=account_id) is not None:
            forget_role(request, account_id)
            messages.success(request, DELETED.format(account=account_id))
            return redirect("users:accounts")
    context = {
        "form": form,
        "account": account,
        "users": account.users.people().count(),
        "groups": account.groups.count(),
        "policies": account.managed_policies.count(),
        "blocked": NOT_HOME if account.is_home else "",
    }
    return render(request, "users/accounts/delete_account.html", context, status=400 if form.errors else 200)


def typed(request: ConsoleRequest) -> dict[str, str] | None:
    """The ID as it was typed, with dashes or without, as it is shown."""
    if request.method != "POST":
        return None
    return {"confirm": request.POST.get("confirm", "").replace("-", "").strip()}
