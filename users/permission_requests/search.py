"""Asking for a permission by what it is for, for the search at the top."""

from iamconsole.frame import Viewer
from iamconsole.search import Action
from users.permission_requests.reading import may_ask


def can_ask(viewer: Viewer) -> bool:
    """Users ask in their own account, also while they act in another."""
    return may_ask(viewer.own_caller)


ACTIONS = (
    Action("Ask for a permission", "users:request-permission", "request access denied allowed need", can_ask),
)
