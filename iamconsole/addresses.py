"""Addresses with the account in front: ``/471122093381/users/`` (docs/decisions.md, Account in the address).

A page that acts in an account lives under its ID, so that two tabs are two accounts and no form lands
elsewhere. The middleware takes the ID off the path before anything looks at it; ``reverse``, ``redirect`` and
the ``url`` tag put it back in front of what they make. Everybody uses these instead of Django's.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from django import urls
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import get_script_prefix, get_urlconf

# The first part of the addresses that act in an account, and of those that have no account in front.
INSIDE = frozenset(
    {
        "",
        "access-keys",
        "account",
        "events",
        "findings",
        "groups",
        "mfa-devices",
        "permission-requests",
        "policies",
        "reports",
        "search",
        "secrets",
        "server-certificates",
        "simulator",
        "users",
        "who-can",
    }
)
OUTSIDE = frozenset(
    {
        "accounts",
        "all-accounts",
        "api",
        "favicon.ico",
        "healthz",
        "jobs",
        "me",
        "password-strength",
        "readyz",
        "robots.txt",
        "signin",
        "signout",
        "startedz",
        "system",
        "undo",
    }
)
JOBS = "/jobs/"  # the list is of one account; a job itself says which account it is of
WITH_ACCOUNT = re.compile(r"/([0-9]{12})(/.*)?", re.DOTALL)
_acting: ContextVar[str] = ContextVar("acting", default="")  # the ID of the account that links lead into


def is_inside(path: str) -> bool:
    """Whether a path without an account in front acts in one."""
    return path == JOBS or path.removeprefix("/").partition("/")[0] in INSIDE


def split(path: str) -> tuple[str, str]:
    """The account in front of a path, and the rest. ("", path) where there is none, or where none belongs."""
    match = WITH_ACCOUNT.fullmatch(path)
    if match is None or not is_inside(match[2] or "/"):
        return "", path
    return match[1], match[2] or "/"


def with_account(path: str, account_id: str) -> str:
    """The path with the account in front, where it acts in one and names none yet."""
    prefix = get_script_prefix()
    rest = path.removeprefix(prefix)
    if not account_id or not path.startswith(prefix) or not is_inside(f"/{rest}".partition("?")[0]):
        return path
    return f"{prefix}{account_id}/{rest}"


def same_page_in(account_id: str, path: str) -> str:
    """The address of the same page in that account."""
    account, _ = split(path.partition("?")[0])
    return with_account(path.removeprefix(f"/{account}") if account else path, account_id)


def here(path: str) -> str:
    """The path in the account that the page acts in."""
    return with_account(path, _acting.get())


def reverse(name: str, *args: Any, **kwargs: Any) -> str:
    """Django's ``reverse``, in the account that the page acts in."""
    if args or kwargs:
        return here(urls.reverse(name, *args, **kwargs))
    return here(_address(name, get_script_prefix(), get_urlconf()))


@lru_cache(maxsize=512)
def _address(name: str, prefix: str, urlconf: str | None) -> str:
    """The address of a page that takes no arguments: the navigation asks for the same ones on every page."""
    return urls.reverse(name, urlconf)


def address_in(account_id: str, name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page in that account, whichever one is acted in."""
    return with_account(urls.reverse(name, args=args, kwargs=kwargs), account_id)


def redirect(to: str, *args: Any, **kwargs: Any) -> HttpResponseRedirect:
    """To the page of that name, in the account that is acted in; to an address as it is."""
    is_address = "/" in to or "." in to
    return HttpResponseRedirect(to if is_address else reverse(to, args=args, kwargs=kwargs))


@contextmanager
def acting_in(account_id: str) -> Iterator[None]:
    """Links lead into that account meanwhile."""
    token = _acting.set(account_id)
    try:
        yield
    finally:
        _acting.reset(token)


class AccountAddressMiddleware:
    """Takes the account off the front of the path: ``request.account_id``, "" where there is none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        account_id, rest = split(request.path_info)
        request.account_id = account_id  # type: ignore[attr-defined]
        if account_id and request.path_info == f"/{account_id}":
            return HttpResponseRedirect(request.get_full_path(force_append_slash=True))
        request.path_info = rest
        with acting_in(account_id):
            return self.get_response(request)
