"""What all pages share: who may see them, and what a refusal looks like."""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, IntegrityError
from django.forms import BooleanField, Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, UnreadablePostError
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from iamconsole.addresses import reverse

from . import unavailable
from .crypto import KeyRingError
from .errors import AccessDenied, AwsBusy, HashingBusy, IamError, NotConfirmed
from .gateway import deadlines
from .methods import can_be_opened
from .models import Event
from .operations import Caller, Facts, events, execute, sufficing
from .operations.shapes import ValidationError
from .transient import breaks_a_rule
from .typed_forms import address_after_sign_in
from .unavailable import first_reason

log = logging.getLogger(__name__)


class CallerRequest(HttpRequest):
    """What a page for signed-in people gets: who asks, and whether htmx does."""

    caller: Caller
    htmx: Any


View = Callable[..., Any]
CONFIRMED = "confirmed"  # the name under which a form answers a guard's question
UNSTORABLE = "You sent text or a number that cannot be stored. Correct it and send it again."
NOT_OPENED = (
    "A stored secret does not open. It was moved or changed in the database, or its key is missing. Nothing "
    "was changed. Tell the operator of this console: manage.py rotate_encryption_key --check finds the value."
)
GONE = "The item on this page has just been deleted. Nothing was changed."
CHANGED = (
    "The item has just been changed or deleted by somebody else. Nothing was changed. Reload "
    "the page, then try again."
)


def signed_in(view: View) -> View:
    """Only for people who are signed in; others are sent to the sign-in page and come back after it, with the
    form that they sent.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):  # a part of a page asks: the page goes, as a whole
                return page_anew()
            person_id = getattr(request, "signed_out", lambda: "")()  # of SignInMiddleware
            return redirect_to_login(address_after_sign_in(request, person_id))
        return view(request, *args, **kwargs)

    return wrapped


def page_anew() -> HttpResponse:
    """Has htmx load the whole page again, in the place of the part that it asked for."""
    return HttpResponse(headers={"HX-Refresh": "true"})


class QuestionForm(Form):
    """The answer to a guard's question; its value names the guard."""

    confirmed = BooleanField(
        label="Continue anyway", error_messages={"required": "Select the box to continue, or cancel."}
    )


