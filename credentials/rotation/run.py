"""One rotation in the hands of one worker or request: who acts, and what is written of it.

What a step changes is written in the transaction of its key, so that a worker that is killed leaves neither
without the other. While it is claimed nobody else takes a step; the claim of who died ends by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from credentials.models import Rotation
from credentials.models.rotations import State
from credentials.rotation import handing, moves, sentences, starters
from credentials.rotation.kinds import KeyKind, kind_of
from iamconsole.errors import IamError
from iamconsole.operations import Caller, Facts
from iamconsole.operations.door import execute_step
from iamconsole.operations.wanted import patience


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the browser: acts itself, and is shown a secret. ``in_use``: the ID of the key that was
    typed to deactivate it though it is in use. ``by_hand``: without waiting for the clock. ``shown_with``:
    the page that shows secrets of the same campaign.
    """

    caller: Caller
    session_key: str = ""
    in_use: str = ""
    by_hand: bool = False
    shown_with: str = ""


@dataclass
class Run:
    """One rotation in the hands of one worker or request."""

    rotation: Rotation
    person: Person | None
    now: datetime = field(default_factory=timezone.now)
    secret_id: str = ""
    _caller: Caller | None = None

    @property
    def kind(self) -> KeyKind:
        return kind_of(self.rotation)

    @property
    def by_hand(self) -> bool:
        return self.person is not None and self.person.by_hand

    @property
    def caller(self) -> Caller:
        """Who is at the browser, else the starter with the policies of now. Raises AccessDenied."""
        if self._caller is None:
            self._caller = self.person.caller if self.person else starters.caller_of(self.rotation)
        return self._caller

    def typed(self, key_id: str) -> bool:
        """Whether the person has typed this ID, to deactivate the key though it is in use."""
        return self.person is not None and self.person.in_use == key_id

    def key(self, key_id: str) -> Any:
        """One of the user's keys as it is known here, None where it is not there."""
        return self.kind.find(self.rotation.account_id, self.rotation.user_id, key_id)

    def change(self, name: str, key_id: str, then: Callable[[Facts], Mapping[str, Any]], **more: Any) -> None:
        """An operation of IAM's on a key, and in its transaction what ``then`` says of the rotation."""
        step = self.kind.step(name, self.rotation, key_id, **more)
        if self.caller.link:
            self.rotation.aws_calls += 1
            self.write(aws_calls=self.rotation.aws_calls)
        execute_step(self.caller, step, lambda facts: self.write(**then(facts)))

    def write(self, **changes: Any) -> None:
        """Write columns, while it is in the state in which this run has seen it. Raises IamError."""
        seen = Rotation.objects.filter(
            pk=self.rotation.pk, state=self.seen[0], state_since=self.seen[1], ended_at=None
        )
        if not seen.update(**changes):
            raise IamError("ConcurrentModification", sentences.CHANGED)

    def __post_init__(self) -> None:
        self.seen = self.rotation.state, self.rotation.state_since

    def moved(self, state: State, due_at: datetime | None = None, **more: Any) -> dict[str, Any]:
        """The columns of another state."""
        moves.move(self.rotation, state, self.now, due_at)
        for name, value in more.items():
            setattr(self.rotation, name, value)
        return {**moves.columns(self.rotation), **more}

    def go(self, state: State, due_at: datetime | None = None, **more: Any) -> bool:
        """Write another state. True: the next step may follow at once."""
        self.write(**self.moved(state, due_at, **more))
        self.seen = self.rotation.state, self.rotation.state_since
        return True

    def hold(self, why: str, due_at: datetime | None = None) -> bool:
        """Write why it does not go on. False: nothing follows."""
        before = moves.columns(self.rotation)
        moves.hold(self.rotation, why, self.now, due_at)
        if moves.columns(self.rotation) != before:
            self.write(**moves.columns(self.rotation))
        return False

    def wait(self, due_at: datetime | None, **more: Any) -> bool:
        """Look again then; nothing holds it. ``more``: what was found out. False: nothing follows."""
        before = moves.columns(self.rotation)
        moves.hold(self.rotation, "", self.now, due_at)
        for name, value in more.items():
            setattr(self.rotation, name, value)
        if more or moves.columns(self.rotation) != before:
            self.write(**{**moves.columns(self.rotation), **more})
        return False

    def end(self, state: State, note: str) -> bool:
        """Write the end. False: nothing follows."""
        self.write(**self.ended(state, note))
        return False

    def ended(self, state: State, note: str) -> dict[str, Any]:
        """The columns of the end."""
        handing.forget(self.rotation)
        moves.end(self.rotation, state, note, self.now)
        return moves.columns(self.rotation)


def claim(rotation_id: str, person: Person | None) -> Run | None:
    """The rotation, for as long as AWS may take to answer; None where it is over, paused or another's now."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    rows = Rotation.objects.filter(free, pk=rotation_id, ended_at=None, paused_at=None)
    if not rows.update(claimed_until=now + 2 * patience()):
        return None
    return Run(Rotation.objects.get(pk=rotation_id), person)
