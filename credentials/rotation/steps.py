"""The steps of a rotation, each by the operations of IAM that it stands for.

``take`` takes what is due and no more: a run that deactivates a key deletes none. What a step changes here
is written in the transaction of its key (``then`` at the door), so that a worker that is killed leaves
neither without the other. An answer of AWS's that was lost is never asked for again: the Intent tells of it,
and the next sync what became of it.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from credentials.models import Rotation
from credentials.models.rotations import HandOver, State
from credentials.rotation import handing, link_key, looking, lost, moves, sentences
from credentials.rotation.kinds import creation
from credentials.rotation.run import Person, Run, claim
from iamconsole import crypto
from iamconsole.errors import STEP_FAILED, AccessDenied, IamError, OutcomeUnknown, why_failed
from iamconsole.operations import Caller, Facts, execute
from iamconsole.transient import reason_of
from users.models import User

log = logging.getLogger(__name__)

TRIED_AGAIN = timedelta(days=1)  # what a person has to change
PASSES = timedelta(minutes=10)
UNHEARD = timedelta(minutes=6)  # AWS shows a change after five minutes at most


def take(rotation_id: str, person: Person | None = None) -> str:
    """Take what is due of a rotation, up to a wait. Returns the ID of the secret to show once, "" for none.

    What stops a step is written down (``held``). Raises IamError only for what the person has to say first.
    """
    run = claim(rotation_id, person)
    if run is None:
        return ""
    try:
        while STEPS[run.rotation.state](run):
            pass
    except sentences.InUse as error:
        if run.by_hand:
            raise
        run.hold(error.message)
    except STEP_FAILED as error:
        stopped(run, error)
    finally:
        Rotation.objects.filter(pk=rotation_id).exclude(claimed_until=None).update(claimed_until=None)
    return run.secret_id


def stopped(run: Run, error: Exception) -> None:
    """Write down what has stopped a step, and when it is tried again."""
    run.rotation = Rotation.objects.get(pk=run.rotation.pk)
    if (run.rotation.state, run.rotation.state_since) != run.seen or not run.rotation.is_open:
        return  # somebody else has gone on
    sentence = why_failed(error)  # type: ignore[arg-type]
    if isinstance(error, OutcomeUnknown):
        run.hold(sentence, run.now + UNHEARD)
    elif isinstance(error, AccessDenied):
        run.hold(sentences.not_allowed(run.rotation, sentence), run.now + TRIED_AGAIN)
    elif isinstance(error, IamError) and error.code == "NoSuchEntity" and gone(run):
        run.end(State.ENDED, sentences.vanished(run.rotation))
    else:
        passes = reason_of(error) is not None
        run.hold(sentence, run.now + (PASSES if passes else TRIED_AGAIN))


def gone(run: Run) -> bool:
    """Whether the user, and with it all that is rotated, is gone."""
    rotation = run.rotation
    users = User.objects.filter(account__account_id=rotation.account_id, user_id=rotation.user_id)
    return not users.exists()


def make_room(run: Run) -> bool:
    """Deactivate the key that a person has chosen, and delete it in a later run."""
    rotation = run.rotation
    key = run.key(rotation.room_id)
    if key is None:
        return run.go(State.CREATE, room_until=None)
    if key.active:
        if not rotation.room_until:  # else nobody has its secret
            check_not_in_use(run, key, rotation.room_id)
        until = rotation.room_until or run.now + timedelta(days=rotation.kept_days)
        then = {**run.moved(State.ROOM, until), "room_until": until}
        run.change(run.kind.update, rotation.room_id, lambda facts: then, Status="Inactive")
        return False
    if rotation.room_until and run.now < rotation.room_until and not run.by_hand:
        return run.wait(rotation.room_until)
    then = {**run.moved(State.CREATE), "room_until": None}
    run.change(run.kind.delete, rotation.room_id, lambda facts: then)
    run.seen = rotation.state, rotation.state_since
    return True


def check_not_in_use(run: Run, key: Any, key_id: str) -> None:
    """Raises InUse for a key that was used in the days for which it would have to be quiet, and where that is
    not known, unless a person has typed its ID.
    """
    since = run.now - timedelta(days=run.rotation.quiet_days)
    if run.kind.tells_use:
        last, known = key.last_used_date, not key.user.not_known["last_use"]
        in_use = last > since if last else not known
    else:
        in_use = True
    if in_use and not run.typed(key_id):
        raise sentences.in_use(key_id, key, run.rotation)


def create(run: Run) -> bool:
    """Create the new key, once. What is not known of an earlier attempt is waited for."""
    rotation = run.rotation
    old = run.key(rotation.old_id)
    if old is None:
        return run.end(State.ENDED, sentences.vanished(rotation))
    unheard = lost.of(rotation, run.kind)
    if unheard.open:
        return run.hold(sentences.UNHEARD, run.now + UNHEARD)
    if unheard.key_id:
        return remove_lost(run, unheard.key_id)
    shown = rotation.hand_over == HandOver.STARTER and rotation.kind != rotation.Kind.LINK_KEY
    if shown and not (run.person and run.person.session_key):
        return run.hold(sentences.COME_AND_CREATE)
    more = creation(rotation, old)
    run.change(run.kind.create, "", lambda facts: keep(run, more, facts), **more)
    run.seen = rotation.state, rotation.state_since
    return True


def keep(run: Run, params: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """What the rotation keeps of its new key, in the transaction that writes the key."""
    rotation = run.rotation
    rotation.new_id = run.kind.made(facts)
    secret = run.kind.secret({"UserName": rotation.user_name, **params}, facts)
    new: dict[str, Any] = {"new_id": rotation.new_id}
    if rotation.kind == rotation.Kind.LINK_KEY:
        sealed = crypto.seal(secret["secret_access_key"], rotation.place)
        return run.moved(State.HAND_OVER, sealed_secret=sealed, **new)
    if rotation.hand_over == HandOver.OWNER:
        secret_id, until = handing.keep_for_owner(rotation, secret), run.now + handing.until()
        return run.moved(State.HAND_OVER, secret_id=secret_id, secret_until=until, **new)
    person = run.person or Person(run.caller)
    run.secret_id = handing.keep_for_starter(
        rotation, run.kind.noun, secret, person.session_key, person.shown_with
    )
    return run.moved(State.NEW_USE, run.now + looking.pause(0), secret_taken_at=run.now, **new)


def remove_lost(run: Run, key_id: str) -> bool:
    """A key whose secret never arrived makes room for another, once a person says so."""
    if not run.by_hand:
        return run.hold(sentences.LOST.format(noun=run.kind.noun, key=key_id))
    return run.go(State.ROOM, room_id=key_id, room_until=run.now)


def hand_over(run: Run) -> bool:
    """Tell the owner, then wait until the secret is taken; the console's own link takes it itself."""
    rotation = run.rotation
    if rotation.kind == rotation.Kind.LINK_KEY:
        return link_key.switch(run)
    if rotation.secret_taken_at or rotation.in_place_at:
        return run.go(State.NEW_USE)
    if not handing.waits(rotation):
        return run.hold(sentences.NOT_TAKEN)
    if rotation.looks == 0:
        run.write(looks=1)
        execute(run.caller, "iamconsole:HandOverRotation", RotationId=str(rotation.id))
        return False
    return run.wait(rotation.secret_until)


