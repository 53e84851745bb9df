"""The credential reports of all accounts: their age, new ones, and one CSV of the newest."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from iamconsole import jobs
from iamconsole.addresses import redirect, reverse
from iamconsole.downloads import CSV_FORMS, CSV_TYPE, SPREADSHEET, known_form, streamed_file
from iamconsole.web import safe_next, signed_in
from iamconsole.words import plural
from reports.across.reports import SORTS, ReportRow, combined, newest_reports, report_rows
from reports.credential_report.jobs import KIND, exclusive_key
from users.accounts.across import Seen, matches
from users.across_lists import Reading, caller_in, read_across, shared_context
from users.across_ways import way
from users.callers.build import starter_of
from users.models import ListPreferences
from users.pages import PAGE_SIZES, own_caller, page_size
from users.requests import ConsoleRequest

LIST = "credential-reports"
STARTED = "{reports} started. Each appears here when its job is done."
NOTHING = "No report was started. For these accounts, one is already in progress, or you cannot start one."


@require_GET
@signed_in
def across_credential_reports(request: ConsoleRequest) -> HttpResponse:
    """Every account in sight with the time of its newest report."""
    reading = read_across(request, LIST)
    rows = rows_of(request, reading)
    size = page_size(request, ListPreferences.of(request.user))
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    url, here = reverse("reports:credential-report"), request.caller.account_id
    context = {
        "page": page,
        "ways": {row.account.pk: way(row.account, url, row.account.label, here) for row in page},
        "total": len(reading.seen),
        "reports": sum(row.report is not None for row in rows),
        "startable": sum(row.can_generate for row in rows),
        "words": request.GET.get("q", ""),
        "order": request.GET.get("sort") or "account",
        "sizes": PAGE_SIZES,
        "size": size,
    }
    return render(
        request, "reports/across/across_credential_reports.html", context | shared_context(request, reading)
    )


def searched(request: ConsoleRequest, reading: Reading) -> list[Seen]:
    """The accounts with the words of the address in alias, name or ID."""
    words = request.GET.get("q", "").strip()
    return [one for one in reading.read if matches(one.account, words)]


def rows_of(request: ConsoleRequest, reading: Reading) -> list[ReportRow]:
    """Those accounts in the order of the address."""
    sort = request.GET.get("sort", "")
    order = sort if sort.lstrip("-") in SORTS else "account"
    rows = sorted(report_rows(searched(request, reading), own_caller(request)), key=SORTS["account"])
    return sorted(rows, key=SORTS[order.lstrip("-")], reverse=order.startswith("-"))


@require_POST
@signed_in
def generate_across(request: ConsoleRequest) -> HttpResponse:
    """A job for the account that was named, or for each that the address shows; one at a time in each."""
    reading = read_across(request, LIST)
    wanted = request.POST.get("account_id", "")
    rows = rows_of(request, reading)
    startable = [row for row in rows if row.can_generate and wanted in ("", row.account.account_id)]
    started = sum(start(request, row.seen) for row in startable)
    if started:
        messages.success(request, STARTED.format(reports=plural(started, "report")))
    else:
        messages.info(request, NOTHING)
    shown = f"{reverse('reports:across-credential-reports')}?{request.GET.urlencode()}"
    return redirect(safe_next(request, shown))


def start(request: ConsoleRequest, seen: Seen) -> bool:
    """Start the job in the account as the person there; False where another was faster."""
    caller = caller_in(request, seen)
    key = exclusive_key(seen.account.account_id)
    try:
        jobs.start(caller, KIND, exclusive_key=key, starter=starter_of(caller))
    except jobs.AlreadyOpen:
        return False
    return True


@require_GET
@signed_in
def download_across(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The newest report of each account that the address shows in one CSV, exact or for spreadsheets."""
    known_form(form, CSV_FORMS)
    reading = read_across(request, LIST, form)
    newest: dict[int, Any] = newest_reports(reading.accounts)
    having = [seen for seen in searched(request, reading) if seen.account.pk in newest]
    wanted = [(caller_in(request, seen), newest[seen.account.pk]) for seen in having]
    suffix = "_spreadsheet" if form == SPREADSHEET else ""
    name = f"credential_reports_{timezone.now():%Y-%m-%d}{suffix}.csv"
    return streamed_file(combined(wanted, form), CSV_TYPE, name)
