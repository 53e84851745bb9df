"""Counting guesses before they are checked (SECURITY 1.1, 3-9 and 18).

A guess is counted first and evaluated afterwards, so parallel ones cannot overrun the limit; names
are folded, so another spelling is no fresh budget; the rows are in the database, so all processes
share them. A held name is answered exactly like a wrong password. What turned out right is given
back, so that only failures use up a limit; a new password from an administrator releases a held user.
"""

import unicodedata
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from credentials.models import Throttle
from users.models import User

# scope -> (attempts, within)
PASSWORD = ("password", 10, timedelta(minutes=15))
PASSWORD_DAILY = ("password-day", 50, timedelta(days=1))
ADDRESS = ("address", 100, timedelta(minutes=15))
MFA_CODE = ("mfa", 5, timedelta(minutes=5))
MFA_CODE_HOURLY = ("mfa-hour", 20, timedelta(hours=1))
MFA_CODE_DAILY = ("mfa-day", 50, timedelta(days=1))
# Challenges that an address is given before anybody is known.
PASSKEY_CHALLENGE = ("passkey", 120, timedelta(minutes=15))
OLD_PASSWORD = ("old-password", 10, timedelta(minutes=15))
Limit = tuple[str, int, timedelta]


def count(limit: Limit, key: str) -> bool:
    """Count one attempt; False when it is one too many. Unknown keys are counted like known ones."""
    scope, most, window = limit
    now = timezone.now()
    with transaction.atomic():
        rows = Throttle.objects.select_for_update()
        row, _ = rows.get_or_create(scope=scope, key=key[:200], defaults={"window_start": now})
        if row.window_start + window <= now:
            row.count, row.window_start = 0, now
        row.count += 1
        row.save()
    return row.count <= most


def count_all(limits: list[tuple[Limit, str]]) -> bool:
    """Count an attempt on several counters; False when any is used up. All are counted, in one commit."""
    with transaction.atomic():
        results = [count(limit, key) for limit, key in limits]
    return all(results)


def forget(limit: Limit, key: str) -> None:
    """Start the counter anew after a success.

    The row stays until it is swept: whoever has just met it in ``count`` must find it again.
    """
    Throttle.objects.filter(scope=limit[0], key=key[:200]).update(count=0)


def give_back(limit: Limit, key: str) -> None:
    """Take one attempt off the counter again: it was right, and only failures are to be limited."""
    Throttle.objects.filter(scope=limit[0], key=key[:200], count__gt=0).update(count=F("count") - 1)


def was_right(limit: Limit, lasting: list[tuple[Limit, str]], key: str) -> None:
    """A success: the short counter begins anew, the lasting ones get their attempt back. One commit."""
    with transaction.atomic():
        forget(limit, key)
        for slow, slow_key in lasting:
            give_back(slow, slow_key)


def release(user: User) -> None:
    """Let a held user try again: whoever gives a new password has looked into it (SECURITY 1.1, 8)."""
    for limit in (PASSWORD, PASSWORD_DAILY):
        forget(limit, name_key(user))
    for limit in (MFA_CODE, MFA_CODE_HOURLY, MFA_CODE_DAILY, OLD_PASSWORD):
        forget(limit, user.user_id)


def sweep() -> None:
    """Drop rows whose window has long passed."""
    Throttle.objects.filter(window_start__lt=timezone.now() - timedelta(days=2)).delete()


def name_key(user: User) -> str:
    """The counter of guesses at a user's password, however the name was spelled."""
    return root_key(user.email) if user.is_root else user_key(user.account.account_id, user.user_name)


def root_key(email: str) -> str:
    return "root:" + fold(email)


def user_key(account: str, user_name: str) -> str:
    return f"{fold(account)}/{fold(user_name)}"


def fold(text: str) -> str:
    """One form for all spellings: NFKC, no invisible characters or space, no case."""
    normal = unicodedata.normalize("NFKC", text)
    kinds = ((c, unicodedata.category(c)) for c in normal)
    visible = "".join(c for c, kind in kinds if kind[0] not in "CZ" and kind not in ("Mn", "Me"))
    return visible.casefold()[:200]
