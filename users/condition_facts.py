"""The condition keys that tell who acts, known without a request."""

from iamconsole.operations.caller import PRINCIPAL_TYPES
from users.models import User


def facts_of(user: User) -> dict[str, str]:
    """The condition keys that tell who acts (IAM-FACTS 8.6)."""
    facts = {
        "aws:username": user.user_name,
        "aws:userid": user.user_id,
        "aws:PrincipalArn": user.arn,
        "aws:PrincipalAccount": user.account.account_id,
        "aws:PrincipalType": PRINCIPAL_TYPES["user"],
    }
    return {**facts, **{f"aws:PrincipalTag/{key}": value for key, value in user.tags.items()}}
