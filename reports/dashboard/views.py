"""The first page: first steps until there is a user, then the dashboard."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials.root.first_run import only_root_signs_in
from credentials.sign_in_addresses import addresses_of
from iamconsole.addresses import redirect, reverse
from iamconsole.models import Event
from iamconsole.web import signed_in
from reports.dashboard.figures import dashboard
from reports.dashboard.first_steps import checklist, health
from users.models import Account, HiddenPart, User
from users.requests import ConsoleRequest


@require_GET
def home(request: ConsoleRequest) -> HttpResponse:
    """The first page. While nobody but root can sign in, strangers go to root's sign-in."""
    if not request.user.is_authenticated and only_root_signs_in():
        return redirect("credentials:root-sign-in")
    page: HttpResponse = first_page(request)
    return page


@signed_in
def first_page(request: ConsoleRequest) -> HttpResponse:
    """First steps until there is a user, then the dashboard; own access for whoever may see no users."""
    caller = request.caller
    if not caller.permits("iam:ListUsers"):
        return redirect("credentials:my-security-credentials")
    account = Account.objects.select_related("link").get(account_id=caller.account_id)
    waits = account.kind == Account.Kind.IMPORTED or account.not_known["users"]
    if not waits and not User.objects.people(account).exists():
        return welcome(request, account)
    context = {
        **dashboard(caller, account),
        "may_create": not caller.read_only and caller.permits("iam:CreateUser", account.arns.any_user),
        "may_sync": caller.link and caller.permits("iamconsole:SyncAccount", account.arn),
        "may_alias": not caller.read_only and caller.permits("iam:CreateAccountAlias"),
        "addresses": addresses_of(account),
        "mfa": caller.mfa_at is not None,
        **first_steps_of(request, account),
    }
    return render(request, "reports/dashboard/dashboard.html", context)


def welcome(request: ConsoleRequest, account: Account) -> HttpResponse:
    """What to do in an empty account."""
    caller = request.caller
    context = {**checklist(request.user, account), "health": health(account), "account": account}
    may_list = caller.permits("iamconsole:ListEvents", account.arn)
    events = Event.objects.select_related("notice", "authors").filter(account_id=account.account_id)
    context["recent"] = events[:8] if may_list else []
    return render(request, "reports/dashboard/first_steps.html", context)


def first_steps_of(request: ConsoleRequest, account: Account) -> dict[str, Any]:
    """The checklist of the home account, for whoever may create users, until it is done or hidden."""
    caller = request.caller
    if not account.is_home or not caller.permits("iam:CreateUser", account.arns.any_user):
        return {}
    if HiddenPart.is_hidden(request.user, HiddenPart.Part.FIRST_STEPS):
        return {"hidden_steps": True}
    steps = checklist(request.user, account)
    hide = reverse("users:hide-part", args=[HiddenPart.Part.FIRST_STEPS])
    return {**steps, "health": health(account), "hide_url": hide} if steps["next"] else {}
