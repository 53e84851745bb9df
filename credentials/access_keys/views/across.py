"""The list of access keys across accounts, and its export."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials.access_keys.across import (
    CHIP_WORDS,
    VALUES,
    AccessKeyFilter,
    AccessKeyTable,
    keys_of,
    rows,
    status_counts,
)
from credentials.models import AccessKey
from iamconsole.downloads import known_form, rows_file
from iamconsole.web import signed_in
from users.accounts.across import accounts_of, with_account_label
from users.across_lists import read_across, shared_context
from users.chips import chips, complaints
from users.models import Account, ListPreferences
from users.pages import PAGE_SIZES, page_size, paginator_of
from users.requests import ConsoleRequest

SEGMENTS = ("active", "inactive")


@require_GET
@signed_in
def across_access_keys(request: ConsoleRequest) -> HttpResponse:
    """One row per access key of all accounts in sight, the oldest first."""
    reading = read_across(request, "access-keys")
    keys = keys_of(reading.accounts)
    chosen = AccessKeyFilter(request.GET, keys)
    counts = status_counts(AccessKeyFilter(without_status(request), keys).qs)
    segment = request.GET.get("status", "")
    matching = counts[segment if segment in SEGMENTS else "all"]
    table = table_of(request, chosen.qs, reading.accounts)
    preferences = ListPreferences.of(request.user)
    size = page_size(request, preferences)
    table.paginate(per_page=size, paginator_class=paginator_of(matching))
    table.page = table.paginator.get_page(request.GET.get("page"))
    context = {
        "table": table,
        "total": keys_of(accounts_of(reading.seen)).count(),
        "matching": matching,
        "counts": counts,
        "segment": segment,
        "filter": chosen,
        "chips": chips(chosen, CHIP_WORDS),
        "unread": [
            (account, fact) for account in reading.accounts if (fact := account.not_known["access_keys"])
        ],
        "complaints": complaints(chosen),
        "filters_open": request.GET.get("filters") == "open",
        "sizes": PAGE_SIZES,
        "size": size,
        "density": preferences.density,
    }
    return render(
        request, "credentials/access_keys/across_access_keys.html", context | shared_context(request, reading)
    )


def without_status(request: ConsoleRequest) -> Any:
    """The filters of the address but the segment."""
    query = request.GET.copy()
    query.pop("status", None)
    return query


def table_of(request: ConsoleRequest, keys: QuerySet[AccessKey], accounts: Sequence[Account]) -> Any:
    """The table in the order of the address; a sort by a column that is not there is none."""
    sort = request.GET.get("sort", "")
    order = sort if sort.lstrip("-") in AccessKeyTable.base_columns else "-age"
    if order.lstrip("-") == "account":
        keys = with_account_label(keys, "user__account__")
    return AccessKeyTable(keys, order_by=order, here=request.caller.account_id, accounts=accounts)


@require_GET
@signed_in
def export_across_access_keys(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The same rows as CSV or JSON."""
    reading = read_across(request, "access-keys", known_form(form))
    keys = AccessKeyFilter(request.GET, keys_of(reading.accounts)).qs
    found = rows(table_of(request, keys, reading.accounts).data.data)
    return rows_file(list(VALUES), found, form, "access-keys-of-all-accounts")
