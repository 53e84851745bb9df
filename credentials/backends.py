"""The authentication backend: it only loads who is in the session. Sign-in itself is ``sign_in.steps``.

Sessions name this module, so it stays where it is.
"""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from users.models import User


class SignInBackend(BaseBackend):
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """No password is accepted here: guesses are counted and MFA is asked for in ``signin``."""
        return None

    def get_user(self, user_id: Any) -> User | None:
        """The user of a session; None ends it (deleted, or console access taken away)."""
        users = User.objects.select_related(
            "account", "account__link", "permissions_boundary", "login_profile"
        )
        user = users.filter(pk=user_id).first()
        return user if user and user.is_active else None
