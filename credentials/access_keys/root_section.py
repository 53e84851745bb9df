"""Root's own access keys on its page of credentials."""

from typing import Any

from credentials.models.access_keys import KEYS_PER_USER
from users.models import User

BOTH_EXIST = (
    "Root has two access keys, active or not, and cannot have a third. Deactivate and delete them. Root "
    "needs none."
)


def root_section(user: User) -> dict[str, Any]:
    """What the section of My security credentials shows."""
    keys = list(user.access_keys.order_by("slot"))
    return {"keys": keys, "limit": KEYS_PER_USER, "blocked": BOTH_EXIST if len(keys) >= KEYS_PER_USER else ""}
