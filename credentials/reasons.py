"""Why a button is blocked."""

from iamconsole.operations import Caller, why_not
from users.models import User


def needs(caller: Caller, operation: str, user: User) -> str:
    """The reason on a blocked button."""
    reason = why_not(caller, f"iam:{operation}", user.arn)
    return f"This needs iam:{operation} on {user.arn}, {reason}."
