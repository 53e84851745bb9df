"""Headers that every answer carries, the session's cookie, how long AWS is waited for; the methods and
addresses that none accepts.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from .gateway import deadlines

METHODS = ("GET", "HEAD", "POST")
PERMISSIONS = (
    "camera=(), microphone=(), geolocation=(), usb=(), payment=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


class AwsDeadlineMiddleware:
    """All that a page or an API request asks of AWS ends in time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with deadlines.page():
            return self.get_response(request)


class SecurityHeadersMiddleware:
    """Adds what Django's own middleware does not. Static files may be cached, nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Cache-Control", "no-store")
        if not response.streaming:  # without a length the web server would close the connection after it
            response.setdefault("Content-Length", str(len(response.content)))
        return response


class CompressionMiddleware(GZipMiddleware):
    """Django's, that names what it depends on in every answer: one to HEAD has no body to compress.

    What ``never_cache`` is around is left as it is: these pages show secrets, and the length of a compressed
    one would tell about them to whoever has it asked for again and again (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if "private" not in response.get("Cache-Control", ""):
            response = super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Encoding",))
        return response


class SessionCookieMiddleware(SessionMiddleware):
    """Django's, but a session that is over leaves its cookie in the browser, unless the view takes it back.

    When a new password or a sign-in replaces the session, other requests of the browser are still on
    their way with the old cookie. Django would have their answers delete the new one, and sign out whoever
    was just signed in. The cookie of a session that is over opens nothing.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        taken_back = settings.SESSION_COOKIE_NAME in response.cookies
        response = super().process_response(request, response)
        if request.session.is_empty() and not taken_back:
            response.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return response


class AddressMiddleware:
    """Refuses addresses with the character NUL, which no name has and which PostgreSQL cannot search for."""

    MESSAGE = "The address contains the character NUL (%00). Remove it and load the page again."

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return render(request, "400.html", {"message": self.MESSAGE}, status=400)
        return self.get_response(request)
