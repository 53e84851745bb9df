"""How large the body of a request can be, by its address, and which addresses take files.

A view that takes files says so (``@takes_files``); every other address accepts what a form without files
needs. The web server asks here before it reads a body (``iamconsole.server``), and the middleware asks
again, so that the limits hold behind any other server too.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any, NoReturn, TypeVar

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from iamconsole.addresses import split

View = TypeVar("View", bound=Callable[..., Any])
# Every address accepts this many bytes, without a look at which one it is.
ANYWHERE = 64_000
# What a form needs beside its file: tokens, names, boundaries.
BESIDE_A_FILE = 100_000
_lasting: list[Callable[[HttpRequest], bool]] = []
TOO_LARGE = "You sent {size}, but this address accepts up to {limit}. Nothing was read. Send less at a time."
SIGN_IN_FIRST = "You must be signed in to send more than {limit}. Sign in, then send it again."


def takes_files(most: int) -> Callable[[View], View]:
    """Declare that a view's form has file fields; ``most`` is what the file or files can have, in bytes."""

    def declare(view: View) -> View:
        view.body_limit = most + BESIDE_A_FILE  # type: ignore[attr-defined]
        return view

    return declare


def ordinary() -> int:
    """Bytes that a form without files, and a call of the API, can have."""
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0


def limit_of_files(path: str) -> int | None:
    """The limit of an address that takes files, in bytes; None for all others. ``path`` is decoded."""
    try:
        view = resolve(split(path)[1]).func
    except Resolver404:
        return None
    return getattr(view, "body_limit", None)


def body_limit(path: str) -> int:
    """The most bytes that a request to this address can have."""
    return limit_of_files(path) or ordinary()


def believe_sessions_with(lasts: Callable[[HttpRequest], bool]) -> None:
    """Set what says whether the session of a request still lasts (``sign_in.steps``, a floor above)."""
    _lasting[:] = [lasts]


def may_upload(environ: dict[str, Any]) -> bool:
    """Whether somebody is signed in: the only people from whom more than ``ordinary()`` is read."""
    request = WSGIRequest({**environ, "CONTENT_LENGTH": "0", "wsgi.input": BytesIO()})
    SessionMiddleware(_no_answer).process_request(request)
    request.user = get_user(request)
    return request.user.is_authenticated and all(lasts(request) for lasts in _lasting)


def _no_answer(request: HttpRequest) -> NoReturn:
    raise AssertionError("only the session is read")


class BodyLimitMiddleware:
    """Answers 413 before a byte of a body that is too large is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        # Python reads no number of thousands of digits; these are enough for any limit.
        size = int(length.lstrip("0")[:18] or 0) if length.isascii() and length.isdigit() else 0
        if size > ANYWHERE and (message := refusal(request, size)):
            request._mark_post_parse_error()  # type: ignore[attr-defined]  # nothing reads the form any more
            return render(request, "400.html", {"message": message}, status=413)
        return self.get_response(request)


def megabytes(size: int) -> str:
    """As the limits are documented: 1,000,000 bytes are 1 MB."""
    return f"{size / 1_000_000:,.1f} MB".replace(".0 MB", " MB")


def refusal(request: HttpRequest, size: int) -> str:
    """Why a body of this size is not accepted here; "" if it is."""
    limit = body_limit(request.path_info)
    if size > limit:
        return TOO_LARGE.format(size=megabytes(size), limit=megabytes(limit))
    if size > ordinary() and not may_upload(request.META):
        return SIGN_IN_FIRST.format(limit=megabytes(ordinary()))
    return ""


class ExpectedFiles(FileUploadHandler):
    """Keeps files away from addresses that have no field for them: their parts are passed over."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.request is None or limit_of_files(self.request.path_info) is None:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None
