"""The authentication backend: it only loads who is in the session. Sign-in itself is ``sign_in.steps``.

Sessions name this module, so it stays where it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from users.models import User

# What pages ask of who is signed in, so that it is read together.
READ_WITH_USER = (
    "account",
    "account__link",
    "account__password_policy",
    "permissions_boundary",
    "login_profile",
    "list_preferences",
)
_read: ContextVar[User | None] = ContextVar("read_with_session", default=None)


@contextmanager
def read_already(user: User | None) -> Iterator[None]:
    """The backend takes this user meanwhile, where a session is about it, instead of asking again."""
    token = _read.set(user)
    try:
        yield
    finally:
        _read.reset(token)


class SignInBackend(BaseBackend):
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """No password is accepted here: guesses are counted and MFA is asked for in ``signin``."""
        return None

    def get_user(self, user_id: Any) -> User | None:
        """The user of a session; None ends it (deleted, or console access taken away)."""
        user = _read.get()
        if user is None or user.pk != user_id:
            user = User.objects.select_related(*READ_WITH_USER).filter(pk=user_id).first()
        return user if user and user.is_active else None
