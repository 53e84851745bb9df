"""Counting guesses before they are checked (SECURITY 1.1, 3-9 and 18).

A guess is counted first and evaluated afterwards, so parallel ones cannot overrun the limit; names
are folded, so another spelling is no fresh budget; the rows are in the database, so all processes
share them. A held name is answered exactly like a wrong password. What turned out right is given
back, so that only failures use up a limit; a new password from an administrator releases a held user,
and so does ``iamconsole:ReleaseUser``.

Codes are counted by user, not by device: a typed code is compared with every device of the user, so no
device sees more codes than the user's counter lets through.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from credentials.models import Throttle
from users.models import User

# scope -> (attempts, within)
PASSWORD = ("password", 10, timedelta(minutes=15))
PASSWORD_DAILY = ("password-day", 50, timedelta(days=1))
ADDRESS = ("address", 100, timedelta(minutes=15))
# Failures of all names from all addresses together. A ceiling that refused everybody would be a switch
# with which a stranger turns sign-in off; above this one only addresses that a user has signed in from
# before are evaluated (``credentials.signin``). Guesses that are held already do not count towards it.
EVERYWHERE = ("everywhere", 1000, timedelta(minutes=5))
MFA_CODE = ("mfa", 5, timedelta(minutes=5))
MFA_CODE_HOURLY = ("mfa-hour", 20, timedelta(hours=1))
MFA_CODE_DAILY = ("mfa-day", 50, timedelta(days=1))
# Challenges that an address is given before anybody is known.
PASSKEY_CHALLENGE = ("passkey", 120, timedelta(minutes=15))
OLD_PASSWORD = ("old-password", 10, timedelta(minutes=15))
WRONG_SIGNATURE = ("signature", 1, timedelta(minutes=15))  # how often one is written down
EMAIL_CONFIRMATION = ("email-link", 5, timedelta(hours=1))
PASSWORD_LINK = ("password-link", 30, timedelta(minutes=15))
Limit = tuple[str, int, timedelta]
# scope -> what there was too much of, for people.
WORDS = {
    "password": "wrong passwords",
    "password-day": "wrong passwords",
    "mfa": "wrong codes",
    "mfa-hour": "wrong codes",
    "mfa-day": "wrong codes",
    "old-password": "wrong old passwords",
}


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


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the next attempt of a user is not evaluated, and until when."""

    reasons: tuple[str, ...]
    until: datetime


def hold_of(user: User) -> Hold | None:
    """What holds the user at this moment, or None."""
    now = timezone.now()
    counters = counters_of(user)
    rows = {
        (row.scope, row.key): row for row in Throttle.objects.filter(key__in={key for _, key in counters})
    }
    reasons, ends = [], []
    for (scope, most, window), key in counters:
        row = rows.get((scope, key))
        if row and row.count >= most and row.window_start + window > now:
            reasons.append(WORDS[scope])
            ends.append(row.window_start + window)
    return Hold(tuple(dict.fromkeys(reasons)), max(ends)) if ends else None


def counters_of(user: User) -> list[tuple[Limit, str]]:
    """Every counter that can hold this user, and nobody else."""
    by_name = [(limit, name_key(user)[:200]) for limit in (PASSWORD, PASSWORD_DAILY)]
    by_id = [(limit, user.user_id) for limit in (MFA_CODE, MFA_CODE_HOURLY, MFA_CODE_DAILY, OLD_PASSWORD)]
    return by_name + by_id


def release(user: User) -> None:
    """Let a held user try again: whoever does it has looked into it (SECURITY 1.1, 8)."""
    for limit, key in counters_of(user):
        forget(limit, key)


def release_password(user: User) -> None:
    """Let a user try a new password at once; guesses at its codes stay counted."""
    for limit in (PASSWORD, PASSWORD_DAILY):
        forget(limit, name_key(user))


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


def address_key(address: str | None) -> str:
    """One counter for one line: an IPv4 address, or the /64 that a provider gives to an IPv6 customer."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"


def fold(text: str) -> str:
    """One form for all spellings: NFKC, no invisible characters or space, no case."""
    normal = unicodedata.normalize("NFKC", text)
    kinds = ((c, unicodedata.category(c)) for c in normal)
    visible = "".join(c for c, kind in kinds if kind[0] not in "CZ" and kind not in ("Mn", "Me"))
    return visible.casefold()[:200]
