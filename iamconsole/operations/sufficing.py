"""The reads of this console that an action of AWS's suffices for, so that policies made for AWS open what
they mean: who may look up events in AWS CloudTrail may read the event history here (docs/auditors.md).

Each read says it where it is declared: ``Operation.suffices``, or ``page_read`` for what a page reads and no
operation has. Either action allows it; an explicit Deny of either denies it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from iamconsole.policy import Outcome


@dataclass(frozen=True, slots=True)
class Suffices:
    """An action of AWS's, "" where AWS has nothing like the read, and the reason for either."""

    action: str
    because: str


class Decided(Protocol):
    """A decision, or what a simulation makes of one."""

    @property
    def outcome(self) -> Outcome: ...


T = TypeVar("T", bound=Decided)
_READS: dict[str, tuple[str, Suffices]] = {}  # "iamconsole:listevents" -> its name and what suffices


def declare(action: str, suffices: Suffices) -> None:
    """Note a read when it is declared."""
    _READS[action.lower()] = action, suffices


def page_read(action: str, suffices: Suffices) -> str:
    """Declare what a page reads. Returns the action."""
    declare(action, suffices)
    return action


def declared() -> Mapping[str, Suffices]:
    """Every read of this console by its action."""
    return dict(_READS.values())


def beside(action: str) -> str:
    """The action of AWS's that suffices for an action in any case; "" where none does."""
    return _READS[action.lower()][1].action if action.lower() in _READS else ""


def either(own: T, other: T) -> T:
    """The decision that holds of those about both actions."""
    for decision in (own, other):
        if decision.outcome is Outcome.EXPLICIT_DENY:
            return decision
    return other if other.outcome is Outcome.ALLOWED and own.outcome is not Outcome.ALLOWED else own
