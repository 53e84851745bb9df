"""``request.caller``: who makes this request, with the policies of this moment."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.functional import SimpleLazyObject

from iamconsole.errors import AccessDenied
from iamconsole.operations import Caller
from iamconsole.web import CONFIRMED

from .administrators import LAST_ADMINISTRATOR
from .callers import Origin, caller_for_role, caller_for_user
from .mfa_requirement import UNPROTECTED
from .models import Account

# Session keys.
MFA_AT = "mfa_at"
AUTHENTICATED_AT = "authenticated_at"
SESSION_ID = "session_id"  # of the ConsoleSession (credentials.sessions)
GUARDS = frozenset({LAST_ADMINISTRATOR, UNPROTECTED})
ROLE = "role"  # {"account_id", "name"} while the person has switched to another account


class CallerMiddleware:
    """Puts a lazy ``request.caller`` (None while nobody is signed in) on every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.caller = SimpleLazyObject(lambda: caller_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def caller_of(request: HttpRequest) -> Caller | None:
    """The caller behind the session. A role that may no longer be taken is dropped with a message."""
    if not request.user.is_authenticated:
        return None
    origin = origin_of(request)
    role = request.session.get(ROLE)
    if role:
        try:
            account = Account.objects.select_related("link").get(account_id=role["account_id"])
            return caller_for_role(request.user, account, role["name"], origin)
        except (Account.DoesNotExist, AccessDenied):
            del request.session[ROLE]
            messages.warning(request, "You may no longer use the account you had switched to.")
    return caller_for_user(request.user, origin)


def origin_of(request: HttpRequest) -> Origin:
    """Address, agent and MFA time of a browser request, and which guards' questions it says yes to."""
    return Origin(
        channel="console",
        source_ip=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:400],
        secure=request.is_secure(),
        session_key=request.session.session_key or "",
        mfa_at=moment(request, MFA_AT),
        confirmed=frozenset(request.POST.getlist(CONFIRMED)) & GUARDS,
        session_id=request.session.get(SESSION_ID, ""),
        authenticated_at=moment(request, AUTHENTICATED_AT),
    )


def moment(request: HttpRequest, key: str) -> datetime | None:
    """A point in time that the session keeps under ``key``; None where there is none."""
    text = request.session.get(key)
    return parse_datetime(text) if text else None


def client_address(request: HttpRequest) -> str | None:
    """The client's address, as ``iamconsole.client_address`` decided; None where there is none."""
    return request.META.get("REMOTE_ADDR") or None
