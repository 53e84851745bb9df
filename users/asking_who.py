"""Who may ask who can do something: whoever can read all of it at AWS anyway."""

from iamconsole.operations import Caller, require

# The action that tells it all at once suffices; else one may list the users, and simulate each of them.
SUFFICES = "iam:GetAccountAuthorizationDetails"
SIMULATE, LIST = "iam:SimulatePrincipalPolicy", "iam:ListUsers"


def may_read(caller: Caller) -> bool:
    """Whether the pages are open to a caller."""
    if caller.permits(SUFFICES):
        return True
    return caller.permits(LIST) and all(caller.permits(SIMULATE, arn) for arn in _everybody(caller))


def require_reading(caller: Caller) -> None:
    """Raises AccessDenied, with its Event."""
    if caller.permits(SUFFICES):
        return
    require(caller, LIST)
    for arn in _everybody(caller):
        require(caller, SIMULATE, arn)


def _everybody(caller: Caller) -> tuple[str, str]:
    return caller.arns.any_user, caller.arns.listed("group", "/*")
