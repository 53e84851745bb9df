"""Sentences of pages that say that something is not there: who says so must have read it.

``claims`` walks the addresses that answer a GET about an account. What stands in a "not known" component is no
claim; what is explained, or was read, is allowed by name, so that the next untrue sentence is found.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import html

from iamconsole.addresses import is_inside, with_account
from tests.snapshots.addresses import addresses
from tests.snapshots.world import Scene

ABSENT = re.compile(
    r"\b(?:no|none|nobody|nothing|never|not set|unassigned|without|default password policy|disabled|empty"
    r"|does not have|do not have|not required|not enabled|not active|not needed|does not expire|missing)\b"
    r"|(?<![\w.,:/-])0(?![\w.,:/-])|^–$|ConsoleSelfService",
    re.IGNORECASE,
)
# Elements whose text belongs together.
BLOCKS = tuple("p li td th dt dd h1 h2 h3 a button label option caption summary b strong div span".split())
SENTENCE = re.compile(r"(?<=[.!?]) ")
HIDDEN = ".//*[@data-not-known] | .//script | .//svg | .//pre | .//textarea | .//*[@data-policy]"
# Pages about several accounts, narrowed to one: name -> query.
ACROSS = {
    "users.account": "",
    "users.accounts": "",
    "reports.account-uploads": "",
    "across-accounts": "?q={account}",
    "across-findings": "?account={account}",
    "users.across-users": "?account={account}",
    "credentials.across-access-keys": "?account={account}",
}
# What pages explain: true of every account, and no claim about this one. Sentence by sentence, so that a new one
# is looked at once.
EXPLAINED = [
    r"Nothing changes until both codes", r"Nobody can trick you", r"so that no password is stored",
    r"the private key never leaves", r"gets a new unique ID and none of these", r"AWS accepts no seeds",
    r"leftover devices without a user", r"An empty field goes back", r"Leave empty for", r"Leave empty to",
    r"Require a number \(0–9\)", r"without a passphrase", r"It is never shown again", r"Leave rows empty",
    r"Uploading the same one again changes nothing", r"replace one without an outage", r"Nothing changes in AWS",
    r"For one that was never used, days count", r"that nobody has used for 90 days", r"^No usable credential$",
    r"^Never used$", r"never used$", r"^Password without MFA, key over 365 d$", r"without white space",
    r"It has no effect until you attach", r"while the account has no alias", r"while it has no password",
    r"no longer refer to this user", r"A boundary grants nothing", r"It grants nothing by itself",
    r"What no policy allows is denied", r"^0–30 d$", r"Leave a key empty", r"Nothing changes, and AWS is not",
    r"used only for this simulation", r"and never saved", r"without conditions", r"without what is denied",
    r"No other account can have it", r"Facts that no list contains",
    r"The checks that could be made found nothing",
    r"shows as missing until it is used",
    r"say what is missing, and you can try anyway",
    r"^Without it$",
    r"denies everything without MFA",
    r"Nothing changes before you confirm",
    # Of this console itself: events, sessions, jobs, notices, reports that were made here, how one is signed in.
    r"^No events$", r"^No sessions$", r"^No jobs$", r"^No reports yet$", r"This user has done nothing through",
    r"^Nothing yet$", r"^No MFA$", r"^No changes$", r"^Nothing differs", r"^\d+ new, 0 changed, 0 removed$",
    r"^None yet", r"^None\.$",
    # Of findings, which are this console's: what rules came to, and what people decided.
    r"^Nothing to do$", r"^No findings$", r"No rule finds fault with anything", r"No control of a standard asks",
    r"Without an end it", r"Nobody has attested it", r"Nobody grants one about themselves", r"and does nothing",
    r"Leave it empty for", r"Controls that no rule checks", r"^With or without$", r"^Without a ticket$",
    r"Nothing was decided or written about it", r"Facts: Never synced\.$",
]  # fmt: skip
# Counts and single words of those, by page.
OF_THE_CONSOLE = {
    "jobs", "job", "reports.events", "reports.event-details", "reports.credential-report", "reports.upload", "users.syncs",
    "users.user-activity", "reports.finding-rules", "reports.finding-rule", "reports.finding-standards",
    "reports.finding-standard", "reports.finding-settings",
}  # fmt: skip


def unbacked(client: Any, account: Any, user: Any, known: Iterable[tuple[str, str]]) -> list[str]:
    """Claims in the pages of the account that are neither explained nor ``known``: patterns of the page's name
    and of the sentence.
    """
    found = []
    for name, sentence in claims(client, account, user):
        explained = any(re.search(pattern, sentence) for pattern in EXPLAINED)
        read = any(re.search(page, name) and re.search(pattern, sentence) for page, pattern in known)
        if not (explained or read or name in OF_THE_CONSOLE):
            found.append(f"{name}: {sentence}")
    return found


def claims(client: Any, account: Any, user: Any) -> Iterator[tuple[str, str]]:
    """(name of the address, sentence) of each claim of absence in the pages of the account."""
    for name, address in addresses(Scene(account.kind, account, user)):
        if not is_inside(address) and name not in ACROSS:
            continue
        query = ACROSS.get(name, "").format(account=account.account_id)
        answer = client.get(with_account(address, account.account_id) + query)
        kind = answer.get("Content-Type", "")
        shown = answer.status_code == 200 and kind.startswith("text/html") and not answer.streaming
        if shown and answer.content.strip():  # a list that proposes nothing is empty
            page = html.fromstring(answer.content.decode())
            counts = [] if name in ACROSS else entries(page)
            for sentence in sorted({*counts, *sentences(page, account)}):
                if ABSENT.search(sentence):
                    yield name, sentence


def entries(page: html.HtmlElement) -> Iterator[str]:
    """The counts beside the entries of the navigation."""
    for count in page.xpath("//nav//*[@class='ui-nav-count']"):
        yield f"{count.getparent().text_content().split()[0]}: {count.text_content()}"


def sentences(page: html.HtmlElement, account: Any) -> Iterator[str]:
    """What a page says in its main part, sentence by sentence, but for what it says is not known and for the
    rows of other accounts.
    """
    for main in page.xpath("//main"):
        for unread in main.xpath(HIDDEN):
            unread.drop_tree()
        for row in main.xpath(".//tr[td//a[contains(@href, '/accounts/')]]"):
            if account.label not in row.text_content():
                row.drop_tree()
        for element in main.iter(*BLOCKS):
            own = [element.text or "", *((child.tail or "") for child in element)]
            yield from SENTENCE.split(" ".join(" ".join(own).split()))
        for value in main.xpath(".//@title | .//@aria-label | .//@placeholder"):
            yield from SENTENCE.split(" ".join(value.split()))