def wait_for_use(run: Run) -> bool:
    """Wait until the new key is seen in use, or somebody says that it is in place."""
    rotation = run.rotation
    key = run.key(rotation.new_id)
    if run.key(rotation.old_id) is None:
        return run.end(State.ENDED, sentences.vanished(rotation))
    if key is None:
        return run.hold(sentences.new_missing(rotation), run.now + TRIED_AGAIN)
    if rotation.kind == rotation.Kind.LINK_KEY:
        return link_key.wait_for_sync(run)
    if rotation.in_place_at:
        return run.go(State.OLD_QUIET)
    if not run.kind.tells_use:
        return run.wait(None)
    use = looking.use_of(rotation, key, run.caller, run.now)
    told: dict[str, Any] = {
        "new_used_at": use.at,
        "new_used_service": use.service,
        "new_used_region": use.region,
        "new_read_at": use.read_at,
    }
    if use.at:
        return run.go(State.OLD_QUIET, **told)
    return run.wait(run.now + looking.pause(rotation.looks), looks=rotation.looks + 1, **told)


def deactivate(run: Run) -> bool:
    """Deactivate the old key once it has been quiet for long enough, or with its ID typed."""
    rotation = run.rotation
    old, new = run.key(rotation.old_id), run.key(rotation.new_id)
    if old is None:
        return run.end(State.ENDED, sentences.vanished(rotation))
    if new is None or not new.active:
        return run.hold(sentences.new_missing(rotation), run.now + TRIED_AGAIN)
    if not old.active:
        return run.go(State.INACTIVE, due(run), deactivated_at=run.now) and False
    quiet_at = look_at_old(run, old)
    if run.now < quiet_at and not run.typed(rotation.old_id):
        if run.by_hand:
            raise sentences.in_use(rotation.old_id, old, rotation)
        later = min(quiet_at, run.now + looking.PAUSES[-1])
        return run.wait(later, **told_of_old(rotation), looks=rotation.looks + 1)
    at_aws = looking.check_at_aws(rotation, run.caller)
    if run.caller.link and at_aws.get(rotation.new_id) != "Active":
        return run.hold(sentences.new_missing(rotation), run.now + TRIED_AGAIN)
    then = {**run.moved(State.INACTIVE, due(run), deactivated_at=run.now), **told_of_old(rotation)}
    run.change(run.kind.update, rotation.old_id, lambda facts: one_stays(run, then), Status="Inactive")
    return False


