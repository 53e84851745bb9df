"""What all lists across accounts share: the accounts in sight, one of them to choose, and exports."""

from dataclasses import dataclass
from typing import Any

from django import forms

from iamconsole.operations import Caller, execute
from users.accounts.across import ACTION, Seen, accounts_of
from users.accounts.units import UnitForm, unit_of, units_of
from users.callers.build import in_role
from users.callers.middleware import origin_of
from users.chips import Chip
from users.models import Account, OrganizationalUnit
from users.pages import own_caller
from users.requests import ConsoleRequest

ACCOUNT_IDS = ["account_id", "account"]  # what every export begins with
MOST_FILTERS = 2048
NO_SUCH_UNIT = "Organizational unit: {value:.80}. None of the accounts that you can switch to is in it."
NOT_IN_SIGHT = "Account: {value:.60}. You cannot switch to an account with this ID, or it does not exist."


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
    wanted_unit: str = ""
    units: tuple[OrganizationalUnit, ...] = ()

    @property
    def accounts(self) -> list[Account]:
        return accounts_of(self.read)

    @property
    def chosen(self) -> Account | None:
        """The one account that the address asks for, if it is in sight."""
        only = self.read[0].account if len(self.read) == 1 else None
        return only if only and only.account_id == self.wanted else None

    @property
    def unit(self) -> OrganizationalUnit | None:
        """The organizational unit that the address asks for, if an account in sight is in it."""
        return next((unit for unit in self.units if unit.unit_id == self.wanted_unit), None)

    @property
    def narrowed(self) -> bool:
        """Whether fewer accounts are shown than are in sight."""
        return len(self.read) < len(self.seen)

    @property
    def chips(self) -> list[Chip]:
        return [Chip("account", f"Account: {self.chosen.label}")] if self.chosen else []

    @property
    def complaints(self) -> list[str]:
        account = [NOT_IN_SIGHT.format(value=self.wanted)] if self.wanted and not self.chosen else []
        unit = self.wanted_unit and not self.unit
        return [*account, NO_SUCH_UNIT.format(value=self.wanted_unit)] if unit else account

    @property
    def form(self) -> AccountForm:
        return AccountForm(self.seen, self.chosen.account_id if self.chosen else "")

    @property
    def unit_form(self) -> UnitForm | None:
        """None where no account in sight is known to be in a unit."""
        return UnitForm(list(self.units), self.unit.unit_id if self.unit else "") if self.units else None


def read_across(request: ConsoleRequest, name: str, form: str = "page") -> Reading:
    """The accounts of a list; asked of the policies of this moment, and left behind as an Event."""
    wanted, unit = request.GET.get("account", ""), request.GET.get("unit", "")
    params = {"List": name, "Form": form, "Filters": request.GET.urlencode()[:MOST_FILTERS]}
    if len(wanted) == 12 and wanted.isascii() and wanted.isdigit():
        params["AccountId"] = wanted
    if unit_of(unit):
        params["OrganizationalUnitId"] = unit
    facts = execute(own_caller(request), ACTION, **params)
    return Reading(facts["Seen"], facts["Read"], wanted, unit, tuple(units_of(accounts_of(facts["Seen"]))))


def shared_context(request: ConsoleRequest, reading: Reading) -> dict[str, Any]:
    """What the templates of all these lists need."""
    return {
        "accounts": reading.seen,
        "account_form": reading.form,
        "unit_form": reading.unit_form,
        "account_chips": reading.chips,
        "account_complaints": reading.complaints,
        "here": request.caller.account_id,
    }


def caller_in(request: ConsoleRequest, seen: Seen) -> Caller:
    """The person in an account in sight, in the best role there."""
    if not seen.roles:
        return own_caller(request)
    return in_role(request.user, seen.account, seen.roles[0], origin_of(request))
