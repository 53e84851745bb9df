"""Lists across accounts: what they share, and the list of users."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.downloads import known_form
from iamconsole.web import signed_in
from users import credential_status
from users.accounts.across import accounts_of, with_account_label
from users.across_lists import ACCOUNT_IDS, Reading, read_across, shared_context
from users.models import ListPreferences, User
from users.people.across import AcrossUserFilter, AcrossUserTable, across_layout, sequence
from users.people.columns import Layout
from users.people.filters import unread_filters
from users.people.views.list import exported, listing, with_columns
from users.requests import ConsoleRequest


def table_of(request: ConsoleRequest, users: QuerySet[User], layout: Layout, reading: Reading) -> Any:
    """The table with the person's columns and the account."""
    order = request.GET.get("sort") or "user_name"
    users = with_columns(users, layout, order).select_related("account")
    if order.lstrip("-") == "account":
        users = with_account_label(users, "account__")
    return AcrossUserTable(
        users,
        accounts=reading.accounts,
        order_by=order,
        here=request.caller.account_id,
        lifetimes=credential_status.password_lifetimes(reading.accounts),
        exclude=layout.hidden,
        sequence=sequence(layout),
    )


@require_GET
@signed_in
def across_users(request: ConsoleRequest) -> HttpResponse:
    """The users of all accounts in sight, in one list."""
    reading = read_across(request, "users")
    found = listing(
        request,
        User.objects.people(reading.accounts),
        AcrossUserFilter,
        lambda rows, layout: table_of(request, rows, layout, reading),
        across_layout,
    )
    if reading.narrowed:
        found["total"] = User.objects.people(accounts_of(reading.seen)).count()
    found["passwords_unread"] = any(account.not_known["passwords"] for account in reading.accounts)
    found["unread_filters"] = unread_filters(found["filter"], found["chips"], reading.accounts)
    return render(request, "users/people/across_users.html", found | shared_context(request, reading))


@require_GET
@signed_in
def export_across_users(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The same rows as CSV or JSON, the account first."""
    reading = read_across(request, "users", known_form(form))
    layout = across_layout(ListPreferences.of(request.user).columns)
    users = AcrossUserFilter(request.GET, User.objects.people(reading.accounts)).qs
    rows = table_of(request, users, layout, reading).data.data
    return exported(rows, reading.accounts, [*ACCOUNT_IDS, *layout.columns], form, "users-of-all-accounts")
