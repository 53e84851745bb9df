"""Why a user can have no other access key."""

from credentials.models.access_keys import KEYS_PER_USER
from credentials.reasons import needs
from iamconsole.operations import Caller
from users import quotas
from users.models import User

BOTH_SLOTS = (
    "This user already has two access keys, active or not, and cannot have a third. "
    "Deactivate and delete one that is no longer used."
)


def why_no_key(caller: Caller, user: User, count: int) -> str:
    """Why no access key can be created, "" when one can."""
    if quotas.counts_here(user.account) and count >= KEYS_PER_USER:
        return BOTH_SLOTS
    return "" if caller.permits("iam:CreateAccessKey", user.arn) else needs(caller, "CreateAccessKey", user)
