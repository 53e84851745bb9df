"""Selected access keys of several accounts: one confirmation, then a job in each of them."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from credentials.access_keys import job as key_job
from credentials.access_keys.selection import ACTIONS, Selection, selection_of
from credentials.access_keys.views.changes import CHOICE, confirmation, keep_choice, list_url
from credentials.access_keys.views.list import keys_of
from iamconsole import choices
from iamconsole.addresses import redirect, reverse
from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import Caller
from iamconsole.web import signed_in
from users.accounts.across import accounts_of
from users.across_lists import caller_in, read_across
from users.models import Account
from users.requests import ConsoleRequest

MOST_JOBS = 200


@require_POST
@signed_in
def change_across_access_keys(request: ConsoleRequest) -> HttpResponse:
    """Keep what the list sent, for the page that confirms."""
    keys = keys_of(read_across(request, "access-keys").accounts)
    return keep_choice(request, keys, "across-access-keys", "confirm-across-access-keys")


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_across_access_keys(request: ConsoleRequest, choice_id: UUID) -> HttpResponse:
    """What would happen to exactly which keys of which accounts; sent, it starts a job in each of them."""
    seen = read_across(request, "access-keys").seen
    choice = choices.find(request, CHOICE, choice_id)
    if choice.done_url:
        return redirect(choice.done_url)
    callers = {one.account: caller_in(request, one) for one in seen}
    selection = selection_of(callers, ACTIONS[choice.data["action"]], choice.data["keys"])
    touched = {one.key.user.account_id for one in selection.changed}
    at_aws = [bool(caller.link) for account, caller in callers.items() if account.pk in touched]
    back = list_url("across-access-keys", choice.data["list"])
    return confirmation(
        request,
        choice,
        selection,
        lambda revoke: started(callers, selection, revoke_sessions=revoke),
        at_aws=at_aws,
        back=back,
        across=True,
    )


def started(callers: dict[Account, Caller], selection: Selection, *, revoke_sessions: bool) -> str:
    """Start a job in each account. The address of their results. Where an account refuses, the jobs before it
    go on and their results are shown; raises IamError where it is the first.
    """
    jobs: list[Job] = []
    for account, caller in callers.items():
        part = selection.of(account)
        if not part.changed:
            continue
        if not jobs:
            part = replace(part, gone=selection.gone)  # said once
        revoke = revoke_sessions and bool(caller.link)
        try:
            jobs.append(key_job.start(caller, part, revoke_sessions=revoke))
        except IamError:
            if not jobs:
                raise
            break
    if len(jobs) == 1:
        return reverse("job", args=[jobs[0].id])
    ids = [("job", str(job.id)) for job in jobs]
    return f"{reverse('credentials:changed-across-access-keys')}?{urlencode(ids)}"


@require_GET
@signed_in
def changed_across_access_keys(request: ConsoleRequest) -> HttpResponse:
    """The jobs of one confirmation, one per account in sight."""
    accounts = {one.account_id: one for one in accounts_of(read_across(request, "access-keys").seen)}
    ids = [text for text in request.GET.getlist("job")[:MOST_JOBS] if is_id(text)]
    jobs = Job.objects.filter(id__in=ids, kind=key_job.KIND, account_id__in=accounts).order_by("created_at")
    rows = [(accounts[job.account_id], job) for job in jobs]
    return render(request, "credentials/access_keys/changed_across_access_keys.html", {"rows": rows})


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
