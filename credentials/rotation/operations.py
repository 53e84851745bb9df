"""StartRotation, ContinueRotation and what else people do with rotations; the console's own.

None of them touches a key: keys change by IAM's operations, on behalf of the starter (``flow``). Whoever may
make each of those changes may rotate, and whoever has started a rotation may go on with it, unless a policy
denies the operation itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet

from credentials.models import Campaign, Rotation
from credentials.models.rotations import KEPT_DAYS, QUIET_DAYS, State
from credentials.rotation import handing, moves, starters
from credentials.rotation.subjects import Subject, involved, subject_of
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, lasts, operation
from iamconsole.operations.news import News, has_detail
from iamconsole.operations.sufficing import Suffices, page_read
from users.lookups import lock_account, lock_user, user_resources
from users.models import Account, User

LIST = page_read("iamconsole:ListRotations", Suffices("", "AWS has no rotations of keys."))
READ_ONLY = "This account is read-only, so its keys cannot be rotated here."
NO_SUCH = "There is no such rotation. It may have been removed with old data."
NO_CAMPAIGN = "There is no such campaign in this account."
OVER = "This rotation has ended. {note}"
ALREADY = (
    "{who} is already rotating the key {key}, since {since:%Y-%m-%d %H:%M} UTC. Open that rotation, or ask "
    "{who} to give it to you."
)
MOVED = (
    "This rotation is at another step by now: {state}. Nothing was changed. Look at it, then decide again."
)
BUSY = "A step of this rotation is being carried out at AWS. Try again in a minute."
IS_PAUSED = "This rotation is paused. Resume it first."
NOT_PAUSED = "This rotation is not paused."
NOTHING_TO_UNDO = "The old key is not deactivated, so there is nothing to undo."
NOT_NOW = "This rotation does not wait for the new key to be used."
NOTHING_LEFT = (
    "There is no secret to take. It was taken already, its time is over, or the key was replaced. Ask {who}, "
    "who started the rotation, for another key."
)
NOTHING_WAITS = "No secret waits for its owner. It was taken, or its time is over."
NOT_REPLACED = "The new key is not waiting for its secret to be taken, so it is not replaced."
OTHERS_ONLY = "This rotation is already yours."


class RotationOperation(Operation):
    """On one rotation of the account, by its ID."""

    lasting = lasts.HAPPENED
    # True for what a step itself does.
    within_step: ClassVar[bool] = False

    def resources(self, call: Call) -> Sequence[str]:
        """The user whose key is rotated; every user, where there is no such rotation."""
        rotation = named(call).first()
        return [arn_of(rotation) if rotation else "*"]

    def is_own(self, call: Call) -> bool:
        """Whoever has started a rotation goes on with it."""
        person = call.caller.person_id
        return bool(person) and named(call).filter(starter_id=person).exists()

    def lock(self, call: Call) -> None:
        rotation = named(call).select_for_update(of=("self",)).first()
        if rotation is None:
            raise IamError("NoSuchEntity", NO_SUCH)
        call.found["rotation"] = rotation
        call.account = Account.objects.filter(account_id=call.account_id).first()

    def check(self, call: Call) -> None:
        rotation: Rotation = call.found["rotation"]
        if not rotation.is_open:
            raise IamError("ConcurrentModification", OVER.format(note=rotation.end_note).strip())
        is_claimed = rotation.claimed_until is not None and rotation.claimed_until > call.now
        if is_claimed and not self.within_step:
            raise IamError("ConcurrentModification", BUSY)

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return about(call.found["rotation"])


@operation("iamconsole:StartRotation")
class StartRotation(Operation):
    """Begins a rotation; the first key changes with its first step (``flow.start``)."""

    lasting = lasts.HAPPENED
    needs_recent_sign_in = True
    own_user_by_default = True
    serves_root = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def is_own(self, call: Call) -> bool:
        """Whoever may make each of its changes."""
        resource = self.resources(call)[0]
        subject = subject_of(call)
        actions = subject.actions if subject else ()
        return bool(actions) and all(call.caller.permits(action, resource) for action in actions)

    def lock(self, call: Call) -> None:
        lock_user(call)
        call.found["subject"] = subject = subject_of(call)
        if subject is None or subject.old is None:
            raise IamError("NoSuchEntity", f"There is no key {call.params['KeyId']} of this user.")

    def check(self, call: Call) -> None:
        subject: Subject = call.found["subject"]
        if call.caller.read_only:
            raise IamError("UnmodifiableEntity", READ_ONLY)
        check_free(call)
        subject.check(call)
        starters.check_may(call, subject)
        call.found["campaign"] = campaign_of(call)

    def mint(self, call: Call) -> Facts:
        return {"RotationId": "", "Conditions": []}

    def write(self, call: Call, facts: Facts) -> None:
        subject: Subject = call.found["subject"]
        campaign: Campaign | None = call.found["campaign"]
        rotation = Rotation(
            account_id=call.account_id,
            campaign=campaign,
            user_id=call.user.user_id,
            user_name=call.user.user_name,
            quiet_days=call.param("QuietDays", campaign.quiet_days if campaign else QUIET_DAYS),
            kept_days=call.param("KeptDays", campaign.kept_days if campaign else KEPT_DAYS),
            state_since=call.now,
            due_at=call.now,
            started_at=call.now,
            **subject.columns(call),
            **starters.columns(call.caller),
        )
        rotation.save(force_insert=True)
        call.found["rotation"] = rotation
        facts["RotationId"] = str(rotation.id)
        facts["Conditions"] = starters.conditions(call.caller, subject.actions, call.user.arn)

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return about(call.found["rotation"])


@operation("iamconsole:StartCampaign")
class StartCampaign(Operation):
    """A name and days for several rotations, which StartRotation then begins one by one."""

    lasting = lasts.HAPPENED
    needs_recent_sign_in = True

    def lock(self, call: Call) -> None:
        lock_account(call)

    def check(self, call: Call) -> None:
        if call.caller.read_only:
            raise IamError("UnmodifiableEntity", READ_ONLY)

    def mint(self, call: Call) -> Facts:
        return {"CampaignId": ""}

    def write(self, call: Call, facts: Facts) -> None:
        campaign = Campaign.objects.create(
            account_id=call.account_id,
            name=call.params["CampaignName"],
            quiet_days=call.param("QuietDays", QUIET_DAYS),
            kept_days=call.param("KeptDays", KEPT_DAYS),
            started_at=call.now,
            started_by_arn=call.caller.person_arn,
            started_by_id=call.caller.person_id,
        )
        facts["CampaignId"] = str(campaign.id)

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        return {"CampaignId": facts["CampaignId"]}


@operation("iamconsole:ContinueRotation")
class ContinueRotation(RotationOperation):
    """A person says that the next step may be taken now, though the clock would wait, or tries again what
    was held. The step itself follows (``flow.go_on``).
    """

    needs_recent_sign_in = True

    def check(self, call: Call) -> None:
        super().check(call)
        rotation: Rotation = call.found["rotation"]
        if rotation.state != call.params["State"]:
            raise IamError("ConcurrentModification", MOVED.format(state=rotation.get_state_display()))
        if rotation.paused_at:
            raise IamError("InvalidInput", IS_PAUSED)

    def write(self, call: Call, facts: Facts) -> None:
        rotation: Rotation = call.found["rotation"]
        if call.caller.person_id == rotation.starter_id:  # signed in anew, with MFA or without it
            for column, value in starters.columns(call.caller).items():
                setattr(rotation, column, value)
        rotation.held, rotation.held_since, rotation.due_at = "", None, call.now
        rotation.save()


@operation("iamconsole:ConfirmRotation")
class ConfirmRotation(RotationOperation):
    """Somebody, its owner as a rule, says that the new key is in place everywhere."""

    def check(self, call: Call) -> None:
        super().check(call)
        rotation: Rotation = call.found["rotation"]
        if rotation.state not in (State.HAND_OVER, State.NEW_USE, State.OLD_QUIET):
            raise IamError("InvalidInput", NOT_NOW)

    def write(self, call: Call, facts: Facts) -> None:
        rotation: Rotation = call.found["rotation"]
        rotation.in_place_by_arn, rotation.in_place_at = call.caller.person_arn, call.now
        if not rotation.paused_at:
            rotation.due_at = call.now
        rotation.save()


@operation("iamconsole:HandOverRotation")
class HandOverRotation(RotationOperation):
    """The owner is told by mail that the new secret waits, with the way to it; again on request."""

    within_step = True
    notice = News("A new access key waits for you")

    def check(self, call: Call) -> None:
        super().check(call)
        if not handing.waits(call.found["rotation"]):
            raise IamError("NoSuchEntity", NOTHING_WAITS)

    def write(self, call: Call, facts: Facts) -> None:
        rotation: Rotation = call.found["rotation"]
        rotation.due_at = rotation.secret_until
        rotation.save()


@operation("iamconsole:TakeRotationSecret")
class TakeRotationSecret(RotationOperation):
    """The owner takes the new secret, once: signed in, or by the mailed link (``handing.holder``)."""

    needs_recent_sign_in = True

    def check(self, call: Call) -> None:
        super().check(call)
        rotation: Rotation = call.found["rotation"]
        secret = handing.take(rotation, call.param("Token", ""), call.caller)
        if secret is None:
            raise IamError("NoSuchEntity", NOTHING_LEFT.format(who=starters.name_of(rotation)))
        call.found["secret"] = secret

    def mint(self, call: Call) -> Facts:
        return {"Secret": call.found["secret"]}

    def write(self, call: Call, facts: Facts) -> None:
        rotation: Rotation = call.found["rotation"]
        rotation.secret_id, rotation.secret_taken_at = None, call.now
        if not rotation.paused_at:
            rotation.due_at = call.now
        rotation.save()

    def shown_once(self, params: Mapping[str, Any], facts: Facts) -> dict[str, str]:
        return dict(facts["Secret"])


@operation("iamconsole:ReplaceRotationKey")
class ReplaceRotationKey(RotationOperation):
    """The secret of the new key reached nobody: that key goes, and another one is created."""

    needs_recent_sign_in = True

    def check(self, call: Call) -> None:
        super().check(call)
        rotation: Rotation = call.found["rotation"]
        if rotation.state not in (State.HAND_OVER, State.NEW_USE) or rotation.new_used_at:
            raise IamError("InvalidInput", NOT_REPLACED)

    def write(self, call: Call, facts: Facts) -> None:
        rotation: Rotation = call.found["rotation"]
        handing.forget(rotation)
        rotation.room_id, rotation.new_id, rotation.room_until = rotation.new_id, "", call.now
        moves.move(rotation, State.ROOM, call.now)
        rotation.save()


@operation("iamconsole:PauseRotation")
class PauseRotation(RotationOperation):
    def check(self, call: Call) -> None:
        super().check(call)
        if call.found["rotation"].paused_at:
            raise IamError("InvalidInput", IS_PAUSED)

    def write(self, call: Call, facts: Facts) -> None:
        rotation: Rotation = call.found["rotation"]
        rotation.paused_at, rotation.paused_by_arn = call.now, call.caller.person_arn
        rotation.save()


@operation("iamconsole:ResumeRotation")
class ResumeRotation(RotationOperation):
    def check(self, call: Call) -> None:
        super().check(call)
        if not call.found["rotation"].paused_at:
            raise IamError("InvalidInput", NOT_PAUSED)

    def write(self, call: Call, facts: Facts) -> None:
        rotation: Rotation = call.found["rotation"]
        rotation.paused_at, rotation.paused_by_arn, rotation.due_at = None, "", call.now
        rotation.save()


@operation("iamconsole:GiveRotation")
class GiveRotation(RotationOperation):
    """Somebody else goes on with it: the person of UserName, or who calls. Its steps are then asked of the
    policies of that person.
    """

    notice = News("A rotation of an access key was given to somebody else", has_detail("UserName"))

    def check(self, call: Call) -> None:
        super().check(call)
        rotation: Rotation = call.found["rotation"]
        call.found["starter"] = starters.given(call, rotation)
        if call.found["starter"]["starter_id"] == rotation.starter_id and not rotation.held:
            raise IamError("InvalidInput", OTHERS_ONLY)

    def write(self, call: Call, facts: Facts) -> None:
        rotation: Rotation = call.found["rotation"]
        for column, value in call.found["starter"].items():
            setattr(rotation, column, value)
        rotation.held, rotation.held_since, rotation.due_at = "", None, call.now
        rotation.save()


@operation("iamconsole:UndoRotation")
class UndoRotation(RotationOperation):
    """The old key is to be active again; the step that does it follows (``flow.undo``)."""

    def check(self, call: Call) -> None:
        super().check(call)
        if not call.found["rotation"].can_undo:
            raise IamError("InvalidInput", NOTHING_TO_UNDO)


@operation("iamconsole:CancelRotation")
class CancelRotation(RotationOperation):
    """Ends it where it is. The keys stay as they are, and the end note says how that is."""

    def write(self, call: Call, facts: Facts) -> None:
        rotation: Rotation = call.found["rotation"]
        handing.forget(rotation)
        moves.end(rotation, State.CANCELLED, moves.keys_now(rotation), call.now)
        rotation.save()


def check_free(call: Call) -> None:
    """None of the keys is in another open rotation; the user's row is locked. Raises IamError."""
    ids = [call.params["KeyId"], call.param("RoomId", ""), call.param("NewId", "")]
    if other := involved(call, ids):
        who, since = starters.name_of(other), other.started_at
        key = next(one for one in ids if one in (other.old_id, other.new_id, other.room_id))
        raise IamError("EntityAlreadyExists", ALREADY.format(who=who, key=key, since=since))


def campaign_of(call: Call) -> Campaign | None:
    """The one of CampaignId. Raises NoSuchEntity."""
    if not (campaign_id := call.param("CampaignId")):
        return None
    try:
        found = Campaign.objects.filter(account_id=call.account_id, pk=UUID(campaign_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise IamError("NoSuchEntity", NO_CAMPAIGN)
    return found


def arn_of(rotation: Rotation) -> str:
    """The user whose key it is, as it is called now; "*" where that user is gone."""
    users = User.objects.select_related("account")
    user = users.filter(account__account_id=rotation.account_id, user_id=rotation.user_id).first()
    return user.arn if user else "*"


def about(rotation: Rotation) -> dict[str, Any]:
    """What Events tell of a rotation."""
    told = {
        "RotationId": str(rotation.id),
        "KeyId": rotation.old_id,
        "NewId": rotation.new_id,
        "Step": rotation.state,
    }
    return {name: value for name, value in told.items() if value}


def named(call: Call) -> QuerySet[Rotation]:
    """The one of RotationId, in the caller's account."""
    try:
        rotation_id = UUID(call.params["RotationId"])
    except ValueError:
        return Rotation.objects.none()
    return Rotation.objects.filter(account_id=call.account_id, pk=rotation_id)
