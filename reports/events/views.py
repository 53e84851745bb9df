"""The event history: who did what to what, when, from where, allowed or denied."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from iamconsole.counting import counted
from iamconsole.downloads import SPREADSHEET, moment, rows_file
from iamconsole.history import history_page
from iamconsole.models import Event
from iamconsole.operations import Caller, events, require
from iamconsole.web import signed_in
from reports.events.filters import ORDERS, EventFilter
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
    rows = found.qs.select_related("authors", "notice")
    page = history_page([rows], request.GET, PAGE_SIZE, ORDERS[found.order])
    number = total(request, found)
    context = {
        "filter": found,
        "page": page,
        "total": number,
        "counts": not number or number.endswith("+"),
        "days": settings.KEEP_EVENTS_DAYS,
    }
    context["hidden_reads"] = not found.form.cleaned_data.get("reads") and not found.data.get("action")
    return render(request, "reports/events/events.html", context)


def total(request: ConsoleRequest, found: EventFilter) -> str:
    """How many there are: exactly where that is asked for, up to a limit where counting is looking into an
    index, "" where it is looking through the history.
    """
    if request.GET.get("count") == "all":
        return f"{found.qs.count():,}"
    return "" if found.is_narrow else counted(found.qs)


@require_GET
@signed_in
def event_details(request: ConsoleRequest, event_id: UUID) -> HttpResponse:
    """One event, as a page or, for the row of a list, without the page around it."""
    require(request.caller, "iamconsole:ListEvents")
    events = Event.objects.filter(account_id=request.caller.account_id)
    event = get_object_or_404(events.select_related("authors", "notice"), pk=event_id)
    context = {"event": with_rows([event])[0]}
    return render(
        request, "reports/events/facts.html" if request.htmx else "reports/events/event.html", context
    )


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
    return EventFilter(request.GET, caller.account_id)


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
