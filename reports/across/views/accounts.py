"""The pages of all accounts and of their findings, with their exports."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.downloads import known_form, rows_file
from iamconsole.web import signed_in
from iamconsole.words import plural
from reports.across.accounts import (
    ACCOUNT_SORTS,
    ACCOUNT_VALUES,
    FINDING_SORTS,
    FINDING_VALUES,
    SEVERITIES,
    AccountRow,
    Finding,
    account_rows,
    by,
    findings,
    with_findings,
)
from reports.dashboard import recommendations
from users.accounts.across import matches
from users.across_lists import Reading, read_across, shared_context
from users.models import Account, ListPreferences
from users.pages import PAGE_SIZES, page_size
from users.requests import ConsoleRequest

BY_NAME, WORST_FIRST = "account", "-severity"


@require_GET
@signed_in
def across_accounts(request: ConsoleRequest) -> HttpResponse:
    """Every account in sight with its figures; its findings are worked out for the page that is shown."""
    reading = read_across(request, "accounts")
    found = searched_accounts(request, reading)
    kinds = Counter(row.account.kind for row in found)
    kind = request.GET.get("kind", "")
    rows = sorted_accounts(request, of_kind(found, kind))
    page = paged(request, rows)
    if not by_findings(request):
        with_findings(page.object_list)
    context = {
        "page": page,
        "total": len(reading.seen),
        "counts": {"all": len(found), **kinds},
        "kinds": Account.Kind.choices,
        "kind": kind if kind in Account.Kind.values else "",
        "words": request.GET.get("q", ""),
        "order": request.GET.get("sort") or BY_NAME,
        **sizes(request),
    }
    return render(request, "reports/across/across_accounts.html", context | shared_context(request, reading))


def searched_accounts(request: ConsoleRequest, reading: Reading) -> list[AccountRow]:
    """The rows of accounts with the words of the address in alias, name or ID."""
    words = request.GET.get("q", "").strip()
    seen = [one for one in reading.read if matches(one.account, words)]
    return account_rows(seen, request.caller.account_id)


def of_kind(rows: list[AccountRow], kind: str) -> list[AccountRow]:
    return [row for row in rows if row.account.kind == kind] if kind in Account.Kind.values else rows


def by_findings(request: ConsoleRequest) -> bool:
    """Whether the order needs the findings of every account, and not only of the page."""
    return request.GET.get("sort", "").lstrip("-") in ("errors", "warnings")


def sorted_accounts(request: ConsoleRequest, rows: list[AccountRow]) -> list[AccountRow]:
    """In the order of the address, ties by name."""
    if by_findings(request):
        with_findings(rows)
    key, downwards = by(request.GET.get("sort", ""), ACCOUNT_SORTS, BY_NAME)
    rows.sort(key=ACCOUNT_SORTS[BY_NAME])
    return sorted(rows, key=key, reverse=downwards)


def paged(request: ConsoleRequest, rows: Sequence[Any]) -> Any:
    size = page_size(request, ListPreferences.of(request.user))
    return Paginator(rows, size).get_page(request.GET.get("page"))


def sizes(request: ConsoleRequest) -> dict[str, Any]:
    return {"sizes": PAGE_SIZES, "size": page_size(request, ListPreferences.of(request.user))}


@require_GET
@signed_in
def export_across_accounts(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The same accounts, with their findings counted, as CSV or JSON."""
    reading = read_across(request, "accounts", known_form(form))
    rows = of_kind(searched_accounts(request, reading), request.GET.get("kind", ""))
    with_findings(rows)
    cells = ([value(row) for value in ACCOUNT_VALUES.values()] for row in sorted_accounts(request, rows))
    return rows_file(list(ACCOUNT_VALUES), cells, form, "all-accounts")


@require_GET
@signed_in
def across_findings(request: ConsoleRequest) -> HttpResponse:
    """What is open in all accounts in sight, the worst first."""
    reading = read_across(request, "findings")
    everything = list(findings(reading.accounts, request.caller.account_id))
    found = searched_findings(request, everything)
    severity = request.GET.get("severity", "")
    rows = sorted_findings(request, of_severity(found, severity))
    context = {
        "page": paged(request, rows),
        "total": len(everything),
        "unchecked": unchecked(reading.accounts),
        "matching": len(rows),
        "counts": {"all": len(found), **Counter(one.item.type for one in found)},
        "severity": severity if severity in SEVERITIES else "",
        "words": request.GET.get("q", ""),
        "order": request.GET.get("sort") or WORST_FIRST,
        "filters_open": request.GET.get("filters") == "open",
        **sizes(request),
    }
    return render(request, "reports/across/across_findings.html", context | shared_context(request, reading))


def unchecked(accounts: Sequence[Account]) -> list[tuple[str, str]]:
    """Why checks could not be made, and in which accounts: three by name, the others as a number."""
    found: dict[str, list[str]] = {}
    for account in accounts:
        for item in recommendations.unread(account):
            found.setdefault(item.title, []).append(account.label)
    return [(why, _names(labels)) for why, labels in found.items()]


def _names(labels: Sequence[str]) -> str:
    more = [plural(len(labels) - 3, "more account")] if labels[3:] else []
    return ", ".join([*labels[:3], *more])


def searched_findings(request: ConsoleRequest, found: list[Finding]) -> list[Finding]:
    """Those with the words of the address in their sentence."""
    words = request.GET.get("q", "").strip().lower()
    return [one for one in found if words in one.item.title.lower()]


def of_severity(found: list[Finding], severity: str) -> list[Finding]:
    return [one for one in found if one.item.type == severity] if severity in SEVERITIES else found


def sorted_findings(request: ConsoleRequest, found: list[Finding]) -> list[Finding]:
    """In the order of the address, ties by the name of the account."""
    key, downwards = by(request.GET.get("sort", ""), FINDING_SORTS, WORST_FIRST)
    by_account = sorted(found, key=FINDING_SORTS["account"])
    return sorted(by_account, key=key, reverse=downwards)


@require_GET
@signed_in
def export_across_findings(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The same findings as CSV or JSON."""
    reading = read_across(request, "findings", known_form(form))
    found = searched_findings(request, list(findings(reading.accounts, request.caller.account_id)))
    rows = sorted_findings(request, of_severity(found, request.GET.get("severity", "")))
    cells = ([value(one) for value in FINDING_VALUES.values()] for one in rows)
    return rows_file(list(FINDING_VALUES), cells, form, "findings-of-all-accounts")
