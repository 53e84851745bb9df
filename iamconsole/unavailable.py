"""The answer while the database, or what else a request needs, is away: 503, and when to come again.

Nothing here asks the database, or the page would fail as the one before it did: no frame, no messages, no
session. It is the last look at an error as well (``server_error``), for middlewares, templates and
for the pages about other errors. What was typed comes back with the page, without its secrets.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from typing import NoReturn

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.views.defaults import server_error as failed

from .transient import Reason, reason_of
from .typed_forms import without_secrets

log = logging.getLogger(__name__)
CHECK_FIRST = "It is not certain whether your change was made. Check before you send the form again."
UNREADABLE = (UnreadablePostError, SuspiciousOperation, MultiPartParserError)
StandIn = Callable[[HttpRequest, str], str]
_stand_ins: dict[str, StandIn] = {}


def stand_in_for(view_name: str, page: StandIn) -> None:
    """Set what shows a page that must stay up: from the request and the sentence to its HTML."""
    _stand_ins[view_name] = page


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's ``handler500``: 503 where the error passes, else the page about an error of this console."""
    reason = first_reason(sys.exc_info()[1])
    return failed(request) if reason is None else answer(request, reason)


def first_reason(error: BaseException | None) -> Reason | None:
    """Why an error passes: its own reason, or that of an error it follows from."""
    return next(filter(None, map(reason_of, _chain(error))), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def answer(request: HttpRequest, reason: Reason) -> HttpResponse:
    """The page for a reason."""
    log.warning("%s was answered with 503: %s", request.path, reason.kind)
    return come_again(request, reason.sentence, reason.seconds)


def come_again(request: HttpRequest, sentence: str, seconds: int, *, undone: bool = False) -> HttpResponse:
    """503 with a sentence, and after how many seconds to come again. ``undone``: the sentence says that
    nothing was changed.
    """
    stand_in = _stand_ins.get(_view_name(request))
    html = stand_in(request, sentence) if stand_in else _page(request, sentence, undone)
    response = HttpResponse(html, status=503, headers={"Retry-After": str(seconds)})
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log a trace for each request
    return response


def _page(request: HttpRequest, sentence: str, undone: bool) -> str:
    context: dict[str, object] = {"message": sentence, "again": request.get_full_path()}
    if request.method == "POST":
        context |= {"sent": True, "check_first": "" if undone else CHECK_FIRST, **_typed(request)}
    return render_to_string("503.html", context)


def _typed(request: HttpRequest) -> dict[str, object]:
    """The form as it was typed, for a button that sends it again. Nothing where it cannot be read, or where
    another site had sent it: the button would send it with a token of ours.
    """
    try:
        if OwnForm(_not_asked).process_view(request, server_error, (), {}):
            return {}
    except UNREADABLE:
        return {}
    pairs, left_out = without_secrets(request)
    return {"typed": pairs, "csrf_token": get_token(request), "left_out": left_out}


class OwnForm(CsrfViewMiddleware):
    """Django's look at a token, with the reason as its answer instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _not_asked(request: HttpRequest) -> NoReturn:
    raise AssertionError("only the token is looked at")


def _view_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name or ""
    except Resolver404:
        return ""
