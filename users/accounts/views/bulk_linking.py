"""Linking many accounts at once from a CSV file."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from iamconsole.errors import AccessDenied, IamError
from iamconsole.uploads import takes_files
from iamconsole.web import signed_in
from users.accounts import bulk_linking
from users.accounts.bulk_linking import COLUMNS, ELSEWHERE, BadRows
from users.accounts.forms.bulk_linking import LinkAccountsForm
from users.pages import at_home, to_own_job
from users.requests import ConsoleRequest

MOST_PROBLEMS = 50


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
            job = bulk_linking.start(own, bulk_linking.read_csv(form.content()))
            return to_own_job(request, own, job, ELSEWHERE)
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
