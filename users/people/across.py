"""The list of users of several accounts: the table of one account, with the account beside the name."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from iamconsole.addresses import reverse, same_page_in
from users.models import Account, User
from users.people.columns import DEFAULT_COLUMNS, Layout
from users.people.filters import UserFilter
from users.people.tables import SortedColumn, UserTable

# The form of the page that the buttons of its rows send; templates/users/across_way.html.
WAY = "way"
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


def account_cell(account: Account) -> SafeString:
    """An account in a table cell: its colour, its name, and its ID in the title."""
    return format_html(
        '<span class="ui-swatch ui-account-{}"></span> <span class="ui-cut" title="{} {}">{}</span>',
        account.colour, account.label, account.account_id, account.label,
    )  # fmt: skip


def way(account: Account, url: str, text: str, here: str) -> SafeString:
    """The way to a page of an account: a link where one acts in it already, else a button that switches."""
    url = same_page_in(account.account_id, url)
    if account.account_id == here:
        return format_html('<a class="ui-cut" href="{}" title="{}">{}</a>', url, text, text)
    return format_html(
        '<button type="submit" class="ui-link-button ui-cut" form="{}" formaction="{}" name="next" value="{}"'
        ' title="{}">{}<span class="ui-read-only-text">, switches to {}</span></button>',
        WAY, switch_url(account), url, text, text, account.label,
    )  # fmt: skip


def switch_url(account: Account) -> str:
    """Where a POST makes one act in the account: all who see several have the home account as their own."""
    if account.is_home:
        return reverse("users:leave-account")
    return reverse("users:switch-account", args=[account.account_id])
