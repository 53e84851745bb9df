"""What a rotation waits for, since when, and what comes next, in plain words for pages and for
docs/rotation.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from credentials.models import Rotation
from credentials.models.rotations import Kind, State
from credentials.rotation import handing
from credentials.rotation.kinds import kind_of
from iamconsole.words import plural


@dataclass(frozen=True, slots=True)
class StateWords:
    """What a state waits for, the step that follows, how it is taken back, and who or what ends it."""

    waits_for: str
    next_step: str
    back: str
    by: str


WORDS: Mapping[str, StateWords] = {
    State.ROOM: StateWords(
        "The key that you chose to remove is deactivated, kept for some days, then deleted.",
        "Create the new key.",
        "Activate the key again before it is deleted, then cancel the rotation.",
        "The clock. Or choose Continue to go on at once.",
    ),
    State.CREATE: StateWords(
        "The new key is about to be created.",
        "Hand over its secret.",
        "Cancel the rotation. Nothing has changed yet.",
        "You, where the secret is shown to you. Otherwise the clock.",
    ),
    State.HAND_OVER: StateWords(
        "The owner has to take the new secret. It waits for 72 hours and is shown once.",
        "Wait until the new key is used.",
        "Cancel the rotation, then delete the new key.",
        "The owner.",
    ),
    State.NEW_USE: StateWords(
        "The new key has to be seen in use. Or somebody says that it is in place.",
        "Wait until the old key is quiet.",
        "Cancel the rotation, then delete the new key.",
        "The clock, from what AWS tells. Or the owner, who says that the new key is in place.",
    ),
    State.OLD_QUIET: StateWords(
        "The old key must not have been used for some days.",
        "Deactivate the old key.",
        "Cancel the rotation. Both keys are active.",
        "The clock, from what AWS tells. Or type the ID of the old key to deactivate it at once.",
    ),
    State.INACTIVE: StateWords(
        "The old key is inactive. It is kept for some days in case something still needs it.",
        "Delete the old key.",
        "Choose Undo. The old key is active again, and the rotation waits until it is quiet.",
        "The clock. Or choose Continue to delete it at once.",
    ),
    State.DONE: StateWords("Nothing.", "None.", "A deleted key does not come back.", "Nobody."),
    State.CANCELLED: StateWords("Nothing.", "None.", "Start another rotation.", "Nobody."),
    State.ENDED: StateWords("Nothing.", "None.", "Start another rotation.", "Nobody."),
}


@dataclass(frozen=True, slots=True)
class Now:
    """Where one rotation is: its step, a sentence on what it waits for, since when and until when at the
    latest, and what comes next. ``problem``: something that a person has to look at.
    """

    step: str
    waits_for: str
    since: datetime
    until: datetime | None
    next_step: str
    problem: bool


def now_of(rotation: Rotation) -> Now:
    """The words of one rotation."""
    said = WORDS[rotation.state]
    if not rotation.is_open:
        sentence, since = rotation.end_note, rotation.ended_at or rotation.state_since
    elif rotation.paused_at:
        sentence, since = "It is paused. Resume it to go on.", rotation.paused_at
    elif rotation.held:
        sentence, since = rotation.held, rotation.held_since or rotation.state_since
    else:
        sentence, since = waits_for(rotation), rotation.state_since
    return Now(
        rotation.get_state_display(),
        sentence,
        since,
        until(rotation),
        said.next_step,
        problem=rotation.is_open and bool(rotation.held),
    )


def waits_for(rotation: Rotation) -> str:
    """What the state waits for, with the days and keys of this one."""
    new, old = rotation.new_id, rotation.old_id
    quiet, kept = plural(rotation.quiet_days, "day"), plural(rotation.kept_days, "day")
    if rotation.state == State.ROOM and rotation.room_until:
        return f"The key {rotation.room_id} is inactive and will be deleted."
    if rotation.state == State.NEW_USE and rotation.kind == Kind.LINK_KEY:
        return f"The link signs with {new} now. It waits for a sync that succeeds."
    if rotation.state == State.NEW_USE and not kind_of(rotation).tells_use:
        return (
            "AWS does not tell when service-specific credentials were last used. It waits until somebody "
            f"says that {new} is in place."
        )
    if rotation.state == State.HAND_OVER and rotation.kind == Kind.LINK_KEY:
        return f"AWS does not know {new} yet. That can take some minutes, and is tried again."
    if rotation.state == State.NEW_USE:
        return f"{new} was not used yet{age(rotation.new_read_at)}."
    if rotation.state == State.OLD_QUIET:
        return f"{old} has to be unused for {quiet}{old_use(rotation)}."
    if rotation.state == State.INACTIVE:
        return f"{old} is inactive and will be deleted {kept} after that."
    return WORDS[rotation.state].waits_for


def old_use(rotation: Rotation) -> str:
    """When the old key was used last, as far as it was read."""
    if rotation.old_used_at is None:
        return age(rotation.old_read_at)
    service = f" with {rotation.old_used_with}" if rotation.old_used_with else ""
    last = f"{rotation.old_used_at:%Y-%m-%d %H:%M} UTC{service}"
    return f". It was last used on {last}{age(rotation.old_read_at)}"


def age(read_at: datetime | None) -> str:
    """How old the fact is."""
    return f", as read on {read_at:%Y-%m-%d %H:%M} UTC" if read_at else ""


def until(rotation: Rotation) -> datetime | None:
    """When the state ends by itself at the latest; None where it waits for somebody or something."""
    if not rotation.is_open or rotation.paused_at or rotation.held:
        return None
    if rotation.state == State.INACTIVE:
        return rotation.deletes_at
    if rotation.state == State.ROOM:
        return rotation.room_until
    return rotation.secret_until if handing.waits(rotation) else None
