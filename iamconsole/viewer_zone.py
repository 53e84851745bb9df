"""The time zone of whoever looks at a page, for what is called today and yesterday there.

The browser tells its zone in a cookie (``static/console/theme.js``). Moments are written in UTC everywhere;
only the words that count days follow the viewer. Without the cookie days are UTC days.
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse

COOKIE = "timezone"
LONGEST_NAME = 64
_zone: ContextVar[tzinfo] = ContextVar("viewer_zone", default=UTC)


class ViewerZoneMiddleware:
    """Days are the viewer's while a page is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _zone.set(zone_named(request.COOKIES.get(COOKIE, "")))
        try:
            return self.get_response(request)
        finally:
            _zone.reset(token)


def zone_named(name: str) -> tzinfo:
    """The zone of that name, UTC for any other text."""
    if not 0 < len(name) <= LONGEST_NAME:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such zone; a path out of the zones; a folder of them
        return UTC


def day_of(moment: datetime) -> date:
    """The viewer's day of a moment."""
    return moment.astimezone(_zone.get()).date()
