"""What can be done about the account, for the search at the top."""

from iamconsole.search import Action, may

ACTIONS = (
    Action(
        "Change account alias",
        "credentials:account-alias",
        "set create delete sign-in name",
        may("iam:CreateAccountAlias"),
    ),
)
