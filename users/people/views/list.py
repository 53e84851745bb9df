"""The list of users: found, narrowed, sorted and paged by the database; exported; as one likes it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from iamconsole.addresses import redirect
from iamconsole.counting import number
from iamconsole.downloads import known_form, rows_file
from iamconsole.models import Event
from iamconsole.operations import events
from iamconsole.web import signed_in
from users import credential_status
from users.callers.account_rows import acting_account, counts
from users.chips import chips, complaints
from users.models import Account, ListPreferences, User
from users.pages import PAGE_SIZES, account_users, page_size, paginator_of
from users.people import exports
from users.people.columns import DEFAULT_COLUMNS, Layout
from users.people.filters import (
    UserFilter,
    access_counts,
    access_keys,
    account_counts,
    signing_certificates,
    unread_filters,
)
from users.people.tables import UserTable
from users.requests import ConsoleRequest
from users.who_can.lists import MOST_USERS, Able

# What no column shows: to read it would cost a list more than the rest of its rows.
NOT_IN_LISTS = (
    "password",
    "unconfirmed_email",
    "tags",
    "asked_at",
    "turn_at",
    "session_epoch",
    "token_epoch",
)


@require_GET
@signed_in
def user_list(request: ConsoleRequest) -> HttpResponse:
    users, caller = account_users(request), request.caller

    account = acting_account(request)

    def table(rows: QuerySet[User], layout: Layout) -> UserTable:
        return table_of(request, rows, layout, account)

    found = listing(request, users, UserFilter, table, account=account)
    context = {
        **found,
        "unread": account.not_known["users"],
        "unread_filters": unread_filters(found["filter"], found["chips"], [account]),
        "read_only": caller.read_only,
        "at_aws": bool(caller.link),
        "may_see_keys": caller.permits("iam:ListAccessKeys", caller.arns.any_user),
        "may_create": not caller.read_only and caller.permits("iam:CreateUser", caller.arns.any_user),
    }
    return render(request, "users/people/list.html", context)


def listing(
    request: ConsoleRequest,
    users: QuerySet[User],
    filters: type[UserFilter],
    table_with: Callable[[QuerySet[User], Layout], UserTable],
    layout_of: Callable[[list[str]], Layout] = Layout.of,
    account: Account | None = None,
) -> dict[str, Any]:
    """What the template of a list shows: the page of rows, the counts and the filters that are on.

    ``account``: the only one that the users are of, where that is so.
    """
    preferences = ListPreferences.of(request.user)
    opened = request.GET.get("filters") == "open"
    chosen = filters(request.GET, users, request=request, whole=opened, most_able=MOST_USERS)
    chosen.form.is_valid()  # finds who can do what is asked
    others = chosen
    if "access" in request.GET:
        able = chosen.able
        others = filters(without_access(request), users, request=request, most_able=MOST_USERS, able=able)
    everybody = counts(request)["users"] if account else None  # the frame shows the number too
    if account and everybody is not None and not narrowed(request):
        segments = account_counts(account, everybody)
    else:
        segments = access_counts(others.qs)
    table = table_with(chosen.qs, layout_of(preferences.columns))
    size = page_size(request, preferences)
    matching = segments[chosen_segment(request)]
    table.paginate(per_page=size, paginator_class=paginator_of(matching))
    table.page = table.paginator.get_page(request.GET.get("page"))
    return {
        "table": table,
        "total": users.count() if everybody is None else everybody,
        "matching": matching,
        "counts": {name: at_least(number, chosen.able) for name, number in segments.items()},
        "matching_words": at_least(matching, chosen.able),
        "not_all": MOST_USERS if chosen.able and chosen.able.more else None,
        "access": request.GET.get("access") or "all",
        "filter": chosen,
        "chips": chips(chosen),
        "complaints": complaints(chosen),
        "filters_open": opened,
        "sizes": PAGE_SIZES,
        "size": size,
        "density": preferences.density,
    }


def at_least(number: int, able: Able | None) -> int | str:
    """A number of users; where some who can do what is asked were left out there are more."""
    return f"{number:,}+" if able and able.more else number


def without_access(request: ConsoleRequest) -> Any:
    """The filters of the address but the segment: its counts are told for all segments at once."""
    query = request.GET.copy()
    query.pop("access", None)
    return query


def chosen_segment(request: ConsoleRequest) -> str:
    access = request.GET.get("access", "")
    return access if access in ("password", "keys") else "all"


def narrowed(request: ConsoleRequest) -> bool:
    """Whether a filter or words make the list shorter than the account."""
    return any(request.GET.get(name) for name in UserFilter.base_filters if name != "access")


def table_of(request: ConsoleRequest, users: QuerySet[User], layout: Layout, account: Account) -> UserTable:
    """The table of one account with the person's columns."""
    order = request.GET.get("sort") or "user_name"
    return UserTable(
        with_columns(users, layout, order),
        accounts=[account],
        order_by=order,
        lifetime=credential_status.password_lifetime(account),
        exclude=layout.hidden,
        sequence=layout.columns,
    )