def due(run: Run) -> datetime:
    """When the old key is to be deleted."""
    return run.now + timedelta(days=run.rotation.kept_days)


def one_stays(run: Run, then: dict[str, Any]) -> dict[str, Any]:
    """Never both inactive: on a local account the transaction ends here where the new one is not active.
    Raises IamError.
    """
    new = run.key(run.rotation.new_id)
    if run.caller.link is None and (new is None or not new.active):
        raise IamError("ConcurrentModification", sentences.new_missing(run.rotation))
    return then


def told_of_old(rotation: Rotation) -> dict[str, Any]:
    names = ("old_used_at", "old_used_service", "old_used_region", "old_read_at")
    return {name: getattr(rotation, name) for name in names}


def look_at_old(run: Run, old: Any) -> datetime:
    """From when on it has been quiet for long enough; what was read is put on the rotation."""
    rotation, days = run.rotation, timedelta(days=run.rotation.quiet_days)
    if not run.kind.tells_use:
        return (rotation.in_place_at or rotation.state_since) + days
    use = looking.use_of(rotation, old, run.caller, run.now)
    rotation.old_used_at, rotation.old_used_service = use.at, use.service
    rotation.old_used_region, rotation.old_read_at = use.region, use.read_at
    if use.read_at is None or use.read_at < run.now - looking.PAUSES[-1]:
        return run.now + looking.pause(rotation.looks)  # what is known is too old to judge from
    return use.at + days if use.at else run.now


def delete(run: Run) -> bool:
    """Delete the old key, days after it was deactivated."""
    rotation = run.rotation
    old, new = run.key(rotation.old_id), run.key(rotation.new_id)
    if old is None:
        return run.end(State.DONE, moves.keys_now(rotation))
    if old.active:
        return run.go(State.OLD_QUIET, run.now + looking.pause(0), deactivated_at=None) and False
    if new is None or not new.active:
        return run.hold(sentences.both_inactive(rotation), run.now + TRIED_AGAIN)
    deletes_at = rotation.deletes_at or due(run)
    if run.now < deletes_at and not run.by_hand:
        return run.wait(deletes_at)
    run.change(
        run.kind.delete, rotation.old_id, lambda facts: run.ended(State.DONE, moves.keys_now(rotation))
    )
    return False


def reactivate(caller: Caller, rotation_id: str) -> Rotation:
    """The old key is active again, and the rotation waits until it is quiet. Raises IamError."""
    run = claim(rotation_id, Person(caller))
    if run is None:
        raise IamError("ConcurrentModification", sentences.CHANGED)
    rotation = run.rotation
    try:
        then = run.moved(State.OLD_QUIET, run.now + looking.PAUSES[-1], deactivated_at=None)
        run.change(run.kind.update, rotation.old_id, lambda facts: then, Status="Active")
    finally:
        Rotation.objects.filter(pk=rotation_id).update(claimed_until=None)
    return Rotation.objects.get(pk=rotation_id)


STEPS: Mapping[str, Callable[[Run], bool]] = {
    State.ROOM: make_room,
    State.CREATE: create,
    State.HAND_OVER: hand_over,
    State.NEW_USE: wait_for_use,
    State.OLD_QUIET: deactivate,
    State.INACTIVE: delete,
}
