"""All accounts in one table with their figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.safestring import SafeString

from credentials.access_keys.reading import old_keys_url
from iamconsole.addresses import reverse
from iamconsole.downloads import moment
from iamconsole.not_known import NotKnown
from reports.dashboard import account_facts
from reports.dashboard.recommendations import recommendations_of
from reports.models import CredentialReport
from users.accounts.across import Seen, accounts_of
from users.across_ways import way
from users.models import Account


@dataclass(slots=True)
class AccountRow:
    """An account with its figures; ``errors`` and ``warnings`` are filled in where they are shown."""

    account: Account
    roles: tuple[str, ...]
    users: int
    passwords: int
    with_mfa: int
    old_keys: int
    data_at: datetime | None
    way: SafeString
    keys_way: SafeString  # to the keys over the limit, in their account
    errors: int = 0
    warnings: int = 0
    # Why some of the checks could not be made.
    unchecked: NotKnown | None = None

    @property
    def coverage(self) -> int | None:
        """Per cent of the users with a password who have MFA; None where nobody has a password, or where
        that is not known.
        """
        return 100 * self.with_mfa // self.passwords if self.passwords and not self.coverage_unread else None

    @property
    def coverage_unread(self) -> NotKnown | None:
        unread = self.account.not_known
        return unread["passwords"] or unread["mfa"]

    def known(self, fact: str, value: int) -> int | None:
        """The figure, None where the fact was not read."""
        return None if self.account.not_known[fact] else value

    @property
    def live(self) -> bool:
        """Whether the account itself is here, and not a picture of one at AWS."""
        return self.account.kind == Account.Kind.LOCAL

    @property
    def sync_failed(self) -> bool:
        return self.account.kind == Account.Kind.LINKED and bool(self.account.link.sync_error)


def account_rows(seen: Sequence[Seen], here: str) -> list[AccountRow]:
    """A row for each account, without its findings."""
    accounts = accounts_of(seen)
    figures, moments = account_facts.figures(accounts), data_moments(accounts)
    home, old_keys = reverse("home"), old_keys_url()
    return [
        AccountRow(
            account=one.account,
            roles=one.roles,
            data_at=moments.get(one.account.pk),
            way=way(one.account, home, one.account.label, here),
            keys_way=way(one.account, old_keys, str(figures[one.account.pk]["old_keys"]), here),
            **figures[one.account.pk],
        )
        for one in seen
    ]


def data_moments(accounts: Sequence[Account]) -> dict[int, datetime]:
    """Of when the data is: the last sync of a linked account, the newest report of an imported one."""
    uploads = CredentialReport.objects.filter(account__in=accounts, source=CredentialReport.Source.UPLOAD)
    newest = uploads.order_by().values_list("account").annotate(newest=Max("generated_at"))
    synced = {
        account.pk: account.link.synced_at for account in accounts if account.kind == Account.Kind.LINKED
    }
    return {**dict(newest), **{pk: at for pk, at in synced.items() if at}}


def with_findings(rows: Sequence[AccountRow]) -> None:
    """Count the open findings of these rows."""
    found = recommendations_of([row.account for row in rows])
    for row in rows:
        items = found[row.account.pk]
        types = [item.type for item in items]
        row.unchecked = next((item.unread for item in items if item.unread), None)
        row.errors, row.warnings = types.count("error"), types.count("warning")


# Name in the address -> what the table of accounts is sorted by. Without a password nothing lacks MFA.
ACCOUNT_SORTS: Mapping[str, Callable[[AccountRow], Any]] = {
    "account": lambda row: row.account.label.lower(),
    "kind": lambda row: row.account.get_kind_display(),
    "users": lambda row: row.users,
    "mfa": lambda row: 101 if row.coverage is None else row.coverage,
    "keys": lambda row: row.old_keys,
    "errors": lambda row: (row.errors, row.warnings),
    "warnings": lambda row: (row.warnings, row.errors),
    "data": lambda row: timezone.now() if row.live else row.data_at or row.account.created_at,
}
# Column of the export -> what it is as data.
ACCOUNT_VALUES: Mapping[str, Callable[[AccountRow], Any]] = {
    "account_id": lambda row: row.account.account_id,
    "account": lambda row: row.account.label,
    "kind": lambda row: row.account.kind,
    "users": lambda row: row.known("users", row.users),
    "users_with_password": lambda row: row.known("passwords", row.passwords),
    "users_with_password_and_mfa": lambda row: None if row.coverage_unread else row.with_mfa,
    "active_keys_over_90_days": lambda row: row.known("access_keys", row.old_keys),
    "errors": lambda row: row.errors,
    "warnings": lambda row: row.warnings,
    "data_of": lambda row: moment(timezone.now() if row.live else row.data_at),
}


def by(order: str, sorts: Mapping[str, Callable[[Any], Any]], default: str) -> tuple[Any, bool]:
    """The key and the direction of an order of the address; the default for one that is none."""
    name = order if order.lstrip("-") in sorts else default
    return sorts[name.lstrip("-")], name.startswith("-")
