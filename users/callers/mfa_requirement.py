"""Require MFA: a built-in deny document for whoever signed in without (IAM-FACTS 10.2, ARCHITECTURE 3).

Like AWS's own example it leaves what enrolling a device takes, and the user's own password, within reach.
"""

import json
from functools import cache
from typing import Any

from iamconsole.policy import NamedPolicy, parse
from users.models import Group, User

NAME = "ConsoleRequireMFA"
UNPROTECTED = "RequireMFAWithoutOwn"  # the guard that asks people who would shut their own way
# What stays allowed without MFA. Deleting reaches unassigned devices only: an enrolment begun anew.
LEFT = [
    "iam:ChangePassword",
    "iam:CreateVirtualMFADevice",
    "iam:DeleteVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetAccountPasswordPolicy",
    "iam:GetLoginProfile",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
]
DOCUMENT: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "DenyAllExceptListedIfNoMFA",
            "Effect": "Deny",
            "NotAction": LEFT,
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        }
    ],
}
TEXT = json.dumps(DOCUMENT, indent=2)


def requirements(user: User) -> tuple[NamedPolicy, ...]:
    """The document for a user whom the switch of the account, or of a group, covers. Never for root."""
    if user.is_root:
        return ()
    if user.account.require_mfa:
        return (policy(""),)
    groups = Group.objects.filter(require_mfa=True, memberships__user=user)
    return tuple(policy(name) for name in groups.values_list("group_name", flat=True))


def covers(user: User) -> bool:
    """Whether the switch of the account or of a group asks MFA of the user. The account's asks it of root
    too, whom no policy could bind.
    """
    return user.account.require_mfa if user.is_root else bool(requirements(user))


@cache
def policy(group_name: str) -> NamedPolicy:
    """The document in the form of the others; ``group_name`` is "" where the account requires it."""
    return NamedPolicy(NAME, "", "Console", group_name, parse(TEXT))


def is_held(identity: tuple[NamedPolicy, ...], *, mfa: bool) -> bool:
    """Whether somebody with these policies is held up for want of MFA."""
    return not mfa and any(source.kind == "Console" and source.name == NAME for source in identity)
