"""What a signed-in session may reach: nothing after its limits, only a new password when one is due."""

import time
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from credentials import signin

# What a person who must change the password can still reach.
OPEN_VIEWS = {
    "credentials:new-password",
    "credentials:open-password-link",
    "credentials:password-link",
    "credentials:password-strength",
    "credentials:sign-out",
    "healthz",
    "readyz",
}
SEEN_GRAIN_SECONDS = 60


class SignInMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            if signin.idle_too_long(request):
                logout(request)
                messages.info(request, "You were signed out after a time without activity.")
            else:
                self._touch(request)
                if signin.must_change_password(request.user) and view_name(request) not in OPEN_VIEWS:
                    return redirect("credentials:new-password")
        return self.get_response(request)

    @staticmethod
    def _touch(request: HttpRequest) -> None:
        """Note the activity, at most once a minute: a read should not write."""
        now = int(time.time())
        if now - request.session.get(signin.SEEN_AT, 0) > SEEN_GRAIN_SECONDS:
            request.session[signin.SEEN_AT] = now


def view_name(request: HttpRequest) -> str:
    """The URL name of the request, "" where there is none."""
    try:
        return resolve(request.path_info).view_name or ""
    except Resolver404:
        return ""
