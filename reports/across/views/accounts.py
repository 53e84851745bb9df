"""The page of all accounts, with its export."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.downloads import known_form, rows_file
from iamconsole.web import signed_in
from reports.across.accounts import (
    ACCOUNT_SORTS,
    ACCOUNT_VALUES,
    AccountRow,
    account_rows,
    by,
    with_findings,
)
from users.accounts.across import matches
from users.across_lists import Reading, read_across, shared_context
from users.models import Account, ListPreferences
from users.pages import PAGE_SIZES, page_size
from users.requests import ConsoleRequest

BY_NAME = "account"


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
