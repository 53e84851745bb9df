"""What can be done about passwords, for the search at the top."""

from iamconsole.frame import Viewer
from iamconsole.search import Action, may
from users.own_password import caller_may_change_password


def may_change(viewer: Viewer) -> bool:
    return caller_may_change_password(viewer.own_caller)


ACTIONS = (
    Action("Change my password", "credentials:change-password", "own set new reset", may_change),
    Action(
        "Change password policy",
        "credentials:password-policy",
        "account edit set length expiration",
        may("iam:UpdateAccountPasswordPolicy"),
    ),
)
