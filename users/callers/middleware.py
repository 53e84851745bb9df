"""``request.caller``: who makes this request, with the policies of this moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.functional import SimpleLazyObject

from iamconsole.addresses import acting_in, address_in, is_inside, with_account
from iamconsole.errors import AccessDenied
from iamconsole.operations import Caller
from iamconsole.undo import request_id
from iamconsole.web import CONFIRMED, page_anew
from users.callers.account_rows import acting_account
from users.callers.administrators import LAST_ADMINISTRATOR
from users.callers.build import Origin, caller_for_role, caller_for_user, roles_in
from users.callers.mfa_requirement import UNPROTECTED
from users.callers.own_access import OWN_ACCESS
from users.models import Account

# Session keys.
MFA_AT = "mfa_at"
FACTOR = "factor"  # the second factor of the last sign-in or confirmation (Caller.factor)
AUTHENTICATED_AT = "authenticated_at"
SIGNED_IN_AT = "signed_in_at"  # seconds since 1970
SESSION_ID = "session_id"  # of the ConsoleSession (credentials.sessions.rows)
NOT_SWITCHED = "You have not switched to this account."
GUARDS = frozenset({LAST_ADMINISTRATOR, UNPROTECTED, OWN_ACCESS})
ROLES = "roles"  # account ID -> the role that the person has switched to there
ELSEWHERE = (
    "The address of this form contains no account, so nothing was changed. Open the page and submit it again."
)


class CallerMiddleware:
    """Puts a lazy ``request.caller`` (None while nobody is signed in) on every request: the person in the
    account of the address. Pages without an account, and their links, are those of the user's own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.caller = SimpleLazyObject(lambda: caller_of(request))  # type: ignore[attr-defined]
        if account_id_of(request) or not request.user.is_authenticated:
            return self.get_response(request)
        with acting_in(request.user.account.account_id):  # type: ignore[union-attr]
            return self.get_response(request)


class ActingMiddleware:
    """Goes on only where the person acts in the account of the address, whatever page it names: an address
    that leads nowhere must tell no more about an account than one that does. After SignInMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if account_id_of(request) and request.user.is_authenticated:
            try:
                request.caller = caller_of(request)  # type: ignore[attr-defined]
            except (Account.DoesNotExist, AccessDenied):
                return offer_to_switch(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Pages that act in an account have one in front."""
        nowhere = not account_id_of(request) and is_inside(request.path_info)
        return into_own_account(request) if nowhere and request.user.is_authenticated else None


def forget_role(request: HttpRequest, account_id: str) -> None:
    """The person does not act in that account any more."""
    roles = request.session.get(ROLES, {})
    if account_id in roles:
        request.session[ROLES] = {key: role for key, role in roles.items() if key != account_id}


def account_id_of(request: HttpRequest) -> str:
    """The ID of the account in the address, "" where there is none."""
    return getattr(request, "account_id", "")


def caller_of(request: HttpRequest) -> Caller | None:
    """The caller behind the session, in the account of the address. Raises AccessDenied where the person has
    not switched to it, or cannot any more.
    """
    if not request.user.is_authenticated:
        return None
    account_id, origin = account_id_of(request), origin_of(request)
    if account_id in ("", request.user.account.account_id):
        return caller_for_user(request.user, origin)
    role = request.session.get(ROLES, {}).get(account_id, "")
    account = acting_account(request)  # type: ignore[arg-type]
    if not role:
        raise AccessDenied(NOT_SWITCHED)
    own = caller_for_user(request.user, origin)
    request.own_caller = own  # type: ignore[attr-defined]  # the frame asks for it too
    return caller_for_role(request.user, account, role, origin, own=own)


def into_own_account(request: HttpRequest) -> HttpResponse:
    """An old address, or one typed by hand: pages are of one's own account, forms are not believed."""
    if request.method == "POST":
        return render(request, "400.html", {"message": ELSEWHERE}, status=409)
    own = request.user.account.account_id  # type: ignore[union-attr]
    return HttpResponseRedirect(with_account(request.get_full_path(), own))


def offer_to_switch(request: HttpRequest) -> HttpResponse:
    """The page of an account that the person does not act in: it switches and goes on. Who cannot switch
    learns nothing, not even whether there is such an account.
    """
    wanted, request.account_id = account_id_of(request), ""  # type: ignore[attr-defined]
    request.caller = own = caller_for_user(request.user, origin_of(request))  # type: ignore[attr-defined,arg-type]
    with acting_in(own.account_id):
        account = Account.objects.filter(account_id=wanted).first()
        roles = roles_in(request.user, own, account) if account else []  # type: ignore[arg-type]
        if not roles:
            return render(request, "404.html", {}, status=404)
        if request.headers.get("HX-Request"):  # a part of a page asks: the page goes, as a whole
            return page_anew()
        onward = request.get_full_path() if request.method == "GET" else address_in(wanted, "home")
        context = {"account": account, "roles": roles, "next": onward, "sent": request.method == "POST"}
        return render(request, "users/callers/offer_to_switch.html", context, status=403)


def origin_of(request: HttpRequest) -> Origin:
    """Address, agent and MFA time of a browser request, and which guards' questions it says yes to."""
    return Origin(
        channel="console",
        source_ip=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:400],
        secure=request.is_secure(),
        session_key=request.session.session_key or "",
        mfa_at=moment(request, MFA_AT),
        factor=request.session.get(FACTOR, ""),
        confirmed=frozenset(request.POST.getlist(CONFIRMED)) & GUARDS,
        session_id=request.session.get(SESSION_ID, ""),
        authenticated_at=moment(request, AUTHENTICATED_AT),
        issued_at=signed_in_at(request),
        request_id=request_id(request),
    )


def signed_in_at(request: HttpRequest) -> datetime | None:
    """When the session began; None before the sign-in."""
    seconds = request.session.get(SIGNED_IN_AT)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def moment(request: HttpRequest, key: str) -> datetime | None:
    """A point in time that the session keeps under ``key``; None where there is none."""
    text = request.session.get(key)
    return parse_datetime(text) if text else None


def client_address(request: HttpRequest) -> str | None:
    """The client's address, as ``iamconsole.client_address`` decided; None where there is none."""
    return request.META.get("REMOTE_ADDR") or None
