"""What is to be done next with an access key: the words and the tone of its card."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from credentials.models import AccessKey
from credentials.models.access_keys import KEYS_PER_USER
from users.credential_status import KEY_ERROR_DAYS, KEY_LIMIT_DAYS, key_age

REVIEW = "Ask the owner whether the key is still needed, then set a new review date or delete it"
LOST = "Delete it: its secret never arrived, so nobody can use it"


@dataclass(frozen=True, slots=True)
class KeyCard:
    """A key with its age in days, the tone of its card ("", warning, error) and its next step."""

    key: AccessKey
    age: int
    tone: str
    next_step: str
    rests_until: datetime | None = None


def cards(keys: list[AccessKey], *, use_known: bool = True) -> list[KeyCard]:
    """The cards of all keys of one user; ``use_known``: whether a key without a use was never used."""
    ordered = sorted(keys, key=lambda key: key.create_date)
    return [card(key, len(keys), use_known=use_known) for key in ordered]


def card(key: AccessKey, count: int, *, use_known: bool = True) -> KeyCard:
    """``count`` is how many keys the user has: it decides whether a second can be made first."""
    age = (timezone.now() - key.create_date).days
    if key.secret_lost:
        return KeyCard(key, age, "error", LOST)
    if key.review_due:
        return KeyCard(key, age, "error" if age > KEY_ERROR_DAYS and key.active else "warning", REVIEW)
    if not key.active:
        return KeyCard(key, age, "", "Delete it when nothing needs it anymore")
    if age <= KEY_LIMIT_DAYS:
        return KeyCard(key, age, "", "None until", key.create_date + timedelta(days=KEY_LIMIT_DAYS))
    return KeyCard(key, age, key_age(key.create_date).type, _replace(key, count, use_known))


def _replace(key: AccessKey, count: int, use_known: bool) -> str:
    if key.last_used_date is None and use_known:
        return "Deactivate it. It was never used"
    if count < KEYS_PER_USER:
        return "Create a second key, move what uses this one, then deactivate it"
    return "Move what uses it to the other key, then deactivate it"
