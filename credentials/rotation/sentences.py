"""What stops a rotation, in sentences for people, each with what to do."""

from datetime import datetime
from typing import Any

from credentials.models import Rotation
from credentials.rotation.kinds import kind_of
from iamconsole.errors import IamError

CHANGED = "This rotation has just been changed by somebody else. Nothing was done. Look at it again."
COME_AND_CREATE = (
    "The next step creates the new key and shows its secret once, so it waits for you. Choose Continue when "
    "you are ready to store it."
)
UNHEARD = (
    "AWS was asked for a new key, and its answer never arrived. No second one is asked for until a sync of "
    "this account has shown what became of it."
)
LOST = (
    "AWS has made the {noun} {key}, but its secret never arrived here, so nobody can use it. Choose Continue "
    "to delete it and create another one."
)
NOT_TAKEN = (
    "The owner did not take the new secret in time, and it was not kept. Replace the new key to hand over "
    "another one. The old key still works."
)
IN_USE = (
    "The key {key} is still in use: {use}. If you deactivate it now, what uses it stops working. To do it "
    "anyway, type its ID."
)
UNKNOWN_USE = (
    "Nobody can tell whether the key {key} is still in use: {use}. If you deactivate it now, what uses it "
    "stops working. To do it anyway, type its ID."
)
NO_USE_TOLD = "AWS does not tell when service-specific credentials were last used"
NOT_ALLOWED = (
    "{why} The rotation acts for {who} and waits. Give that permission back, or give the rotation to "
    "somebody who has it."
)
VANISHED = "The old key {key} is no longer there: somebody else deleted it, or its user. {now}"
NEW_MISSING = (
    "The new key {new} is not active in this account, so the old key {old} stays as it is. Activate the new "
    "key, or cancel this rotation and start another one."
)
BOTH_INACTIVE = (
    "The new key {new} is not active, so the old key {old} is not deleted. Choose Undo to activate the old "
    "key again, or activate the new one."
)


class InUse(IamError):
    """A key is in use, and nobody has typed its ID."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidInput", message)


def not_allowed(rotation: Rotation, why: str) -> str:
    """Why a step is not allowed for whom the rotation acts, and the way on."""
    if "Give the rotation" in why:
        return why
    return NOT_ALLOWED.format(why=why, who=rotation.starter_arn.rpartition("/")[2] or "root")


def vanished(rotation: Rotation) -> str:
    from credentials.rotation import moves

    return VANISHED.format(key=rotation.old_id, now=moves.keys_now(rotation))


def new_missing(rotation: Rotation) -> str:
    return NEW_MISSING.format(new=rotation.new_id, old=rotation.old_id)


def both_inactive(rotation: Rotation) -> str:
    return BOTH_INACTIVE.format(new=rotation.new_id, old=rotation.old_id)


def in_use(key_id: str, key: Any, rotation: Rotation) -> InUse:
    """The question before a key in use is deactivated."""
    if not kind_of(rotation).tells_use:
        return InUse(UNKNOWN_USE.format(key=key_id, use=NO_USE_TOLD))
    if key.last_used_date is None:
        unread = key.user.not_known["last_use"]
        return InUse(
            UNKNOWN_USE.format(key=key_id, use=str(unread or "its last use was not read").rstrip("."))
        )
    return InUse(IN_USE.format(key=key_id, use=use_of(key.last_used_date, key.used_with)))


def use_of(at: datetime, used_with: str) -> str:
    """A last use in a few words."""
    words = f"last used on {at:%Y-%m-%d %H:%M} UTC"
    return f"{words} with {used_with}" if used_with else words
