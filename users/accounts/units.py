"""Organizational units as groups of accounts: which there are, who is in one, and a field to choose one."""

import re
from collections.abc import Sequence

from django import forms

from users.models import Account, OrganizationAccount, OrganizationalUnit
from users.models.organization import below

UNIT_ID = re.compile(r"(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})", re.ASCII)


def unit_of(unit_id: str) -> OrganizationalUnit | None:
    """The organizational unit of that ID, as the last reading of the organization has found it."""
    if not UNIT_ID.fullmatch(unit_id):
        return None
    return OrganizationalUnit.objects.filter(unit_id=unit_id).first()


def in_unit(accounts: Sequence[Account], unit: OrganizationalUnit) -> list[Account]:
    """Those of the accounts that are in a unit or below it."""
    inside = set(OrganizationAccount.objects.filter(below(unit)).values_list("account_id", flat=True))
    return [account for account in accounts if account.account_id in inside]


def units_of(accounts: Sequence[Account]) -> list[OrganizationalUnit]:
    """The units that accounts are in, and those above: nobody learns of units of accounts out of sight."""
    units = list(OrganizationalUnit.objects.all())
    if not units:
        return []
    paths = OrganizationAccount.objects.present().filter(
        account_id__in=[account.account_id for account in accounts]
    )
    inside = set(paths.exclude(unit=None).values_list("unit__path", flat=True))
    return [unit for unit in units if any(path.startswith(unit.path) for path in inside)]


class UnitForm(forms.Form):
    """The organizational units that accounts in sight are in, to choose one from."""

    unit = forms.ChoiceField(label="Organizational unit", required=False)

    def __init__(self, units: list[OrganizationalUnit], chosen: str) -> None:
        super().__init__(initial={"unit": chosen})
        choices = [(unit.unit_id, unit.full_name) for unit in units]
        self.fields["unit"].choices = [("", "All organizational units"), *choices]  # type: ignore[attr-defined]


def members_of(accounts: Sequence[Account]) -> dict[str, OrganizationAccount]:
    """What the last reading of the organization has found of these accounts, by account ID."""
    rows = OrganizationAccount.objects.present().filter(
        account_id__in=[account.account_id for account in accounts]
    )
    return {row.account_id: row for row in rows.select_related("unit", "organization")}
