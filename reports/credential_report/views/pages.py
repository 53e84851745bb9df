"""One credential report on screen, and two of them compared."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from iamconsole.downloads import CSV_FORMS, known_form, rows_file
from iamconsole.models import Event
from iamconsole.operations import Caller, events, require
from iamconsole.web import signed_in
from reports.credential_report import comparison
from reports.credential_report.comparison import Comparison
from reports.credential_report.contents import FIRST_SHOWN, Contents, Row, found, heading, in_order, shortened
from reports.credential_report.forms import ColumnsForm, CompareForm
from reports.credential_report.marks import Mark, marks_of
from reports.models import CredentialReport
from users.models import Account, User
from users.requests import ConsoleRequest
from users.user_tabs import can_open

PER_PAGE = 50
ON_OFFER = 200  # reports in the choice of those to compare; others by their address
EXPORT = "iamconsole:ExportReportComparison"


def account_of(request: ConsoleRequest) -> Account:
    """The caller's account, for those who may get its reports."""
    require(request.caller, "iam:GetCredentialReport")
    return Account.objects.select_related("link").get(account_id=request.caller.account_id)


def reports_of(account: Account) -> QuerySet[CredentialReport]:
    return CredentialReport.objects.filter(account=account)


@dataclass(slots=True)
class Shown:
    """A row on the page: its cells, each with its mark, the reasons, and the user's own page."""

    name: str
    cells: list[tuple[str, str, str, Mark | None]]  # heading, text, the text in full, mark
    marks: list[Mark]
    url_id: str = field(default="")


@require_GET
@signed_in
def view_credential_report(request: ConsoleRequest, report_id: UUID) -> HttpResponse:
    """Its rows: found, sorted, marked, with the columns of the address."""
    account = account_of(request)
    report = get_object_or_404(reports_of(account), id=report_id)
    contents = Contents.of(report.csv)
    at, words, order = report.generated_at, request.GET.get("q", "").strip(), request.GET.get("sort", "")
    rows = found(contents.rows, words)
    marked = [row for row in rows if marks_of(row, at)]
    only_marked = request.GET.get("show") == "marked"
    chosen = marked if only_marked else rows
    if order.removeprefix("-") in contents.columns:
        chosen = in_order(chosen, order)
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    columns = chosen_columns(request, contents)
    context = {
        "account": account,
        "report": report,
        "source": source_of(report, account, contents),
        "columns": [(column, heading(column)) for column in columns if column != "user"],
        "form": ColumnsForm(contents.columns, columns),
        "page": page,
        "rows": with_users(request.caller, account, [shown(row, columns, at) for row in page]),
        "total": len(rows),
        "marked": len(marked),
        "only_marked": only_marked,
        "order": order,
        "words": words,
        "before": reports_of(account).filter(generated_at__lt=at).values_list("id", flat=True).first(),
    }
    return render(request, "reports/credential_report/view_credential_report.html", context)


def chosen_columns(request: ConsoleRequest, contents: Contents) -> list[str]:
    """The columns of the address in the order of the report, else those that are looked for first."""
    wanted = set(request.GET.getlist("column")) & set(contents.columns)
    return [column for column in contents.columns if column in (wanted or FIRST_SHOWN)]


def shown(row: Row, columns: list[str], at: datetime) -> Shown:
    marks = marks_of(row, at)
    by_column = {mark.column: mark for mark in reversed(marks)}
    cells = [
        (heading(column), shortened(text := row.get(column, "")), text, by_column.get(column))
        for column in columns
        if column != "user"
    ]
    return Shown(row.get("user", ""), cells, marks)


def with_users(caller: Caller, account: Account, rows: list[Shown]) -> list[Shown]:
    """The rows, with the way to the users that are still there by their name."""
    names = [row.name.lower() for row in rows]
    users = User.objects.people(account).filter(name_folded__in=names).select_related("account")
    by_name = {user.name_folded: user for user in users}
    for row in rows:
        user = by_name.get(row.name.lower())
        row.url_id = user.user_id if user and can_open(caller, "permissions", user) else ""
    return rows


def source_of(report: CredentialReport, account: Account, contents: Contents) -> tuple[str, str]:
    """From what the report was made and how old its facts are: words, and a time as it stands."""
    if report.source == CredentialReport.Source.AWS:
        return "AWS's report", f"AWS made it {report.generated_at:%Y-%m-%d %H:%M:%S} UTC"
    if report.source == CredentialReport.Source.UPLOAD:
        latest = contents.latest()
        known = f"The latest time in it is {latest}" if latest else "It contains no time"
        return "An uploaded file", f"The file does not say when AWS made it. {known}"
    if account.kind == Account.Kind.LOCAL:
        return "This console's directory", f"As of {report.generated_at:%Y-%m-%d %H:%M:%S} UTC"
    return "This console's copy of the account", "As of the last sync before it was generated"


@require_GET
@signed_in
def compare_credential_reports(request: ConsoleRequest) -> HttpResponse:
    """Two reports of the account: who was added, removed, and which cells changed."""
    account = account_of(request)
    offered = list(reports_of(account).defer("content")[:ON_OFFER])
    before, after = pair_of(request, account)
    first, second = (offered[1], offered[0]) if len(offered) > 1 else (None, None)
    form = CompareForm(offered, before or first, after or second)
    context: dict[str, Any] = {"account": account, "form": form, "before": before, "after": after}
    context["enough"] = len(offered) > 1
    if before and after:
        result = between(before, after)
        kind, words = request.GET.get("kind", ""), request.GET.get("q", "").strip()
        kind = kind if kind in comparison.KINDS else ""
        changes = result.chosen(kind, words)
        context |= {
            "result": result,
            "counts": result.counts(),
            "kind": kind,
            "words": words,
            "page": Paginator(changes, PER_PAGE).get_page(request.GET.get("page")),
            "query": request.GET.urlencode(),
        }
    return render(request, "reports/credential_report/compare_credential_reports.html", context)


def pair_of(
    request: ConsoleRequest, account: Account
) -> tuple[CredentialReport | None, CredentialReport | None]:
    """The reports that ``before`` and ``after`` of the address name; None for what names none of the account.
    The older one is always the first.
    """
    ids = [as_uuid(request.GET.get(name, "")) for name in ("before", "after")]
    reports = reports_of(account).in_bulk([one for one in ids if one])
    pair = [reports.get(one) if one else None for one in ids]
    if pair[0] and pair[1] and pair[0].generated_at > pair[1].generated_at:
        pair.reverse()
    return pair[0], pair[1]


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def between(before: CredentialReport, after: CredentialReport) -> Comparison:
    return comparison.compared(*(Contents.of(report.csv) for report in (before, after)))


@require_GET
@signed_in
def export_comparison(request: ConsoleRequest, form: str) -> StreamingHttpResponse | HttpResponse:
    """The comparison of the view as CSV; an event itself."""
    account = account_of(request)
    known_form(form, CSV_FORMS)
    before, after = (
        get_object_or_404(reports_of(account), id=one and one.id) for one in pair_of(request, account)
    )
    kind = request.GET.get("kind", "")
    changes = between(before, after).chosen(
        kind if kind in comparison.KINDS else "", request.GET.get("q", "").strip()
    )
    detail = {"Before": str(before.id), "After": str(after.id), "Form": form}
    events.write(request.caller, EXPORT, account.arn, Event.Outcome.ALLOWED, detail=detail)
    name = f"credential_report_changes_{account.account_id}_{after.generated_at:%Y-%m-%d}"
    return rows_file(comparison.HEADER, comparison.lines(changes), form, name)
