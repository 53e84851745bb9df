"""Lists across accounts: what they share, and the list of users."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.downloads import known_form
from iamconsole.operations import Caller, execute
from iamconsole.web import signed_in
from users import standing
from users.across import ACTION, Seen, accounts_of, with_account_label
from users.across_users import AcrossUserFilter, AcrossUserTable, across_layout, sequence
from users.callers import in_role
from users.columns import Layout
from users.filters import Chip
from users.middleware import origin_of
from users.models import Account, ListPreferences, User
from users.requests import ConsoleRequest
from users.views.accounts import own_caller
from users.views.list import exported, listing, with_columns

ACCOUNT_IDS = ["account_id", "account"]  # what every export begins with
MOST_FILTERS = 2048
NOT_IN_SIGHT = "Account: {value:.60} – You may not switch to an account of this ID, or there is none."


class AccountForm(forms.Form):
    """The accounts in sight to choose one from."""

    account = forms.ChoiceField(label="Account", required=False)

    def __init__(self, seen: list[Seen], chosen: str) -> None:
        super().__init__(initial={"account": chosen})
        accounts = sorted(accounts_of(seen), key=lambda account: account.label.lower())
        choices = [(account.account_id, account.label) for account in accounts]
        self.fields["account"].choices = [("", "All accounts"), *choices]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of several accounts: those in sight, those of them that are shown, and how many."""

    seen: list[Seen]
    read: list[Seen]
    wanted: str

    @property
    def accounts(self) -> list[Account]:
        return accounts_of(self.read)

    @property
    def chosen(self) -> Account | None:
        """The one account that the address asks for, if it is in sight."""
        only = self.read[0].account if len(self.read) == 1 else None
        return only if only and only.account_id == self.wanted else None

    @property
    def chips(self) -> list[Chip]:
        return [Chip("account", f"Account: {self.chosen.label}")] if self.chosen else []

    @property
    def complaints(self) -> list[str]:
        return [NOT_IN_SIGHT.format(value=self.wanted)] if self.wanted and not self.chosen else []

    @property
    def form(self) -> AccountForm:
        return AccountForm(self.seen, self.chosen.account_id if self.chosen else "")


def read_across(request: ConsoleRequest, name: str, form: str = "page") -> Reading:
    """The accounts of a list; asked of the policies of this moment, and left behind as an Event."""
    wanted = request.GET.get("account", "")
    params = {"List": name, "Form": form, "Filters": request.GET.urlencode()[:MOST_FILTERS]}
    if len(wanted) == 12 and wanted.isascii() and wanted.isdigit():
        params["AccountId"] = wanted
    facts = execute(own_caller(request), ACTION, **params)
    return Reading(facts["Seen"], facts["Read"], wanted)


def shared_context(request: ConsoleRequest, reading: Reading) -> dict[str, Any]:
    """What the templates of all these lists need."""
    return {
        "accounts": reading.seen,
        "account_form": reading.form,
        "account_chips": reading.chips,
        "account_complaints": reading.complaints,
        "here": request.caller.account_id,
    }


def caller_in(request: ConsoleRequest, seen: Seen) -> Caller:
    """The person in an account in sight, in the best role there."""
    if not seen.roles:
        return own_caller(request)
    return in_role(request.user, seen.account, seen.roles[0], origin_of(request))


def table_of(request: ConsoleRequest, users: QuerySet[User], layout: Layout, reading: Reading) -> Any:
    """The table with the person's columns and the account."""
    order = request.GET.get("sort") or "user_name"
    users = with_columns(users, layout, order).select_related("account")
    if order.lstrip("-") == "account":
        users = with_account_label(users, "account__")
    return AcrossUserTable(
        users,
        order_by=order,
        here=request.caller.account_id,
        lifetimes=standing.password_lifetimes(reading.accounts),
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
    if reading.chosen:
        found["total"] = User.objects.people(accounts_of(reading.seen)).count()
    return render(request, "users/across_users.html", found | shared_context(request, reading))


@require_GET
@signed_in
def export_across_users(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The same rows as CSV or JSON, the account first."""
    reading = read_across(request, "users", known_form(form))
    layout = across_layout(ListPreferences.of(request.user).columns)
    users = AcrossUserFilter(request.GET, User.objects.people(reading.accounts)).qs
    rows = table_of(request, users, layout, reading).data.data
    return exported(rows, [*ACCOUNT_IDS, *layout.columns], form, "users-of-all-accounts")
