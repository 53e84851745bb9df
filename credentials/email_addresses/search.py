"""One's own e-mail address, for the search at the top."""

from iamconsole.frame import Viewer
from iamconsole.search import Action


def has_address(viewer: Viewer) -> bool:
    """The root user signs in with its own, and does not change it here."""
    return not viewer.user.is_root


ACTIONS = (
    Action(
        "Change my e-mail address", "credentials:own-email-address", "own email notices mail", has_address
    ),
)
