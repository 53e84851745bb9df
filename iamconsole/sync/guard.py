"""What a listing may not do: empty an account that was full a moment ago."""

from datetime import timedelta

from django.utils import timezone

from iamconsole.errors import IamError
from users.models import Account, User

FEW = 10
MOST_REMOVED = 0.3
# IAM is eventually consistent: a listing may be older than what was just made here (DESIGN 6).
FRESH = timedelta(minutes=5)
SUDDENLY_FEWER = (
    "AWS lists {now} users where {before} were known. Nothing was changed. If that is right, sync again "
    "with “Remove them anyway”."
)


def check_not_emptied(account: Account, listed: int, *, anyway: bool) -> None:
    """Raises IamError when a listing is suddenly much shorter than the mirror."""
    known = User.objects.filter(account=account, kind=User.Kind.USER).count()
    if anyway or known < FEW or listed >= known * (1 - MOST_REMOVED):
        return
    raise IamError("ServiceUnavailable", SUDDENLY_FEWER.format(now=listed, before=known))


def too_fresh_to_remove(made: object) -> bool:
    """Whether something was made so recently that a listing may not know it yet."""
    return made is not None and made > timezone.now() - FRESH  # type: ignore[operator]
