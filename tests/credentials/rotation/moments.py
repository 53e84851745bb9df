"""Time that passes for a rotation, and the clock that takes it on."""

from datetime import timedelta

from django.db.models import F

from credentials.models import AccessKey, Rotation
from credentials.rotation.tasks import sweep
from users.models import AccountLink

MOMENTS = (
    "state_since",
    "due_at",
    "started_at",
    "deactivated_at",
    "room_until",
    "secret_until",
    "in_place_at",
    "held_since",
    "claimed_until",
    "new_used_at",
    "old_used_at",
)


def pass_time(**amount: float) -> None:
    """So much later: all moments of rotations, and uses of keys, are so much longer ago."""
    by = timedelta(**amount)
    Rotation.objects.update(**{name: F(name) - by for name in MOMENTS})
    AccessKey.objects.update(create_date=F("create_date") - by, last_used_date=F("last_used_date") - by)
    AccountLink.objects.update(synced_at=F("synced_at") - by)


def days_later(days: float) -> Rotation:
    """Let days pass, then let the clock look once. The last rotation as it is then."""
    pass_time(days=days)
    sweep()
    return Rotation.objects.order_by("-started_at").first()
