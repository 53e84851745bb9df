"""Accounts as the search at the top finds them: those one can act in, by alias, name, ID or root's ARN."""

from collections.abc import Callable, Sequence
from typing import Any

from iamconsole.addresses import address_in
from iamconsole.frame import Viewer
from iamconsole.operations import Caller
from iamconsole.search import Action, Found, Hit, Source, Words
from users.accounts.across import digits_of, matches
from users.models import Account


class Accounts(Source):
    """Only accounts in sight are handed in (``users.search``), so nobody learns of another one."""

    title, icon, order = "Accounts", "building-2", 110
    across_name = "across-accounts"

    def find(
        self, accounts: Sequence[Any], words: Words, most: int, caller: Caller | None, *, count: bool = False
    ) -> Found:
        wanted = root_of(words)
        there = [account for account in accounts if wanted and matches(account, wanted)]
        hits = [self.hit(account, wanted) for account in there]
        hits.sort(key=lambda hit: (not hit.exact, hit.name.lower()))
        return Found(hits[:most], len(hits), len(hits) > most)

    def hit(self, account: Account, wanted: str) -> Hit:
        names = {
            account.label.lower(),
            (account.alias or "").lower(),
            account.name.lower(),
            account.account_id,
        }
        exact = bool({wanted.lower(), digits_of(wanted)} & (names - {""}))
        detail = f"{account.account_id} · {account.get_kind_display()}"
        return Hit(account.label, address_in(account.account_id, "home"), detail, exact, account)


def root_of(words: Words) -> str:
    """The account that is searched for: the words, or that of the ARN of a root user; "" for another ARN."""
    if not words.is_arn:
        return words.text
    return words.arn.account_id if words.arn and words.arn.resource == "root" else ""


def at_home(action: str) -> Callable[[Viewer], bool]:
    """For people of the home account whose policies allow it there."""
    return lambda viewer: viewer.user.account.is_home and viewer.own_caller.permits(action)


ACTIONS = (
    Action("Create account", "users:create-account", "new add local", at_home("iamconsole:CreateAccount")),
    Action("Link AWS account", "users:link-account", "connect add new", at_home("iamconsole:LinkAccount")),
)
