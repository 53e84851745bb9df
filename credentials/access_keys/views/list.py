"""The list of an account's access keys, and its export."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials.access_keys.filters import (
    CHIP_WORDS,
    AccessKeyFilter,
    is_over_limit,
    status_counts,
    unread_filters,
)
from credentials.access_keys.reading import OF_USERS, SELECT, SELECT_OLD, needs
from credentials.access_keys.selection import ACTIONS
from credentials.access_keys.tables import VALUES, AccessKeyTable, rows
from credentials.models import AccessKey
from iamconsole import choices
from iamconsole.downloads import known_form, rows_file
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import Caller, events, find, require
from iamconsole.web import signed_in
from iamconsole.words import plural
from users.chips import Chip, chips, complaints
from users.models import Account, ListPreferences
from users.pages import PAGE_SIZES, page_size, paginator_of
from users.requests import ConsoleRequest

SEGMENTS = ("active", "inactive")
TableOf = Callable[[QuerySet[AccessKey]], Any]


@require_GET
@signed_in
def access_keys(request: ConsoleRequest) -> HttpResponse:
    """One row per access key of the account's users, the oldest first."""
    account = account_of(request)
    select_old = select_once(request)
    keys, of_users, gone = of_chosen_users(request, keys_of([account]))
    listed = listing(request, keys, [account], lambda found: table_of(request, found, [account]))
    context = {
        **listed,
        "total": keys_of([account]).count(),
        "chips": [*of_users, *listed["chips"]],
        "complaints": [*gone, *listed["complaints"]],
        "ticked": old_keys_of(listed["table"]) if select_old else set(),
        "unread": account.not_known["access_keys"],
        "actions": actions_of([request.caller]),
    }
    return render(request, "credentials/access_keys/access_keys.html", context)


def account_of(request: ConsoleRequest) -> Account:
    """The caller's account, for whoever may list its users' access keys. Raises AccessDenied."""
    for action, resource in needs(request.caller):
        require(request.caller, action, resource)
    return Account.objects.select_related("link").get(account_id=request.caller.account_id)


def keys_of(accounts: Sequence[Account]) -> QuerySet[AccessKey]:
    """The keys of IAM users; those of root are among the recommendations."""
    keys = AccessKey.objects.of_people(accounts)
    return keys.select_related("user__account")


def select_once(request: ConsoleRequest) -> bool:
    """Whether the old keys are to be ticked. It is taken off the address: what leads on from this page,
    sorted or filtered, does not tick again what was unticked.
    """
    query = request.GET.copy()
    (wanted,) = query.pop(SELECT, [""])[-1:]
    request.GET = query  # type: ignore[assignment]  # as good as the one it replaces
    return wanted == SELECT_OLD


def of_chosen_users(
    request: ConsoleRequest, keys: QuerySet[AccessKey]
) -> tuple[QuerySet[AccessKey], list[Chip], list[str]]:
    """The keys of the users that were selected in their list, with a chip that says so. Where that selection
    is gone no key is shown rather than those of everybody, and the reason is told.
    """
    if not (choice_id := request.GET.get("users")):
        return keys, [], []
    try:
        users = choices.find(request, OF_USERS, choice_id).data["users"]
    except IamError as error:
        return keys.none(), [Chip("users", "Selected users")], [error.message]
    return keys.filter(user__in=users), [Chip("users", plural(len(users), "selected user"))], []


def list_of_users(request: ConsoleRequest) -> str:
    """The selection of users that the list was opened for, "" for none."""
    try:
        return str(choices.find(request, OF_USERS, request.GET.get("users", "")).data["list"])
    except IamError:
        return ""


def listing(
    request: ConsoleRequest, keys: QuerySet[AccessKey], accounts: Sequence[Account], table_with: TableOf
) -> dict[str, Any]:
    """What the template of a list of keys shows: the page of rows, the counts and the filters that are on."""
    chosen = AccessKeyFilter(request.GET, keys)
    counts = status_counts(AccessKeyFilter(without_status(request), keys).qs)
    segment = request.GET.get("status", "")
    matching = counts[segment if segment in SEGMENTS else "all"]
    table = table_with(chosen.qs)
    preferences = ListPreferences.of(request.user)
    size = page_size(request, preferences)
    table.paginate(per_page=size, paginator_class=paginator_of(matching))
    table.page = table.paginator.get_page(request.GET.get("page"))
    return {
        "table": table,
        "matching": matching,
        "counts": counts,
        "segment": segment,
        "filter": chosen,
        "chips": chips(chosen, CHIP_WORDS),
        "unread_filters": unread_filters(chosen, accounts),
        "complaints": complaints(chosen),
        "filters_open": request.GET.get("filters") == "open",
        "sizes": PAGE_SIZES,
        "size": size,
        "density": preferences.density,
    }


def without_status(request: ConsoleRequest) -> Any:
    """The filters of the address but the segment."""
    query = request.GET.copy()
    query.pop("status", None)
    return query


def table_of(request: ConsoleRequest, keys: QuerySet[AccessKey], accounts: Sequence[Account]) -> Any:
    return AccessKeyTable(keys, order_by=order_of(request, AccessKeyTable), accounts=accounts)


def order_of(request: ConsoleRequest, table: type[AccessKeyTable]) -> str:
    """The order of the address; a sort by a column that is not there, or cannot be sorted by, is none."""
    sort = request.GET.get("sort", "")
    column = table.base_columns.get(sort.lstrip("-"))
    return sort if column and column.orderable is not False else "-age"


def old_keys_of(table: Any) -> set[int]:
    """The keys of the page that are over the limit."""
    return {key.pk for key in table.page.object_list.data if is_over_limit(key)} - locked_keys_of(table)


def locked_keys_of(table: Any) -> set[int]:
    """The keys of the page that nobody can change here: those of accounts that are only a picture."""
    keys = table.page.object_list.data
    return {key.pk for key in keys if key.user.account.kind == Account.Kind.IMPORTED}


def actions_of(callers: Sequence[Caller]) -> list[dict[str, str]]:
    """The buttons of the bar: what may be done to the keys of some user at least, as one of these callers."""
    icons = {"deactivate": "ban", "activate": "play", "delete": "trash-2"}
    return [
        {"name": action.name, "title": action.title, "icon": icons[action.name]}
        for action in ACTIONS.values()
        if any(
            not caller.read_only and caller.might(find(action.operation).action, caller.arns.any_user)
            for caller in callers
        )
    ]


@require_GET
@signed_in
def export_access_keys(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The view as CSV (exact, or for spreadsheets) or JSON, streamed; taking it away is an Event."""
    account = account_of(request)
    keys, _, _ = of_chosen_users(request, keys_of([account]))
    table = table_of(request, AccessKeyFilter(request.GET, keys).qs, [account])
    response = rows_file(
        list(VALUES), rows(table.data.data), known_form(form), f"access-keys-{account.account_id}"
    )
    detail = {"Filters": request.GET.dict(), "Form": form}
    events.write(request.caller, "iamconsole:ExportAccessKeys", "*", Event.Outcome.ALLOWED, detail=detail)
    return response
