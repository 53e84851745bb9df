"""Creating users, for the search at the top."""

from iamconsole.search import Action, may

ACTIONS = (
    Action(
        "Create user",
        "credentials:create-user",
        "new add users invite",
        may("iam:CreateUser", lambda caller: caller.arns.any_user),
    ),
)
