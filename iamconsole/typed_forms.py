"""A form that was sent after its session had ended: it comes back, as it was typed, after the next sign-in.

It rests sealed, for its person alone, at its address. Passwords, codes, secrets and files are not kept. After
the sign-in the page is made as if the form were sent again, while the door lets no change through: each page
shows what was typed as it shows a form that was refused. Sent is what its reader sends then.
"""

import json
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict

from .errors import IamError
from .methods import can_be_opened, page_above
from .models import OneTimeSecret
from .only_headers import only_headers

PURPOSE, KEPT_MINUTES = "typed-form", 60
LONGEST = 200_000  # characters of a form that is kept
MOST_KEPT = 5
TYPED = "typed"  # the name in the address that brings the form back
# Names of fields that are never kept: those that end in one of these words, and these names.
SECRET_ENDS = ("password", "secret", "secret_access_key", "private_key", "seed", "token", "tokens", "code")
SECRET_NAMES = frozenset(("new", "current", "confirm", "confirmed", "csrfmiddlewaretoken", "kept_form"))
BACK = "You were signed out before this form was sent. Check it, then send it again."
WITHOUT_SECRETS = "Enter passwords, codes and secrets again."
WITHOUT_FILES = "Choose the files again."
NOT_SENT = "Nothing was sent yet."
_only_shown: ContextVar[bool] = ContextVar("only_shown", default=False)


def is_secret(name: str) -> bool:
    """Whether a field of that name may hold a password, a code or a key: ``new_password``, ``code_1``."""
    stem, _, number = name.rpartition("_")
    whole = stem if number.isdigit() else name
    return name in SECRET_NAMES or f"_{whole}".endswith(tuple(f"_{end}" for end in SECRET_ENDS))


def without_secrets(request: HttpRequest) -> tuple[list[tuple[str, str]], str]:
    """Names and values of a form that was sent, and a sentence about what is left out, "" for nothing."""
    hidden = getattr(request, "sensitive_post_parameters", ())
    secret = {name for name in request.POST if name in hidden or is_secret(name)}
    pairs = [(name, value) for name, values in request.POST.lists() for value in values if name not in secret]
    words = [
        WITHOUT_SECRETS if secret - {"csrfmiddlewaretoken"} else "",
        WITHOUT_FILES if request.FILES else "",
    ]
    return pairs, " ".join(filter(None, words))


def check_sent() -> None:
    """Refuse a change while a form is only shown. Raises IamError."""
    if _only_shown.get():
        raise IamError("NotSent", NOT_SENT)


def address_after_sign_in(request: HttpRequest, person_id: str) -> str:
    """Where to go on after the sign-in that a request needs: with the typed form, where ``person_id`` (a
    unique ID, "" for nobody known) sent one to a page that can be opened.
    """
    address = request.get_full_path()
    if not can_be_opened(address):
        return page_above(request.path)
    if request.method != "POST" or not person_id or not (kept := _keep(request, person_id)):
        return address
    return f"{address}{'&' if '?' in address else '?'}{TYPED}={kept}"


def _keep(request: HttpRequest, person_id: str) -> str:
    """Seal what was typed, for this person: its ID. "" where it is too long."""
    hidden = getattr(request, "sensitive_post_parameters", ())
    form = request.POST.copy()
    left_out = [name for name in form if name in hidden or is_secret(name)]
    for name in left_out:
        del form[name]
    typed = any(name != "csrfmiddlewaretoken" for name in left_out)
    kept = {"path": request.path, "form": form.urlencode(), "secrets": typed, "files": bool(request.FILES)}
    text = json.dumps(kept)
    if len(text) > LONGEST:
        return ""
    return str(OneTimeSecret.keep(PURPOSE, person_id, text, KEPT_MINUTES, owner=person_id, most=MOST_KEPT).id)


def find(request: HttpRequest) -> dict[str, Any] | None:
    """The form that the address brings back, of this person and for this page; None for any other."""
    try:
        wanted = str(uuid.UUID(request.GET.get(TYPED, "")))
    except ValueError:
        return None
    row = OneTimeSecret.find(wanted, PURPOSE, request.user.user_id)  # type: ignore[union-attr]
    kept: dict[str, Any] | None = json.loads(row.reveal()) if row else None
    return kept if kept and kept["path"] == request.path else None


class TypedFormMiddleware:
    """Shows a page with the form that was typed before the sign-in. The last that looks at what was sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _only_shown.set(False)
        try:
            response = self.get_response(request)
            if _only_shown.get() and response.status_code == 400:
                response.status_code = 200  # it was asked for, and here it is
            return response
        finally:
            _only_shown.reset(token)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.method != "GET" or TYPED not in request.GET or only_headers():
            return
        kept = find(request) if request.user.is_authenticated else None
        if kept is None:
            return
        words = [BACK, WITHOUT_SECRETS if kept["secrets"] else "", WITHOUT_FILES if kept["files"] else ""]
        messages.warning(request, " ".join(filter(None, words)))
        request.method, request.POST = "POST", QueryDict(kept["form"])  # type: ignore[misc, assignment]
        request._files = MultiValueDict()  # type: ignore[attr-defined]  # what Django reads into ``FILES``
        _only_shown.set(True)
