"""Counting guesses before they are checked (SECURITY 1.1, 3-9 and 18).

A guess is counted first and evaluated afterwards, so parallel ones cannot overrun the limit; names
are folded, so another spelling is no fresh budget; the rows are in the database, so all processes
share them. A held name is answered exactly like a wrong password.
"""

import unicodedata
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from credentials.models import Throttle

# scope -> (attempts, within)
PASSWORD = ("password", 10, timedelta(minutes=15))
PASSWORD_DAILY = ("password-day", 50, timedelta(days=1))
ADDRESS = ("address", 100, timedelta(minutes=15))
MFA_CODE = ("mfa", 5, timedelta(minutes=5))
MFA_CODE_HOURLY = ("mfa-hour", 20, timedelta(hours=1))
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
    """Count an attempt on several counters; False when any is used up. All are counted."""
    results = [count(limit, key) for limit, key in limits]
    return all(results)


def forget(limit: Limit, key: str) -> None:
    """Start the counter anew after a success."""
    Throttle.objects.filter(scope=limit[0], key=key[:200]).delete()


def sweep() -> None:
    """Drop rows whose window has long passed."""
    Throttle.objects.filter(window_start__lt=timezone.now() - timedelta(days=2)).delete()


def fold(text: str) -> str:
    """One form for all spellings: NFKC, no invisible characters or surrounding space, no case."""
    normal = unicodedata.normalize("NFKC", text)
    visible = "".join(c for c in normal if unicodedata.category(c) not in ("Cf", "Cc", "Zs", "Mn"))
    return visible.casefold()[:200]
