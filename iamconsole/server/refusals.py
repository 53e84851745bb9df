"""What a client is told whose request found no thread in time: 503, made by the loop alone."""

from functools import cache
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.template.loader import render_to_string
from waitress.utilities import Error

from iamconsole.query import protocols

RETRY_SECONDS = 5
BUSY = "Many requests are waiting, so this one was not handled. Nothing was changed. "
FOR_PEOPLE = f"{BUSY}Wait a few seconds, then load the page again."
FOR_PROGRAMS = f"{BUSY}Send it again in a few seconds."
HEADERS = {
    "Retry-After": str(RETRY_SECONDS),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
}
Refused = tuple[str, list[tuple[str, str]], bytes]


class Overloaded(Error):  # type: ignore[misc]  # waitress has no types
    """No thread has become free for a request."""

    code, reason = 503, "Service Unavailable"

    def __init__(self) -> None:
        super().__init__(FOR_PEOPLE)


def too_busy(environ: dict[str, Any]) -> Refused:
    """Status line, headers and body, as the client reads it."""
    request = WSGIRequest({**environ, "wsgi.input": BytesIO()})
    status = f"{Overloaded.code} {Overloaded.reason}"
    if not protocols.is_api(request):
        return status, list({"Content-Type": "text/html; charset=utf-8", **HEADERS}.items()), _page()
    refusal = protocols.refusal(
        protocols.asked(request).protocol, "ServiceUnavailable", FOR_PROGRAMS, Overloaded.code
    )
    return status, list({**dict(refusal.items()), **HEADERS}.items()), refusal.content


@cache
def _page() -> bytes:
    """Made once: a loop that refuses many has no time for each."""
    return render_to_string("503.html", {"message": FOR_PEOPLE}).encode()
