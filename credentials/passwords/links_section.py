"""The one-time link on the pages about a user's console access."""

from typing import Any

from credentials.models import LoginProfile, PasswordLink
from iamconsole.operations import Caller, why_not
from users.models import Account, User


def link_section(caller: Caller, user: User) -> dict[str, Any]:
    """What the pages about a user's console access show of its link; nothing outside local accounts."""
    if user.account.kind != Account.Kind.LOCAL:
        return {"links_possible": False}
    action = needed_action(user)
    reason = "" if caller.permits(action, user.arn) else why_not(caller, action, user.arn)
    return {
        "links_possible": True,
        "link": PasswordLink.objects.filter(user=user).select_related("user").first(),
        "no_link": f"This needs {action} on {user.arn}, {reason}." if reason else "",
    }


def needed_action(user: User) -> str:
    has_password = LoginProfile.objects.filter(user=user).exists()
    return "iam:UpdateLoginProfile" if has_password else "iam:CreateLoginProfile"
