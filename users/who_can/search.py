"""The search at the top leads from an action of AWS to those who can do it."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from iamconsole import catalogue
from iamconsole.addresses import address_in
from iamconsole.operations import Caller
from iamconsole.search import Found, Hit, Source, Words
from users.asking_who import may_read
from users.who_can.question import meanings, suggestions

ASKING = "who can "


class WhoCan(Source):
    """``s3:DeleteBucket``, ``s3:Delete*``, ``CreateUser`` or ``who can delete buckets``. Other words would
    mean too many actions. Only in the account one acts in: a question is about one account.
    """

    title, icon, order = "Who can", "search", 105
    fact = "policies"

    def find(
        self, accounts: Sequence[Any], words: Words, most: int, caller: Caller | None, *, count: bool = False
    ) -> Found:
        if caller is None or not may_read(caller):
            return Found()
        hits = [
            Hit(f"Who can {action}?", _address(account.account_id, action), "", exact, account)
            for account in accounts
            for action, exact in _meant(words.text)
        ]
        return Found(hits[:most], len(hits), len(hits) > most)


def _meant(text: str) -> Iterator[tuple[str, bool]]:
    """The actions that a text means, and whether nothing else can be meant."""
    if text.lower().startswith(ASKING):
        yield from ((action, False) for action in suggestions(text[len(ASKING) :]))
    elif ":" in text and " " not in text and not text.startswith("arn:"):
        if found := meanings(text):
            yield (found[0] if len(found) == 1 else text), True
        else:
            yield from ((action, False) for action in suggestions(text))
    else:
        actions = (action for action in catalogue.all_actions() if action.name.lower() == text.lower())
        named = [str(action) for action in sorted(actions, key=lambda one: one.service != "iam")]
        yield from ((action, len(named) == 1) for action in named)


def _address(account_id: str, action: str) -> str:
    return f"{address_in(account_id, 'users:who-can')}?{urlencode({'action': action})}"
