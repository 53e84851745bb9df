"""The one interface through which the engine sees accounts and the people in them."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from iamconsole.errors import LinkRefused
from iamconsole.gateway import Calls
from iamconsole.operations import LinkSpec

# The kind of the job that syncs an account.
SYNC = "sync"
# The row of a user. The engine asks its ``pk``, ``name_folded`` and ``arn``; mirrors know its model.
Person = Any


class LinkedAccount(ABC):
    """One account of AWS's with its people. ``row`` is what mirrors write under."""

    row: Any
    account_id: str
    arn: str
    # How AWS is reached; None for an account that is not linked.
    link: LinkSpec | None

    @property
    @abstractmethod
    def is_new(self) -> bool:
        """Whether no sync has come to its end yet: all is new, which is no news."""

    @property
    @abstractmethod
    def synced_at(self) -> datetime | None:
        """When the sync before this one ended."""

    @property
    @abstractmethod
    def unknown(self) -> frozenset[str]:
        """Operations that AWS did not answer the last time."""

    @abstractmethod
    def lock(self) -> None:
        """Lock the account until the end of the transaction."""

    @abstractmethod
    def asked(self) -> dict[str, datetime | None]:
        """When AWS was last asked about each user alone, by unique ID."""

    @abstractmethod
    def people(self, user_ids: Iterable[str]) -> dict[str, Person]:
        """Rows of users by unique ID, as they are now."""

    @abstractmethod
    def note_asked(self, people: Collection[Person], at: datetime) -> None:
        """Remember that AWS was asked about users alone."""

    @abstractmethod
    def turns(self) -> dict[str, datetime | None]:
        """When each user last had its turn in the rotation, by unique ID."""

    @abstractmethod
    def note_turn(self, people: Collection[Person], at: datetime) -> None:
        """Remember that users have had their turn, whatever AWS answered."""

    @abstractmethod
    def synced(self, counts: Mapping[str, Any]) -> None:
        """Show how a sync went that came to its end."""

    @abstractmethod
    def failed(self, message: str, gone: int) -> None:
        """Show why a sync did not, and how many users it would have removed."""

    @abstractmethod
    def pause(self, error: LinkRefused) -> str:
        """Stop syncing it by itself: AWS does not let its link in. Returns the sentence that says so."""

    @abstractmethod
    def link_calls(self) -> Mapping[str, int]:
        """The calls that ask AWS what the link can change, by operation; empty while that is known."""

    @abstractmethod
    def look_at_link(self, calls: Calls) -> None:
        """Ask it, and keep the answer. Never raises IamError."""

    @abstractmethod
    def run(self, job_id: uuid.UUID) -> Any:
        """The row that is kept of a job's sync; runs that were left open are closed, old ones go."""


_finders: list[Callable[[str], LinkedAccount]] = []


def find_accounts_with(finder: Callable[[str], LinkedAccount]) -> None:
    """Set how an account is found by its ID (``users.accounts.mirror``, a floor above)."""
    _finders[:] = [finder]


def find(account_id: str) -> LinkedAccount:
    """An account with its people. Raises IamError where there is none."""
    return _finders[0](account_id)
