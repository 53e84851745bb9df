"""Who can ...? across accounts: the question starts a job, whose result has an address."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from iamconsole.addresses import redirect, reverse
from iamconsole.downloads import known_form, rows_file
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import events
from iamconsole.web import add_refusal, signed_in
from users.across_lists import ACCOUNT_IDS, read_across, shared_context
from users.across_ways import way
from users.pages import own_caller
from users.requests import ConsoleRequest
from users.who_can import across
from users.who_can.answers import HEADER
from users.who_can.forms import WhoCanForm


@require_http_methods(["GET", "POST"])
@signed_in
def across_who_can(request: ConsoleRequest) -> HttpResponse:
    """The question. Answered for all accounts in sight by a job of the person's own account."""
    reading = read_across(request, across.LIST)
    own = own_caller(request)
    sent = request.POST if request.method == "POST" else None
    suggest, beginning = reverse("users:suggest-actions"), request.GET.dict()
    form = WhoCanForm(sent, arns=own.arns, suggest=suggest, initial=beginning)
    if form.is_valid() and form.question:
        try:
            job = across.start(own, form.question)
        except IamError as error:
            add_refusal(form, error, {})
        else:
            return redirect("users:across-who-can-result", job_id=job.id)
    context = {"form": form} | shared_context(request, reading)
    return render(request, "users/who_can/across_who_can.html", context)


@require_GET
@signed_in
def across_who_can_result(request: ConsoleRequest, job_id: UUID) -> HttpResponse:
    """What the job found, account by account; while it runs, how far it is."""
    reading = read_across(request, across.LIST)
    own = own_caller(request)
    job = get_object_or_404(across.of_person(own), id=job_id)
    asked = urlencode({name: value for name, value in job.args.items() if value})
    url, here = f"{reverse('users:who-can')}?{asked}", request.caller.account_id
    rows: list[tuple[across.Finding, Any]] = [
        (one, way(one.account, url, one.account.label, here)) for one in across.findings(job, own)
    ]
    context = {"job": job, "rows": rows, "asked": asked} | shared_context(request, reading)
    return render(request, "users/who_can/across_result.html", context)


@require_GET
@signed_in
def export_across_who_can(request: ConsoleRequest, job_id: UUID, form: str) -> StreamingHttpResponse:
    """What the job found as one file, the account first."""
    known_form(form)
    read_across(request, across.LIST, form)
    own = own_caller(request)
    job = get_object_or_404(across.of_person(own), id=job_id)
    cells = [
        [one.account.account_id, one.account.label, *row]
        for one in across.findings(job, own)
        for row in one.cells
    ]
    detail = {"Question": job.args["action"], "Resource": job.args["resource"], "Form": form}
    events.write(own, "iamconsole:ExportWhoCan", "*", Event.Outcome.ALLOWED, detail=detail)
    return rows_file([*ACCOUNT_IDS, *HEADER], cells, form, "who-can-in-all-accounts")
