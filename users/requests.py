"""The request that a page for signed-in people gets: typed, with its caller."""

from typing import Any

from django.http import HttpRequest

from iamconsole.operations import Caller
from users.models import User


class ConsoleRequest(HttpRequest):
    """What ``signed_in`` lets through: a user of ours, ``request.caller`` of users.middleware, htmx."""

    user: User  # type: ignore[assignment]
    caller: Caller
    htmx: Any
