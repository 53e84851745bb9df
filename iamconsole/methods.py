"""Which methods an address takes: whether it can be opened, the nearest page, and the page that says so."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import Resolver404, resolve

from .addresses import split

ONLY_A_FORM = (
    "This address takes a form, and has nothing to show by itself. Nothing was changed. Go on from the page "
    "that the form belongs to."
)
ONLY_A_PAGE = "This address shows a page, and takes no form. Nothing was changed. Open the page instead."


def can_be_opened(address: str) -> bool:
    """Whether there is a page of this console at the address, or a file, that a GET gets."""
    try:
        view = resolve(split(urlsplit(address).path)[1]).func
    except (Resolver404, ValueError):
        return False
    return all("GET" in methods for methods in _methods_of(view))


def page_above(path: str) -> str:
    """The nearest address over a path that can be opened: /users/bulk/ gives /users/; else the first page."""
    account, rest = split(path)
    parts = rest.strip("/").split("/")
    for end in range(len(parts) - 1, 0, -1):
        above = f"/{'/'.join(parts[:end])}/"
        if can_be_opened(above):
            return f"/{account}{above}" if account else above
    return f"/{account}/" if account else "/"


def _methods_of(view: Any) -> Iterator[tuple[str, ...]]:
    """What each of Django's decorators around a view lets through (``require_http_methods``)."""
    while view is not None:
        names = getattr(getattr(view, "__code__", None), "co_freevars", ())
        if "request_method_list" in names:
            yield tuple(view.__closure__[names.index("request_method_list")].cell_contents)
        view = getattr(view, "__wrapped__", None)


class WrongMethodMiddleware:
    """Gives the 405 of a view a page, with the way back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        opened = can_be_opened(request.path)
        context = {
            "message": ONLY_A_PAGE if opened else ONLY_A_FORM,
            "back": request.path if opened else page_above(request.path),
        }
        page = render(request, "405.html", context, status=405)
        page["Allow"] = response["Allow"]
        return page