def with_columns(users: QuerySet[User], layout: Layout, order: str) -> QuerySet[User]:
    """The rows with what the columns need that are shown or sorted by: keys, certificates, the account."""
    users = users.defer(*NOT_IN_LISTS)
    if "access_key_id" in layout.columns:
        users = users.prefetch_related("access_keys")
    if order.lstrip("-") == "access_key_id":
        keys = access_keys().filter(user=OuterRef("pk")).order_by("access_key_id")
        users = users.annotate(first_key=Subquery(keys.values("access_key_id")[:1]))
    if "signing_certificates" in (*layout.columns, order.lstrip("-")):
        certificates = signing_certificates().filter(user=OuterRef("pk"))
        users = users.annotate(certificate_count=number(certificates))
    if "arn" in layout.columns:
        users = users.select_related("account")
    return users


@require_GET
@signed_in
def export_users(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The view as CSV (exact, or for spreadsheets) or JSON, streamed; taking it away is an Event."""
    users, caller = account_users(request), request.caller
    layout = Layout.of(ListPreferences.of(request.user).columns)
    account = acting_account(request)
    table = table_of(request, UserFilter(request.GET, users, request=request).qs, layout, account)
    response = exported(
        table.data.data, [account], layout.columns, known_form(form), f"users-{caller.account_id}"
    )
    detail = {"Filters": request.GET.dict(), "Columns": layout.columns, "Form": form}
    events.write(caller, "iamconsole:ExportUsers", "*", Event.Outcome.ALLOWED, detail=detail)
    return response


def exported(
    users: QuerySet[User], accounts: Sequence[Account], columns: list[str], form: str, name: str
) -> StreamingHttpResponse:
    """The download of users of these accounts with these columns."""
    return rows_file(exports.header(columns), exports.rows(users, accounts, columns), form, name)


@require_http_methods(["GET", "POST"])
@signed_in
def list_preferences(request: ConsoleRequest) -> HttpResponse:
    """Which columns, in which order, how many rows, how dense: a person's own, no permission needed."""
    preferences = ListPreferences.of(request.user)
    layout = Layout.of(preferences.columns)
    if request.method == "POST":
        go = request.POST.get("go", "save")
        layout = Layout.sent(request.POST)
        preferences.columns = DEFAULT_COLUMNS if go == "reset" else layout.moved(go)
        size, density = request.POST.get("size", ""), request.POST.get("density", "")
        preferences.page_size = int(size) if size in map(str, PAGE_SIZES) else PAGE_SIZES[0]
        preferences.density = density if density in ListPreferences.Density.values else "normal"
        preferences.save()
        if go == "save":
            messages.success(request, "Your preferences for the list were saved.")
            return redirect("users:list")
        return redirect("users:list-preferences")
    context = {
        "rows": layout.rows(),
        "preferences": preferences,
        "sizes": PAGE_SIZES,
        "densities": ListPreferences.Density.choices,
    }
    return render(request, "users/people/list_preferences.html", context)
