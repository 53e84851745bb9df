"""The list of users of several accounts: the table of one account, with the account beside the name."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.safestring import SafeString

from iamconsole.addresses import reverse
from users.across_ways import account_cell, way
from users.models import User
from users.people.columns import DEFAULT_COLUMNS, Layout
from users.people.filters import UserFilter
from users.people.tables import SortedColumn, UserTable

DEFAULT = ("user_name", "console_access", "mfa", "last_activity", "active_key_age", "key_last_used")


class AcrossUserFilter(UserFilter):
    """Who administers and who can do something is told by one account's policies, and asked there."""

    administrator = None
    can = None


class AcrossUserTable(UserTable):
    """A user is reached by acting in its account: the name is a button that switches there first."""

    account = SortedColumn("Account", "account_label")

    caption = "Users of all accounts"

    def __init__(
        self, *args: Any, here: str, lifetimes: Mapping[int, timedelta | None], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.here, self.lifetimes = here, lifetimes

    def lifetime_of(self, user: User) -> timedelta | None:
        return self.lifetimes.get(user.account_id)

    def render_user_name(self, record: User) -> SafeString:
        return way(record.account, reverse("users:user", args=[record.user_id]), record.user_name, self.here)

    def render_account(self, record: User) -> SafeString:
        return account_cell(record.account)


def across_layout(kept: Sequence[Any]) -> Layout:
    """The person's own columns; whoever never chose any gets fewer, as the account needs room."""
    layout = Layout.of(kept)
    return Layout(list(DEFAULT)) if layout.columns == DEFAULT_COLUMNS else layout


def sequence(layout: Layout) -> list[str]:
    """The columns with the account after the name."""
    columns = list(layout.columns)
    columns.insert(columns.index("user_name") + 1, "account")
    return columns
