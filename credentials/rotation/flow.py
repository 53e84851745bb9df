"""What pages call to rotate: the operation that says what is meant, then the step that follows from it at
once.

Steps that need no person are taken by the clock as well (``tasks``). ``Outcome.secret_id`` is that of the
secret to show once (``credentials:secret``), "" where there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from credentials.models import Campaign, Rotation
from credentials.models.rotations import KEPT_DAYS, QUIET_DAYS, HandOver
from credentials.rotation import steps
from credentials.rotation.run import Person
from iamconsole.errors import IamError
from iamconsole.operations import Caller, execute

AT_ONCE = 20  # keys that are created while somebody waits for the page


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the rotation is now, and the new secret for whoever is at the browser. ``conditions``: what
    policies ask of the starter's sign-in, in sentences.
    """

    rotation: Rotation
    secret_id: str = ""
    conditions: tuple[str, ...] = ()


def start(caller: Caller, session_key: str, **params: Any) -> Outcome:
    """StartRotation with its parameters, then the first step. Raises IamError where it does not begin; what
    stops the first step is the ``held`` of the rotation.
    """
    facts = execute(caller, "iamconsole:StartRotation", **params)
    return replace(_step(caller, facts["RotationId"], session_key), conditions=tuple(facts["Conditions"]))


@dataclass(frozen=True, slots=True)
class Started:
    """A campaign: its rotations, (key ID, sentence) for each refused key, and the secrets to show once."""

    campaign: Campaign
    rotations: list[str]
    refused: list[tuple[str, str]]
    secret_id: str = ""


def start_campaign(
    caller: Caller,
    session_key: str,
    name: str,
    keys: Sequence[tuple[str, str]],
    *,
    hand_over: str = HandOver.STARTER,
    quiet_days: int = QUIET_DAYS,
    kept_days: int = KEPT_DAYS,
) -> Started:
    """StartCampaign, then StartRotation for each (user name, key ID). Where owners get the secrets, the clock
    creates the keys; else they are created now, up to ``AT_ONCE``, and shown together. Raises IamError.
    """
    days = {"QuietDays": quiet_days, "KeptDays": kept_days}
    facts = execute(caller, "iamconsole:StartCampaign", CampaignName=name, **days)
    campaign = Campaign.objects.get(pk=facts["CampaignId"])
    started, refused = [], []
    for user_name, key_id in keys:
        params = {"UserName": user_name} if user_name else {}
        params |= {"KeyId": key_id, "HandOver": hand_over, "CampaignId": str(campaign.id)}
        try:
            started.append(execute(caller, "iamconsole:StartRotation", **params)["RotationId"])
        except IamError as error:
            refused.append((key_id, error.for_people))
    secret_id = ""
    for rotation_id in started[:AT_ONCE] if hand_over == HandOver.STARTER else ():
        person = Person(caller, session_key, shown_with=secret_id)
        secret_id = steps.take(rotation_id, person) or secret_id
    return Started(campaign, started, refused, secret_id)


def go_on(caller: Caller, session_key: str, rotation_id: str, state: str, in_use: str = "") -> Outcome:
    """ContinueRotation, then the next step now. ``state`` is where the person saw it; ``in_use`` the key ID
    that was typed to deactivate a key in use. Raises IamError.
    """
    typed = {"InUse": in_use} if in_use else {}
    execute(caller, "iamconsole:ContinueRotation", RotationId=rotation_id, State=state, **typed)
    return _step(caller, rotation_id, session_key, in_use=in_use, by_hand=True)


def replace_key(caller: Caller, session_key: str, rotation_id: str) -> Outcome:
    """ReplaceRotationKey, then the first of its steps. Raises IamError."""
    execute(caller, "iamconsole:ReplaceRotationKey", RotationId=rotation_id)
    return _step(caller, rotation_id, session_key)


def undo(caller: Caller, rotation_id: str) -> Outcome:
    """UndoRotation, then the old key becomes active again and the rotation waits until it is quiet. Raises
    IamError.
    """
    execute(caller, "iamconsole:UndoRotation", RotationId=rotation_id)
    return Outcome(steps.reactivate(caller, rotation_id))


def _step(
    caller: Caller, rotation_id: str, session_key: str, in_use: str = "", *, by_hand: bool = False
) -> Outcome:
    """The person at the browser is who acts: guards ask, and its sign-in is of now."""
    person = Person(caller, session_key, in_use, by_hand)
    secret_id = steps.take(rotation_id, person)
    return Outcome(Rotation.objects.get(pk=rotation_id), secret_id)
