"""The account alias: create it, change it, remove it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from credentials.account_settings.forms import AliasForm
from credentials.sign_in_addresses import address_here, address_of
from iamconsole.addresses import redirect
from iamconsole.arn import as_account_id
from iamconsole.operations import Caller, require
from iamconsole.web import act, signed_in, submit
from users.models import Account
from users.requests import ConsoleRequest

NUMBER_AT_AWS = (
    "It looks like an account ID, so it works at AWS only. Here your users sign in with the account ID."
)
FIELDS = {"AccountAlias": "alias", "EntityAlreadyExists": "alias"}


@require_http_methods(["GET", "POST"])
@signed_in
def account_alias(request: ConsoleRequest) -> HttpResponse:
    """An account has one alias: a new one takes the place of the old."""
    caller: Caller = request.caller
    account = Account.objects.get(account_id=caller.account_id)
    if request.POST.get("do") == "remove":
        return _remove(request, account)
    require(caller, "iam:CreateAccountAlias")
    now = {"alias": account.alias}
    linked = account.kind == Account.Kind.LINKED
    form = AliasForm(request.POST if request.method == "POST" else None, initial=now, linked=linked)
    if form.is_valid() and _saved(request, form, account):
        return redirect("credentials:account-settings")
    context = {
        "form": form,
        "account": account,
        "with_alias": address_of(account, "alias"),
        "old_address": address_of(account, account.alias or ""),
        "address_here": address_here(account.account_id),
        "may_remove": bool(account.alias) and caller.permits("iam:DeleteAccountAlias"),
    }
    return render(
        request,
        "credentials/account_settings/account_alias.html",
        context,
        status=400 if form.errors else 200,
    )


def _saved(request: ConsoleRequest, form: AliasForm, account: Account) -> bool:
    alias = form.cleaned_data["alias"]
    if alias == account.alias:
        messages.info(request, f"The account alias is already {alias}.")
        return True
    if submit(request, form, "CreateAccountAlias", FIELDS, AccountAlias=alias) is None:
        return False
    next_step = NUMBER_AT_AWS if as_account_id(alias) else "Tell your users the new sign-in URL."
    messages.success(request, f"The account alias is now {alias}. {next_step}")
    return True


def _remove(request: ConsoleRequest, account: Account) -> HttpResponse:
    done = f"The alias {account.alias} was removed. Users sign in with the account ID {account.account_id}."
    act(request, "DeleteAccountAlias", done, AccountAlias=account.alias)
    return redirect("credentials:account-settings")
