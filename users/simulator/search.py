"""The policy simulator by what it is for, for the search at the top."""

from iamconsole.frame import Viewer
from iamconsole.search import Action


def may_simulate(viewer: Viewer) -> bool:
    """Begins with oneself, or with nobody in particular."""
    caller = viewer.caller
    principal = caller.arn if caller.kind == "user" else "*"
    return caller.permits("iam:SimulatePrincipalPolicy", principal) and not caller.read_only


ACTIONS = (
    Action(
        "Simulate policies", "users:simulator", "test why access denied allowed permissions", may_simulate
    ),
)
