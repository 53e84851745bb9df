"""What a rotation is to be about: which key, which other one goes or is new, and whether that fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from credentials.access_keys.limits import is_key_of_link
from credentials.models import Rotation
from credentials.models.rotations import HandOver, Kind, State
from credentials.rotation.kinds import ACCESS_KEY, KINDS, SERVICE_CREDENTIAL, Key, KeyKind
from iamconsole.errors import IamError
from iamconsole.operations import Call
from users.lookups import find_user, root_of
from users.models import User

BOTH_TAKEN = (
    "This user has no room for another {noun}. Choose which one to remove first, or, if {other} has replaced "
    "this one already, choose it as the new one."
)
NOT_ITSELF = "The key that is rotated cannot be removed first, nor be the new one. Choose the other one."
NOT_THERE = "This user has no {noun} {key}. It may have just been deleted."
NEW_INACTIVE = "The key {key} is inactive, so it cannot be the new one. Activate it first."
OLD_INACTIVE = "The key {key} is inactive already. Delete it instead, and create a new one if one is needed."
IN_ANOTHER = (
    "The key {key} belongs to another open rotation of this user, which {who} has started. Finish that one "
    "first."
)
NO_ROOM_NEEDED = "There is room for a new key, so none has to be removed. Leave that out."
TO_NOBODY = "Root's keys are shown to the person who rotates them. They cannot be handed to somebody else."
NO_ADDRESS = "{user} has no email address here and cannot sign in here, so the secret cannot be handed over."
LINK_ONLY = (
    "This console signs with this key, so the new secret goes to the link and to nobody else. Leave the "
    "other out."
)


@dataclass(frozen=True)
class Subject:
    """The key of a call, with its kind and its user's other ones of that kind. ``old`` is never None after
    ``lock``.
    """

    user: User
    kind: Kind
    old: Key
    others: Sequence[Key]

    @property
    def keys(self) -> KeyKind:
        return KINDS[self.kind]

    @property
    def actions(self) -> Sequence[str]:
        return self.keys.actions

    @property
    def service_name(self) -> str:
        return str(getattr(self.old, "service_name", ""))

    def other(self, key_id: str) -> Key:
        """Another one of the user's. Raises IamError."""
        if key_id == self.keys.id_of(self.old):
            raise IamError("InvalidInput", NOT_ITSELF)
        found = next((row for row in self.others if self.keys.id_of(row) == key_id), None)
        if found is None:
            raise IamError("NoSuchEntity", NOT_THERE.format(noun=self.keys.noun, key=key_id))
        return found

    def check(self, call: Call) -> None:
        """Whether what was asked for fits what is there. Raises IamError."""
        room, new = call.param("RoomId"), call.param("NewId")
        if not self.old.active:
            raise IamError("InvalidInput", OLD_INACTIVE.format(key=self.keys.id_of(self.old)))
        if new and not self.other(new).active:
            raise IamError("InvalidInput", NEW_INACTIVE.format(key=new))
        if room:
            self.other(room)
        full = len(self.others) + 1 >= self.keys.most  # AWS raises neither quota (IAM-FACTS 9.1)
        if room and (new or not full):
            raise IamError("InvalidInput", NO_ROOM_NEEDED)
        if full and not (room or new):
            other = self.keys.id_of(self.others[0])
            raise IamError("LimitExceeded", BOTH_TAKEN.format(noun=self.keys.noun, other=other))
        self.check_hand_over(call)

    def check_hand_over(self, call: Call) -> None:
        if self.kind == Kind.LINK_KEY:
            if call.param("NewId") or call.param("HandOver") == HandOver.OWNER:
                raise IamError("InvalidInput", LINK_ONLY)
            return
        if call.param("HandOver") == HandOver.OWNER:
            if call.user.is_root:
                raise IamError("InvalidInput", TO_NOBODY)
            if not call.user.email and not call.user.has_usable_password():
                raise IamError("InvalidInput", NO_ADDRESS.format(user=call.user.label))

    def columns(self, call: Call) -> dict[str, Any]:
        """What the rotation begins with."""
        room, new = call.param("RoomId", ""), call.param("NewId", "")
        begins = State.ROOM if room else State.NEW_USE if new else State.CREATE
        return {
            "kind": self.kind,
            "service_name": self.service_name,
            "old_id": self.keys.id_of(self.old),
            "new_id": new,
            "room_id": room,
            "state": begins,
            "hand_over": call.param("HandOver", HandOver.STARTER),
        }


def subject_of(call: Call) -> Subject | None:
    """What the parameters of StartRotation name; None where that is not there."""
    key_id, name = call.params["KeyId"], call.param("UserName", "")
    try:
        user = find_user(call.account_id, name) if name else root_of(call.account_id)
    except IamError:
        return None
    for kinds, kind in ((ACCESS_KEY, Kind.ACCESS_KEY), (SERVICE_CREDENTIAL, Kind.SERVICE_CREDENTIAL)):
        old = kinds.rows(user.pk).filter(**{kinds.column: key_id}).first()
        if old is not None:
            rows = kinds.rows(user.pk, getattr(old, "service_name", ""))
            if kind == Kind.ACCESS_KEY and is_key_of_link(call.caller, old):
                kind = Kind.LINK_KEY
            return Subject(user, kind, old, list(rows.exclude(pk=old.pk)))
    return None


def involved(call: Call, key_ids: Sequence[str]) -> Rotation | None:
    """The open rotation of the account that one of the keys is in, as old, new or going one."""
    for rotation in Rotation.objects.filter(
        account_id=call.account_id, user_id=call.user.user_id, ended_at=None
    ):
        if {rotation.old_id, rotation.new_id, rotation.room_id} & set(filter(None, key_ids)):
            return rotation
    return None
