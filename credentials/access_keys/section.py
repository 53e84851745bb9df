"""The access keys on the page that shows all credentials of a user."""

from typing import Any

from credentials.access_keys import key_words
from credentials.access_keys.limits import why_no_key
from credentials.models import AccessKey
from credentials.models.access_keys import KEYS_PER_USER
from iamconsole.operations import Caller
from users import quotas
from users.credential_status import KEY_LIMIT_DAYS
from users.models import User


def section(caller: Caller, user: User) -> dict[str, Any]:
    keys = list(AccessKey.objects.filter(user=user))
    return {
        "cards": key_words.cards(keys, use_known=user.not_known["last_use"] is None),
        "key_limit": quotas.allowed(user.account, KEYS_PER_USER, "AccessKeysPerUserQuota"),
        "age_limit": KEY_LIMIT_DAYS,
        "no_new_key": why_no_key(caller, user, len(keys)),
    }
