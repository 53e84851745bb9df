"""Where a user signs in from: a new place is told by mail, guesses from a known one count apart.

An address becomes known by a sign-in that was completed from it, with the second factor where the user has
one, and by nothing else; it is the address that the core believes, never a header of the client's own.
"""

from datetime import timedelta

from django.utils import timezone

from credentials.models import KnownAddress
from users.models import User

KEPT = 50  # per user; phones change their address often
KNOWN_FOR = timedelta(days=90)  # without a sign-in from there


def remember(user: User, address: str) -> bool:
    """Note a sign-in from ``address``. True when the user has signed in before, and never from there."""
    now = timezone.now()
    mine = KnownAddress.objects.filter(user=user)
    if mine.filter(address=address).update(last_seen=now):
        return False
    others = list(mine.values_list("pk", flat=True)[:KEPT])
    KnownAddress.objects.get_or_create(user=user, address=address, defaults={"last_seen": now})
    if len(others) == KEPT:
        mine.exclude(pk__in=others[: KEPT - 1]).exclude(address=address).delete()
    return bool(others)


def is_known(user: User | None, address: str) -> bool:
    """Whether the user has signed in from there lately; asked for unknown names too."""
    nobody = 0  # no user has this key: an unknown name asks the same question
    fresh = KnownAddress.objects.filter(last_seen__gt=timezone.now() - KNOWN_FOR)
    return fresh.filter(user_id=user.pk if user else nobody, address=address).exists()
