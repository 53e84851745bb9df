"""HEAD: the headers of a page, without the page and without what looking at it would do.

Views are written for GET. Around them HEAD is a GET whose body is thrown away; what shows a secret once
(``OneTimeSecret.show``), or writes down that something was read (``operations.events``), asks first.
"""

from collections.abc import Callable
from contextvars import ContextVar

from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse

_asked: ContextVar[bool] = ContextVar("only_headers", default=False)


def only_headers() -> bool:
    """Whether the answer's body goes to nobody: nothing is shown, handed out or used up by this request."""
    return _asked.get()


class HeadMiddleware:
    """Answers HEAD wherever a view answers GET. The last one: the others see the method that was sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        token = _asked.set(True)
        try:
            return without_body(self.get_response(request))
        finally:
            _asked.reset(token)
            request.method = "HEAD"
            keep_messages(request)


def keep_messages(request: HttpRequest) -> None:
    """Leave the messages for the next page as they were: nobody has read any, and nothing was done."""
    messages = get_messages(request)
    if isinstance(messages, BaseStorage):
        messages.used = messages.added_new = False


def without_body(response: HttpResponse) -> HttpResponse:
    """The answer with the length that its body has, and no body. What is streamed is not even begun."""
    if response.streaming:
        response.streaming_content = ()  # type: ignore[attr-defined]
    else:
        response.setdefault("Content-Length", str(len(response.content)))
        response.content = b""
    return response
