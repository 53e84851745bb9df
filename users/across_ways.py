"""From the rows of a list across accounts into their accounts: links, or buttons that switch first."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from iamconsole.addresses import reverse, same_page_in
from users.models import Account

# The form of the page that the buttons of its rows send; templates/users/across_way.html.
WAY = "way"


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
