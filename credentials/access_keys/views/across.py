"""The list of access keys across accounts, and its export."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials.access_keys.filters import AccessKeyFilter
from credentials.access_keys.tables import VALUES, AcrossAccessKeyTable, rows
from credentials.access_keys.views.list import (
    actions_of,
    keys_of,
    listing,
    locked_keys_of,
    old_keys_of,
    order_of,
    select_once,
)
from credentials.models import AccessKey
from iamconsole.downloads import known_form, rows_file
from iamconsole.web import signed_in
from users.accounts.across import accounts_of, with_account_label
from users.across_lists import caller_in, read_across, shared_context
from users.models import Account
from users.requests import ConsoleRequest


@require_GET
@signed_in
def across_access_keys(request: ConsoleRequest) -> HttpResponse:
    """One row per access key of all accounts in sight, the oldest first."""
    reading, select_old = read_across(request, "access-keys"), select_once(request)
    accounts = reading.accounts
    listed = listing(
        request, keys_of(accounts), accounts, lambda found: across_table(request, found, accounts)
    )
    callers = [caller_in(request, one) for one in reading.read]
    context = {
        **listed,
        "ticked": old_keys_of(listed["table"]) if select_old else set(),
        "locked": locked_keys_of(listed["table"]),
        "actions": actions_of(callers),
        "total": keys_of(accounts_of(reading.seen)).count(),
        "unread": [(account, fact) for account in accounts if (fact := account.not_known["access_keys"])],
    }
    return render(
        request, "credentials/access_keys/across_access_keys.html", context | shared_context(request, reading)
    )


def across_table(request: ConsoleRequest, keys: QuerySet[AccessKey], accounts: Sequence[Account]) -> Any:
    """The table in the order of the address, with the account of each key."""
    order = order_of(request, AcrossAccessKeyTable)
    if order.lstrip("-") == "account":
        keys = with_account_label(keys, "user__account__")
    return AcrossAccessKeyTable(keys, order_by=order, here=request.caller.account_id, accounts=accounts)


@require_GET
@signed_in
def export_across_access_keys(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The same rows as CSV or JSON."""
    reading = read_across(request, "access-keys", known_form(form))
    keys = AccessKeyFilter(request.GET, keys_of(reading.accounts)).qs
    found = rows(across_table(request, keys, reading.accounts).data.data)
    return rows_file(list(VALUES), found, form, "access-keys-of-all-accounts")
