"""The event history: who did what to what, when, from where, allowed or denied."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.downloads import SPREADSHEET, moment, rows_file
from iamconsole.models import Event
from iamconsole.operations import Caller, events, require
from iamconsole.web import signed_in
from reports.events.filters import EventFilter
from users.differences import with_rows
from users.requests import ConsoleRequest

PAGE_SIZE = 50
COLUMNS = ["time", "who", "origin", "operation", "resource", "outcome", "error", "address", "channel", "mfa"]
COLUMNS += ["authors"]  # of changes outside, by AWS CloudTrail


@require_GET
@signed_in
def event_history(request: ConsoleRequest) -> HttpResponse:
    """A page of events under the filters of the address."""
    found = filtered(request)
    page = Paginator(found.events.select_related("authors", "notice"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {"filter": found, "page": page, "events": with_rows(page.object_list)}
    context["days"] = settings.KEEP_EVENTS_DAYS
    context["hidden_reads"] = not found.form.cleaned_data.get("reads") and not found.data.get("action")
    return render(request, "reports/events/events.html", context)


@require_GET
@signed_in
def export_events(request: ConsoleRequest) -> StreamingHttpResponse:
    """The same view as CSV, streamed; taking it away is an event itself."""
    found = filtered(request)
    caller: Caller = request.caller
    detail = {"Filters": request.GET.dict()}
    events.write(caller, "iamconsole:ExportEvents", "*", Event.Outcome.ALLOWED, detail=detail)
    return rows_file(COLUMNS, rows(found.events), SPREADSHEET, "events")


def filtered(request: ConsoleRequest) -> EventFilter:
    """The account's events under the filters; only for those who may list events."""
    caller: Caller = request.caller
    require(caller, "iamconsole:ListEvents")
    return EventFilter(request.GET, Event.objects.filter(account_id=caller.account_id))


def rows(found: QuerySet[Event]) -> Iterator[list[Any]]:
    """One list per event, read in chunks."""
    for event in found.select_related("authors").iterator(chunk_size=500):
        yield [
            moment(event.at),
            event.principal_arn,
            event.origin_arn,
            event.action,
            event.resource,
            event.outcome,
            event.error_code,
            event.source_ip,
            event.channel,
            event.mfa,
            event.by_authors.words if event.by_authors else "",
        ]
