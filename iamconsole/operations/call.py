"""One call on its way through the door."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from iamconsole import crypto
from iamconsole.errors import NotConfirmed

from .caller import Caller

if TYPE_CHECKING:
    from .authorized import Authorized
    from .registry import Operation, Undo

# What an operation learns or makes: AWS's parsed answer on a linked account, minted by us on a
# local one. Its form is the operation's output shape.
Facts = dict[str, Any]


@dataclass(slots=True)
class Call:
    """Caller, operation and checked parameters; ``account``, ``user`` and the rest are put here by
    the operation's ``lock`` for its ``check`` and ``write``.
    """

    caller: Caller
    operation: "Operation"
    params: dict[str, Any]
    # ("UserName", name without case) -> ARN of what an earlier step of the same piece of work creates.
    planned: Mapping[tuple[str, str], str] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: timezone.now().replace(microsecond=0))
    account: Any = None
    user: Any = None
    found: dict[str, Any] = field(default_factory=dict)
    # Look-ups by name that one question answers for the next; emptied before the locked rows are asked.
    seen: dict[str, Any] = field(default_factory=dict)
    # What the caller's policies were asked about (``authorized.look``); None before.
    authorized: "Authorized | None" = None
    # Secrets and hashes that ``prepare`` made ready before the transaction.
    prepared: dict[str, Any] = field(default_factory=dict)

    # Whether another attempt follows one that loses a race, and whether AWS was asked for it (``races``).
    last_try: bool = True
    asked_aws: bool = False

    # The recent change that this takes back, and which of its steps it is (``undoing``).
    undoes: tuple[int, int] | None = None
    # What takes this back, asked before it is written.
    takes_back: "Undo" = ()

    # Guards that would have stopped this and were overruled; the Event names them.
    confirmed: list[str] = field(default_factory=list)

    # AWS's own request ID of the change, "" where AWS was not asked or gave none.
    aws_request_id: str = ""

    def heard(self, aws_request_id: str) -> None:
        """Remember AWS's request ID for the Event."""
        self.aws_request_id = aws_request_id

    @property
    def account_id(self) -> str:
        return self.caller.account_id

    @property
    def read_at(self) -> datetime | None:
        """When AWS told what is written now of a new thing; None where the truth is here."""
        return self.now if self.caller.link else None

    def param(self, name: str, default: Any = None) -> Any:
        return self.params.get(name, default)

    def ask(self, guard: str, title: str, message: str) -> None:
        """Go on only if the person said yes to this guard's question. Raises NotConfirmed."""
        if guard not in self.caller.confirmed:
            raise NotConfirmed(guard, title, message)
        self.confirmed.append(guard)

    def seal_if_ours(self, text: str, associated: str) -> str:
        """Seal a secret that only a local account may keep; "" where it belongs to AWS (ARCHITECTURE 3)."""
        return "" if self.caller.link else crypto.seal(text, associated)
