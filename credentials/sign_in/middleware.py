"""What a signed-in session may reach: nothing after its end, only a new password when one is due."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user, logout
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject

from credentials import backends
from credentials.models import ConsoleSession
from credentials.passwords import rules as passwords
from credentials.sessions import rows as sessions
from credentials.sign_in import steps as signin
from iamconsole.addresses import redirect

# What a person who must change the password can still reach.
OPEN_VIEWS = {
    "credentials:new-password",
    "credentials:open-password-link",
    "credentials:password-link",
    "credentials:password-strength",
    "credentials:sign-out",
    "healthz",
    "readyz",
    "startedz",
}
# What pages ask for by themselves every second: nobody's activity.
POLLED_VIEWS = {"job"}
SEEN_GRAIN_SECONDS = 60
ENDED = "This session has ended. It was signed out elsewhere, or a password or MFA device was changed."


class UserMiddleware(AuthenticationMiddleware):
    """Django's, that reads who is signed in together with the row of the session."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))  # type: ignore[assignment]


def user_of(request: HttpRequest) -> Any:
    """Who is signed in, as Django finds it; the session's row is kept for SignInMiddleware."""
    row = sessions.read(request)
    request.session_row = row  # type: ignore[attr-defined]
    with backends.read_already(row.user if row else None):
        return get_user(request)


class SignInMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            # Whose session it was: asked only where a form was sent.
            request.signed_out = partial(sessions.owner_of_cookie, request)  # type: ignore[attr-defined]
            return self.get_response(request)
        person_id = request.user.user_id  # type: ignore[union-attr]
        request.signed_out = lambda: person_id  # type: ignore[attr-defined]
        row = sessions.current(request)
        if row is None:
            logout(request)
            messages.info(request, ENDED)
            return self.get_response(request)
        if signin.idle_too_long(request):
            sessions.end_current(request, sessions.Ended.LIMIT)
            logout(request)
            messages.info(request, "You were signed out because you were inactive.")
            return self.get_response(request)
        return self._within(request, row)

    def _within(self, request: HttpRequest, row: ConsoleSession) -> HttpResponse:
        """Answer within the session; its row follows when the answer has changed its key."""
        request.console_session = row  # type: ignore[attr-defined]
        if not (request.htmx and view_name(request) in POLLED_VIEWS):  # type: ignore[attr-defined]
            self._touch(request, row)
        due = passwords.must_change_password(request.user)  # type: ignore[arg-type]
        if due and view_name(request) not in OPEN_VIEWS:
            return redirect("credentials:new-password")
        response = self.get_response(request)
        sessions.follow(request, row)
        return response

    @staticmethod
    def _touch(request: HttpRequest, row: ConsoleSession) -> None:
        """Note the activity, at most once a minute: a read should not write."""
        now = int(time.time())
        if now - request.session.get(signin.SEEN_AT, 0) > SEEN_GRAIN_SECONDS:
            request.session[signin.SEEN_AT] = now
            sessions.touch(request, row)


def view_name(request: HttpRequest) -> str:
    """The URL name of the request, "" where there is none."""
    try:
        return resolve(request.path_info).view_name or ""
    except Resolver404:
        return ""
