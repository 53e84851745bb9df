"""From one state of a rotation to the next, and its end. Nothing here is saved: the caller does that."""

from datetime import datetime
from typing import Any

from credentials.models import Rotation
from credentials.models.rotations import State
from credentials.rotation.kinds import kind_of

MOVED = ("state", "state_since", "due_at", "looks", "held", "held_since")
ENDED = ("ended_at", "end_note", "paused_at", "paused_by_arn", "sealed_secret", "secret_id")


def move(rotation: Rotation, state: State, now: datetime, due_at: datetime | None = None) -> None:
    """Go to another state; it is looked at at once unless ``due_at`` says when."""
    rotation.state, rotation.state_since, rotation.looks = state, now, 0
    rotation.due_at = due_at or now
    rotation.held, rotation.held_since = "", None


def hold(rotation: Rotation, why: str, now: datetime, due_at: datetime | None = None) -> None:
    """It does not go on by itself, with the sentence that says why and what to do; "" where it only waits.
    ``due_at``: when it is looked at again.
    """
    if rotation.held != why:
        rotation.held, rotation.held_since = why, now if why else None
    rotation.due_at = due_at


def end(rotation: Rotation, state: State, note: str, now: datetime) -> None:
    """The end; ``note`` says how the keys are."""
    move(rotation, state, now)
    rotation.due_at, rotation.ended_at, rotation.end_note = None, now, note
    rotation.paused_at, rotation.paused_by_arn, rotation.sealed_secret = None, "", ""


def columns(rotation: Rotation) -> dict[str, Any]:
    """What ``move`` and ``hold``, and at the end ``end``, have changed."""
    names = MOVED if rotation.is_open else (*MOVED, *ENDED)
    return {name: getattr(rotation, name) for name in names}


def keys_now(rotation: Rotation) -> str:
    """How the keys of a rotation are now, in a sentence for each."""
    kind, told = kind_of(rotation), []
    for word, key_id in (("old", rotation.old_id), ("new", rotation.new_id), ("removed", rotation.room_id)):
        if not key_id:
            continue
        row = kind.find(rotation.account_id, rotation.user_id, key_id)
        status = "is no longer there" if row is None else f"is {row.status.lower()}"
        told.append(f"The {word} {kind.noun} {key_id} {status}.")
    return " ".join(told)
