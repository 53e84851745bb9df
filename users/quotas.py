"""Who counts: a local account is held to IAM's numbers, AWS decides about a linked one (IAM-FACTS 9.1, 2.15).

Every limit of IAM's passes here, so that no number of this console refuses what AWS would take. What AWS
allows a linked account is its own (``GetAccountSummary``); pages show it with its age.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iamconsole.errors import IamError
from iamconsole.operations import Call, Caller
from users.models import Account, AccountLink

Where = Account | Caller | Call


def counts_here(where: Where) -> bool:
    """Whether this console counts for the account, and AWS does not."""
    if isinstance(where, Account):
        return where.kind == Account.Kind.LOCAL
    return (where.caller if isinstance(where, Call) else where).link is None


def check_room(where: Where, number: Callable[[], int], limit: int, message: str) -> None:
    """Let one more be made where there are fewer than ``limit``. Raises LimitExceeded with ``message``."""
    if counts_here(where) and number() >= limit:
        raise exceeded(message)


def check_size(where: Where, size: Callable[[], int], limit: int, message: str) -> None:
    """Let something be as large as ``limit``. Raises LimitExceeded with ``message``."""
    if counts_here(where) and size() > limit:
        raise exceeded(message)


def exceeded(message: str) -> IamError:
    """The error for one that is too many."""
    return IamError("LimitExceeded", message)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one account is allowed: IAM's numbers where this console counts, else those of AWS's last
    GetAccountSummary, with the moment at which it was read (None: never).
    """

    counted_here: bool
    summary: Mapping[str, Any]
    read_at: datetime | None = None

    @classmethod
    def of(cls, where: Account | Caller) -> "Allowance":
        """One query for a linked account, none for others."""
        if counts_here(where):
            return cls(True, {})
        links = AccountLink.objects.filter(account__account_id=where.account_id)
        summary, read_at = links.values_list("summary", "summary_at").first() or ({}, None)
        return cls(False, summary, read_at)

    def number(self, ours: int, name: str) -> int | None:
        """``ours``, or AWS's number under ``name``; None where AWS has not said it."""
        return ours if self.counted_here else self.said(name)

    def said(self, name: str) -> int | None:
        """A number of AWS's."""
        number = self.summary.get(name)
        return number if isinstance(number, int) else None


def allowed(where: Account | Caller, ours: int, name: str) -> int | None:
    """One number of ``Allowance``."""
    return Allowance.of(where).number(ours, name)
