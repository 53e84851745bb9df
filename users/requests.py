"""The request that a page for signed-in people gets: typed, with its caller."""

from iamconsole.web import CallerRequest
from users.models import User


class ConsoleRequest(CallerRequest):
    """What ``signed_in`` lets through: a user of ours, ``request.caller`` of ``callers.middleware``, htmx."""

    user: User  # type: ignore[assignment]
