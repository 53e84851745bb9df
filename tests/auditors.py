"""What some policies open, as docs/auditors.md has it; ``tests/test_auditors.py`` compares."""

import re
from pathlib import Path

from iamconsole.operations.sufficing import declared
from tests.test_access_matrix import PAGES, address
from users.models import Account, ManagedPolicy, PolicyAttachment, User

DOCUMENT = Path(__file__).parents[1] / "docs" / "auditors.md"
POLICIES = ("SecurityAudit", "IAMReadOnlyAccess", "ConsoleAuditor", "ConsoleHelpDesk")
PLACES = (
    (re.compile(r"AIDA\w+"), "USER"),
    (re.compile(r"AGPA\w+"), "GROUP"),
    (re.compile(r"ASCA\w+"), "CERTIFICATE"),
    (re.compile(r"(?<=/policies/)\d+"), "POLICY"),
    (re.compile(r"(?<=/findings/rules/)[\w-]+"), "RULE"),
    (re.compile(r"(?<=/findings/standards/)[\w.-]+"), "STANDARD"),
    (re.compile(r"\b\d{12}\b"), "ACCOUNT"),
    (re.compile(r"\bexact\b"), "FORM"),
)


def holder(account: Account, name: str, policy: str, make_user) -> User:
    """A user with nothing but the policy."""
    user = make_user(account, name, password="correct-Horse-7-battery")
    known = ManagedPolicy.objects.known_to(account.account_id)
    PolicyAttachment.objects.create(user=user, policy=known.get(policy_name=policy))
    return user


def addresses(charlie: User) -> dict[str, str]:
    """Pages that an administrator can open and somebody without policies cannot: as shown -> the address."""
    names = [name for name, (alice, bob, _) in PAGES.items() if (alice, bob) == (200, 403)]
    found = {}
    for name in names:
        url = address(name, charlie)
        shown = url
        for pattern, word in PLACES:
            shown = pattern.sub(word, shown)
        found[shown] = url
    return dict(sorted(found.items()))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def table_of_reads() -> str:
    rows = [
        (f"`{name}`", f"`{one.action}`" if one.action else "none", one.because)
        for name, one in sorted(declared().items())
    ]
    return table(("Action of this console", "Also enough", "Why"), rows)


def table_of_pages(rows: dict[str, list[int]]) -> str:
    """What the policies answer to each page; those that none of them opens are left out."""
    words = {200: "yes", 403: "no"}
    cells = [
        (f"`{shown}`", *(words[status] for status in found)) for shown, found in rows.items() if 200 in found
    ]
    return table(("Page", *POLICIES), cells)
