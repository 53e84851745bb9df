"""Accounts that AWS Organizations shows as closed or suspended: marked, and not synced by the schedule."""

from collections.abc import Sequence

from django.db.models import QuerySet

from users.models import Account, OrganizationAccount
from users.models.organization import CLOSED_STATES


def members_of(accounts: Sequence[Account]) -> dict[str, OrganizationAccount]:
    """What the last reading of the organization has found of these accounts, by account ID."""
    rows = OrganizationAccount.objects.present().filter(
        account_id__in=[account.account_id for account in accounts]
    )
    return {row.account_id: row for row in rows.select_related("unit", "organization")}


def closed_ids() -> QuerySet[OrganizationAccount, str]:
    """The IDs of the accounts that are closed, for a query."""
    rows: QuerySet[OrganizationAccount] = OrganizationAccount.objects.present()
    return rows.filter(state__in=CLOSED_STATES).values_list("account_id", flat=True)
