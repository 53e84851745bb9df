"""Which facts of an account were read, and why the others are not known.

What a credential report does not contain, what a sync was not allowed to read, and all before the first
sync is not known: pages, files and decisions ask here before they call something empty. An application
registers its facts from ``AppConfig.ready``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from iamconsole.not_known import NotKnown

if TYPE_CHECKING:
    from users.models import Account, User

NOT_IN_REPORT = "A credential report does not contain {what}."
NOT_ALLOWED = "The last sync could not read {what} ({actions})."
NOT_IN_SNAPSHOT = "{what} were not read before this account was unlinked ({actions})."
NEVER_SYNCED = "The first sync of this account has not ended yet."
FIRST_FAILED = "The first sync of this account did not succeed."
NOT_ASKED = "AWS was not asked about {what} of this user yet."
# Stands among the operations that were not answered where none was asked at all.
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Fact:
    """Facts that are read together.

    ``what`` names them within a sentence, ``read_by`` the operations of IAM that tell them: one that was not
    answered leaves them unknown. ``in_report``: a credential report has them too. ``in_turn``: AWS is asked
    user by user.
    """

    name: str
    what: str
    read_by: tuple[str, ...] = ()
    in_report: bool = False
    in_turn: bool = False

    @property
    def actions(self) -> str:
        return ", ".join(f"iam:{operation}" for operation in self.read_by)


FACTS: dict[str, Fact] = {}
DETAILS = ("GetAccountAuthorizationDetails",)
OWN = (
    Fact("users", "users", DETAILS, in_report=True),
    Fact("unique_ids", "unique IDs", DETAILS),
    Fact("groups", "groups", DETAILS),
    Fact("policies", "policies", DETAILS),
    Fact("boundaries", "permissions boundaries", DETAILS),
    Fact("tags", "tags", DETAILS),
    Fact("alias", "the account alias", ("ListAccountAliases",)),
)


def register(facts: Iterable[Fact]) -> None:
    """Add the facts of an application."""
    FACTS.update({fact.name: fact for fact in facts})


_report_date: list[Callable[["Account"], datetime | None]] = []


def date_reports_with(function: Callable[["Account"], datetime | None]) -> None:
    """Hand in what gives the moment of the newest report that an account was imported from."""
    _report_date[:] = [function]


class Unread:
    """What is not known of an account: a NotKnown by the name of its fact, None where it is known."""

    def __init__(self, account: "Account") -> None:
        self.account = account
        self._found: dict[str, NotKnown | None] = {}

    def __getitem__(self, name: str) -> NotKnown | None:
        if name not in self._found:
            self._found[name] = self.of(FACTS[name])
        return self._found[name]

    def of(self, fact: Fact) -> NotKnown | None:
        """Why the fact is not known."""
        account = self.account
        if account.kind == account.Kind.LOCAL:
            return None
        if account.kind == account.Kind.IMPORTED and not account.snapshot_at:
            why = NOT_IN_REPORT.format(what=fact.what)
            return None if fact.in_report else NotKnown(fact.what, why, lambda: _report_date[0](account))
        if account.snapshot_at:
            return self._not_read(fact, account.not_read, NOT_IN_SNAPSHOT, account.snapshot_at)
        link = account.link
        if link.synced_at is None:
            return NotKnown(fact.what, FIRST_FAILED if link.sync_error else NEVER_SYNCED)
        return self._not_read(fact, link.sync_counts.get("unknown", ()), NOT_ALLOWED, link.synced_at)

    def _not_read(self, fact: Fact, unread: Iterable[str], why: str, at: datetime) -> NotKnown | None:
        operations = set(unread)
        if EVERYTHING not in operations and operations.isdisjoint(fact.read_by):
            return None
        sentence = why.format(what=fact.what, actions=fact.actions)
        return NotKnown(fact.what, sentence[:1].upper() + sentence[1:], lambda: at)


class UnreadOfUser(Unread):
    """What is not known of one user: that of the account, and what AWS was not asked about yet."""

    def __init__(self, user: "User") -> None:
        super().__init__(user.account)
        self.user = user

    def of(self, fact: Fact) -> NotKnown | None:
        found = super().of(fact)
        if found or not fact.in_turn or self.user.asked_at or self.account.kind == self.account.Kind.LOCAL:
            return found
        return NotKnown(fact.what, NOT_ASKED.format(what=fact.what))


def not_read(link: Any) -> list[str]:
    """What an account that is unlinked now has not read, for ``Account.not_read``."""
    counts: Mapping[str, Any] = link.sync_counts
    return [EVERYTHING] if link.synced_at is None else list(counts.get("unknown", ()))


register(OWN)
