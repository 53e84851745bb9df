"""The pages of one user, and what each is read with, in AWS too: views ask for it, tabs are locked by it."""

from iamconsole.operations import Caller, locked_by, require
from users.models import User

# Tab -> the actions on the user; those of the account are asked about the account.
NEEDS = {
    "permissions": ("iam:GetUser", "iam:ListAttachedUserPolicies", "iam:ListUserPolicies"),
    "groups": ("iam:ListGroupsForUser",),
    "tags": ("iam:ListUserTags",),
    "credentials": ("iam:GetUser", "iam:GetLoginProfile", "iam:ListMFADevices", "iam:ListAccessKeys"),
    "last_accessed": ("iam:GetUser", "iam:ListAccessKeys"),
    "services": ("iam:GetServiceLastAccessedDetails",),
    "activity": ("iamconsole:ListEvents",),
}


def asked_about(action: str, user: User) -> str:
    """The user, or what it is judged on in the whole account."""
    of_account = {"iamconsole:ListEvents": user.account.arn, "iam:GetServiceLastAccessedDetails": "*"}
    return of_account.get(action, user.arn)


def can_open(caller: Caller, tab: str, user: User) -> bool:
    """Whether the caller can read the tab, so that a link to it is live."""
    return all(caller.permits(action, asked_about(action, user)) for action in NEEDS[tab])


def require_tab(caller: Caller, tab: str, user: User) -> None:
    """Raises AccessDenied, with its Event, for who cannot read the tab."""
    for action in NEEDS[tab]:
        require(caller, action, asked_about(action, user))


def locked_tabs(caller: Caller, user: User) -> dict[str, str]:
    """Why tabs of a user are locked; those that can be read are not among them."""
    locked = {}
    for tab, actions in NEEDS.items():
        reasons = (locked_by(caller, action, asked_about(action, user)) for action in actions)
        if reason := next(filter(None, reasons), ""):
            locked[tab] = reason
    return locked
