"""Sentences of pages that say that something is not there: who says so must have read it.

``claims`` walks the addresses that answer a GET in an account. What stands in a "not known" component is no claim.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import html

from iamconsole.addresses import with_account
from tests.snapshots.addresses import addresses
from tests.snapshots.world import Scene

ABSENT = re.compile(
    r"\b(?:no|none|nobody|nothing|never|not set|unassigned|without|default password policy|absent|disabled|empty"
    r"|has no|have no|does not have|do not have|not required|not enabled|not active|missing)\b"
    r"|(?<![\w.,:/-])0(?![\w.,:/-])|^–$|ConsoleSelfService",
    re.IGNORECASE,
)
# Elements whose text belongs together.
BLOCKS = (
    "p|li|td|th|dt|dd|h1|h2|h3|a|button|label|option|caption|summary|b|strong|div|span|legend|title".split(
        "|"
    )
)
SENTENCE = re.compile(r"(?<=[.!?]) ")


def claims(client: Any, account: Any, user: Any) -> Iterator[tuple[str, str]]:
    """(address name, sentence) of each claim of absence in the pages of the account."""
    for name, address in addresses(Scene(account.kind, account, user)):
        answer = client.get(with_account(address, account.account_id))
        kind = answer.get("Content-Type", "")
        if answer.status_code == 200 and kind.startswith("text/html") and not answer.streaming:
            for sentence in sorted(set(sentences(answer.content.decode()))):
                if ABSENT.search(sentence):
                    yield name, sentence


def sentences(page: str) -> Iterator[str]:
    """What a page says in its main part, sentence by sentence, but for what it says is not known."""
    tree = html.fromstring(page)
    for main in tree.xpath("//main"):
        for unread in main.xpath(".//*[@data-not-known] | .//script | .//svg | .//pre | .//textarea"):
            unread.drop_tree()
        for element in main.iter(*BLOCKS):
            own = [element.text or "", *((child.tail or "") for child in element)]
            inline = " ".join(" ".join(own).split())
            yield from SENTENCE.split(inline)
        for value in main.xpath(".//@title | .//@aria-label | .//@placeholder"):
            yield from SENTENCE.split(" ".join(value.split()))
