"""The recovery codes on the pages that show all credentials of a user."""

from typing import Any

from credentials import recovery_codes
from iamconsole.operations import Caller
from users.models import User

DELETE = "iamconsole:DeleteRecoveryCodes"
MAKE = "iamconsole:CreateRecoveryCodes"


def recovery_section(user: User, caller: Caller) -> dict[str, Any]:
    """What the section of the two credentials pages needs, under the name ``recovery``."""
    own = caller.user_id == user.user_id and caller.kind in ("user", "root")
    return {
        "user": user,
        "own": own,
        "codes": recovery_codes.left(user),
        "may_make": own and bool(user.mfa_count) and caller.permits(MAKE, user.arn),
        "may_delete": caller.permits(DELETE, user.arn) and not caller.read_only,
    }
