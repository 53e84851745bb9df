"""What became of a key that AWS was asked for without our hearing its answer."""

from dataclasses import dataclass

from credentials.models import Rotation
from credentials.rotation.kinds import KeyKind
from iamconsole.models import Intent


@dataclass(frozen=True, slots=True)
class Unheard:
    """``open``: nobody knows yet. ``key_id``: AWS has made this one, "" for none."""

    open: bool = False
    key_id: str = ""


def of(rotation: Rotation, kind: KeyKind) -> Unheard:
    """By the Intents of this state, which the next sync settles (ARCHITECTURE 6)."""
    intents = Intent.objects.filter(
        account_id=rotation.account_id,
        operation=kind.create,
        opened_at__gte=rotation.state_since,
        params__UserName=rotation.user_name,
    )
    if intents.filter(state=Intent.State.OPEN).exists():
        return Unheard(open=True)
    settled = intents.filter(state=Intent.State.SETTLED, evidence__Made__isnull=False)
    made = settled.values_list("evidence__Made", flat=True).first()
    if made and kind.find(rotation.account_id, rotation.user_id, made):
        return Unheard(key_id=made)
    return Unheard()
