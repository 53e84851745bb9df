"""Why a user can have no other access key."""

from credentials.models import AccessKey
from credentials.models.access_keys import KEYS_PER_USER
from credentials.reasons import needs
from iamconsole.operations import Caller
from users import quotas
from users.models import User

BOTH_SLOTS = (
    "This user already has two access keys, active or not, and cannot have a third. "
    "Deactivate and delete one that is no longer used."
)


LINK_KEY = "This console reaches AWS with this access key. Give the link of this account another key first."


def is_key_of_link(caller: Caller, key: AccessKey) -> bool:
    """Whether the account's link signs with the key: without it nothing is read or changed here anymore."""
    of_link = caller.link.access_key_id if caller.link else ""
    return bool(of_link) and key.access_key_id == of_link


def why_no_key(caller: Caller, user: User, count: int) -> str:
    """Why no access key can be created, "" when one can."""
    if quotas.counts_here(user.account) and count >= KEYS_PER_USER:
        return BOTH_SLOTS
    return "" if caller.permits("iam:CreateAccessKey", user.arn) else needs(caller, "CreateAccessKey", user)
