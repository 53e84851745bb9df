"""Linking many accounts at once: from a CSV file, or from AWS Organizations."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from iamconsole import gateway
from iamconsole.addresses import redirect
from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import Caller
from iamconsole.uploads import takes_files
from iamconsole.web import signed_in
from users.accounts import bulk_linking
from users.accounts.bulk_linking import COLUMNS, BadRows, NewAccount
from users.accounts.forms.bulk_linking import LinkAccountsForm, OrganizationForm, ReadOrganizationForm
from users.accounts.views.linking import at_home
from users.models import Account
from users.requests import ConsoleRequest

MOST_PROBLEMS = 50
ELSEWHERE = "The accounts are being linked. The job is listed in your own account."
NOT_READ = "AWS Organizations did not list its accounts. {message}"


@require_http_methods(["GET", "POST"])
@signed_in
@takes_files(bulk_linking.MAX_BYTES)
def link_accounts(request: ConsoleRequest) -> HttpResponse:
    """Link the accounts of a CSV file; nothing is linked while any line is wrong."""
    own = at_home(request, "iamconsole:LinkAccount")
    form = LinkAccountsForm(request.POST, request.FILES) if request.method == "POST" else LinkAccountsForm()
    problems: list[str] = []
    if form.is_valid():
        try:
            return started(request, own, bulk_linking.read_csv(form.content()))
        except BadRows as error:
            problems = error.problems
        except AccessDenied:
            raise
        except IamError as error:
            problems = [error.message]
    wrong = bool(form.errors or problems)
    context = {
        "form": form,
        "problems": problems[:MOST_PROBLEMS],
        "more": max(len(problems) - MOST_PROBLEMS, 0),
        "header": ",".join(COLUMNS),
    }
    return render(request, "users/accounts/link_accounts.html", context, status=400 if wrong else 200)


def started(request: ConsoleRequest, own: Caller, rows: list[NewAccount]) -> HttpResponse:
    """Start the job, and show it. Its page is one of the user's own account."""
    job = bulk_linking.start(own, rows)
    if request.caller.account_id != own.account_id:
        messages.info(request, ELSEWHERE)
        return redirect("users:accounts")
    return redirect("job", job_id=job.id)


@require_http_methods(["GET", "POST"])
@signed_in
def link_organization(request: ConsoleRequest) -> HttpResponse:
    """Link accounts of the organization that the console's own AWS identity belongs to.

    AWS is asked on a button, not by opening the page; what is chosen is checked against a new answer.
    """
    own = at_home(request, "iamconsole:LinkAccount")
    where = ReadOrganizationForm(request.POST if request.method == "POST" else None)
    if request.method == "GET":
        return render(request, "users/accounts/link_organization.html", {"where": where})
    partition = where.chosen()
    try:
        members = gateway.members(partition)
    except IamError as error:
        context: dict[str, Any] = {"refusal": NOT_READ.format(message=error.message), "where": where}
        return render(request, "users/accounts/link_organization.html", context, status=400)
    known: QuerySet[Account] = Account.objects.filter(account_id__in=[one.account_id for one in members])
    here = set(known.values_list("account_id", flat=True))
    free = [member for member in members if member.active and member.account_id not in here]
    choosing = "role_name" in request.POST
    form = OrganizationForm(free, request.POST if choosing else None)
    if choosing and form.is_valid():
        try:
            return started(request, own, form.rows())
        except AccessDenied:
            raise
        except IamError as error:
            form.add_error(None, error.message)
    context = {
        "form": form,
        "partition": partition,
        "members": [{"member": one, "here": one.account_id in here} for one in members],
        "chosen": request.POST.getlist("accounts") if choosing else [one.account_id for one in free],
        "read": True,
        "free": len(free),
    }
    return render(
        request, "users/accounts/link_organization.html", context, status=400 if form.errors else 200
    )
