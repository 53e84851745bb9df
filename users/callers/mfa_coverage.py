"""Whom an MFA requirement holds up, for the pages with its switch."""

from typing import Any

from users.callers import mfa_requirement
from users.models import Account, Group, User
from users.requests import ConsoleRequest


def requirement_context(
    request: ConsoleRequest, account: Account, group: Group | None = None
) -> dict[str, Any]:
    """What the switch of the account or of a group shows; nothing where AWS has the say."""
    if account.kind != Account.Kind.LOCAL:
        return {}
    people = User.objects.people(account).with_password()
    if group is not None:
        people = people.filter(memberships__group=group)
    resource = group.arn if group else "*"
    counts = {"people": people.count(), "without": people.without_mfa().count()}
    return {
        **(counts if request.caller.permits("iam:ListUsers") else {}),  # no more than the list would tell
        "required": (group or account).require_mfa,
        "by_account": group is not None and account.require_mfa,
        "group": group.group_name if group else "",
        "text": mfa_requirement.TEXT,
        "name": mfa_requirement.NAME,
        "resource": resource,
        "permitted": request.caller.permits("iamconsole:UpdateMFARequirement", resource),
    }