class RefusalMiddleware:
    """Turns what the door refuses, where a page did not handle it, into a page with one clear sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        page = deadlines.current()
        if isinstance(page, deadlines.Page) and page.refused and request.method == "POST":
            # A page made a message of it, as of any refusal of AWS's, which says that it was asked.
            return unavailable.come_again(request, page.refused.message, AwsBusy.RETRY_SECONDS, undone=True)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, IamError) and (reason := first_reason(error)):
            return unavailable.answer(request, reason)
        if isinstance(error, AccessDenied):
            return forbidden(request, error)
        if isinstance(error, NotConfirmed):
            return question(request, error)
        if isinstance(error, AwsBusy):
            return unavailable.come_again(request, error.message, error.RETRY_SECONDS, undone=True)
        if isinstance(error, IamError) and error.code == "NoSuchEntity":
            return render(request, "404.html", {"message": error.message}, status=404)
        if isinstance(error, IamError):
            return render(request, "400.html", {"message": error.message}, status=400)
        if isinstance(error, KeyRingError):
            return unreadable(request, error)
        if isinstance(error, ObjectDoesNotExist):
            log.warning("Something was gone while %s was answered", request.path, exc_info=error)
            return render(request, "404.html", {"message": GONE}, status=404)
        if isinstance(error, IntegrityError) and breaks_a_rule(error):
            log.error("The database refused what %s wrote", request.path, exc_info=error)
            return render(request, "400.html", {"message": UNSTORABLE}, status=400)
        if isinstance(error, IntegrityError):
            log.warning("Something was changed while %s was answered", request.path, exc_info=error)
            return render(request, "400.html", {"message": CHANGED}, status=409)
        if isinstance(error, UnreadablePostError):  # the client went away while it sent: nobody reads a page
            return HttpResponseBadRequest()
        if isinstance(error, DataError):
            return render(request, "400.html", {"message": UNSTORABLE}, status=400)
        if isinstance(error, HashingBusy):
            return unavailable.come_again(request, error.message, error.RETRY_SECONDS, undone=True)
        return None


Explanation = Callable[[Caller, AccessDenied], str]
_explanations: list[Explanation] = []
_forms_to_ask: list[Explanation] = []


def explain_refusals_at(explanation: Explanation) -> None:
    """Set what makes the address of a page that explains a refusal."""
    _explanations[:] = [explanation]


def ask_at(form: Explanation) -> None:
    """Set what makes the address of the form in which a person asks for what was refused."""
    _forms_to_ask[:] = [form]


def ask_url(caller: Caller | None, error: AccessDenied) -> str:
    """The form to ask for it, "" where it cannot be asked for."""
    return _forms_to_ask[0](caller, error) if caller and error.action and _forms_to_ask else ""


def why_url(caller: Caller, error: AccessDenied) -> str:
    """The page that explains a refusal, "" where there is none."""
    return _explanations[0](caller, error) if error.action and _explanations else ""


def forbidden(request: HttpRequest, error: AccessDenied) -> HttpResponse:
    """The 403 page: which action on which resource was missing; which statement denied it, and the way to
    a page that explains it, for those who may simulate themselves.
    """
    caller = request.caller  # type: ignore[attr-defined]
    knows = caller is not None and caller.knows_why
    context = {
        "message": error.message,
        "action": error.action,
        "suffices": sufficing.beside(error.action),
        "resource": error.resource,
        "denied_by": error.denied_by if knows else (),
        "why_url": why_url(caller, error) if knows else "",
        "ask_url": ask_url(caller, error),
    }
    return render(request, "403.html", context, status=403)


def unreadable(request: HttpRequest, error: KeyRingError) -> HttpResponse:
    """The page about a stored secret that does not open: another key, or it was moved or changed."""
    log.error("A sealed value did not open at %s: %s", request.path, error)
    caller = request.caller  # type: ignore[attr-defined]
    if caller:  # before that the sign-in writes its own
        refusal = IamError("ServiceFailure", str(error))
        events.write(caller, "iamconsole:OpenSecret", caller.arn, Event.Outcome.FAILED, error=refusal)
    return render(request, "400.html", {"message": NOT_OPENED}, status=409)


def question(request: HttpRequest, error: NotConfirmed) -> HttpResponse:
    """The page that asks a second time: it sends the same form again, with the answer in it, and with those
    to questions before.
    """
    answers = request.POST.getlist(CONFIRMED)
    form = QuestionForm(request.POST if answers and not answers[-1] else None)
    form.fields[CONFIRMED].widget.attrs["value"] = error.guard
    carried = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", CONFIRMED)
    ]
    context = {"error": error, "form": form, "carried": carried, "back": where_from(request)}
    context["answers"] = [answer for answer in answers if answer]
    return render(request, "confirm.html", context, status=409)


def where_from(request: HttpRequest) -> str:
    """Where Cancel leads: the page before, or the one that a question asked again has kept as ``back``."""
    back = request.POST.get("back") or request.headers.get("Referer", "")
    itself = back == request.build_absolute_uri()
    if (
        itself
        or not can_be_opened(back)
        or not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    ):
        return reverse("home")
    return back


def submit(
    request: HttpRequest, form: Form, operation: str, fields: Mapping[str, str], **params: Any
) -> Facts | None:
    """Run an operation for a form; a refusal becomes the form's error and None is returned.

    ``fields`` maps parameters to form fields, so that the right field is marked.
    """
    try:
        return execute(request.caller, operation, **params)  # type: ignore[attr-defined]
    except AccessDenied as error:
        form.add_error(None, error.message)
    except IamError as error:
        add_refusal(form, error, fields)
    return None


def add_refusal(form: Form, error: IamError, fields: Mapping[str, str]) -> None:
    """Put an operation's refusal where the person can correct it."""
    broken = getattr(error, "broken", None)
    if broken and "Password" in fields:
        for text in broken:
            form.add_error(fields["Password"], f"The password does not meet this rule: {text}.")
        return
    if isinstance(error, ValidationError):
        by_path = {name[:1].lower() + name[1:]: field for name, field in fields.items()}
        marked = [by_path[issue.path] for issue in error.issues if issue.path in by_path]
        for field in marked:
            form.add_error(field, error.message)
        if marked:
            return
    form.add_error(fields.get(error.code), error.for_people)


def act(request: HttpRequest, operation: str, done: str, **params: Any) -> Facts | None:
    """Run an operation for a single button; the outcome is a flash message."""
    try:
        facts = execute(request.caller, operation, **params)  # type: ignore[attr-defined]
    except IamError as error:
        messages.error(request, error.for_people)
        return None
    messages.success(request, done)
    return facts


def safe_next(request: HttpRequest, default: str) -> str:
    """The page to go on to: ``next`` only where it is an address of this console that can be opened."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    allowed = {request.get_host()}
    is_address = target.startswith(("/", "http://", "https://"))
    if is_address and url_has_allowed_host_and_scheme(
        target, allowed_hosts=allowed, require_https=request.is_secure()
    ):
        return target if can_be_opened(target) else default
    return default


def or_404(message: str, found: Any) -> Any:
    """``found``, or the 404 page."""
    if found is None:
        raise Http404(message)
    return found
