"""“Confirm that it is you”: a recent sign-in before secrets are made and MFA is changed (ASVS 7.5.1, 7.5.3).

The door refuses with NotRecent. The person is asked at the address of the page, for what a sign-in asks
for: the password, and a code where a device shows one, or a passkey. So there is no second, weaker way
in. Then the page goes on: a form that was sent rested sealed on the server meanwhile, because a typed
password must not be in the page that asks.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from credentials import devices
from credentials.guesses import throttle
from credentials.mfa import passkeys
from credentials.mfa.passkeys import Answer
from credentials.passwords.operations.login_profiles import TOO_MANY_GUESSES
from credentials.sessions import rows as sessions
from credentials.sign_in import steps as signin
from credentials.sign_in.forms.identity import IdentityForm
from iamconsole.addresses import redirect
from iamconsole.errors import HashingBusy, NotRecent
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import events
from iamconsole.unavailable import come_again
from iamconsole.web import where_from
from users.callers.build import caller_for_user
from users.callers.middleware import AUTHENTICATED_AT, FACTOR, MFA_AT, caller_of, origin_of

ACTION = "iamconsole:Reauthenticate"
PURPOSE, KEPT_MINUTES = "kept-form", 15
KEPT = "kept_form"  # the field that names what was sent before; NOTHING for a page that was opened
NOTHING = "none"
WRONG = "The password is incorrect."
GONE = "This took too long, so the data you sent is gone. Nothing was changed. Go back and try again."


class ReauthenticationMiddleware:
    """Asks where the door says NotRecent, and takes the answer before the view has its turn."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, NotRecent):
            return None
        return ask(request, identity_form(request), keep(request), status=403)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """The forged-form check has passed by now: it runs before, in the order of the middleware."""
        kept = request.POST.get(KEPT) if request.method == "POST" else None
        if not kept or not request.user.is_authenticated:
            return None
        row = find(request, kept)
        if row is None and kept != NOTHING:
            return render(request, "400.html", {"message": GONE}, status=400)
        try:
            return self.answered(request, kept, row)
        except HashingBusy as error:  # raised here, it would not come to the middleware of refusals
            return come_again(request, error.message, error.RETRY_SECONDS, undone=True)

    @staticmethod
    def answered(request: HttpRequest, kept: str, row: OneTimeSecret | None) -> HttpResponse | None:
        """Check the answer; None lets the view go on with what was sent before. Raises HashingBusy."""
        form, answer = identity_form(request, request.POST), Answer.of(request)
        if answer:
            if not signin.passkey_step(request, answer, request.user, ACTION):  # type: ignore[arg-type]
                return ask(request, identity_form(request), kept, status=400, refused=signin.WRONG_PASSKEY)
        elif not (ways(request).password and form.is_valid() and proved(request, form)):
            return ask(request, form, kept, status=400)
        text = row.take() if row else ""
        confirm(request, with_mfa=answer is not None or "code" in form.fields)
        if row is None:
            return redirect(request.get_full_path())
        if text is None:
            return render(request, "400.html", {"message": GONE}, status=400)
        go_on(request, text)
        return None


@dataclass(frozen=True, slots=True)
class Ways:
    """How a person can prove it here: as strongly as at a sign-in, by passkey, or by password and code."""

    passkey: bool
    code: bool

    @property
    def password(self) -> bool:
        """A password alone is enough only for whoever has nothing else."""
        return self.code or not self.passkey


def ways(request: HttpRequest) -> Ways:
    found = devices.usable(request.user)  # type: ignore[arg-type]
    return Ways(
        passkey=not all(device.takes_codes for device in found),
        code=any(device.takes_codes for device in found),
    )


def ask(request: HttpRequest, form: IdentityForm, kept: str, status: int, refused: str = "") -> HttpResponse:
    """The page that asks. It sends to its own address."""
    minutes = settings.RECENT_SIGN_IN_SECONDS // 60
    context = {
        "form": form,
        "kept": kept,
        "me": request.user,
        "back": where_from(request),
        "minutes": minutes,
        "ways": ways(request),
        "refused": refused,
        "passkey_origin": passkeys.origin(),
    }
    return render(request, "credentials/sign_in/confirm_identity.html", context, status=status)


def identity_form(request: HttpRequest, data: QueryDict | None = None) -> IdentityForm:
    return IdentityForm(data, with_code=ways(request).code)


MOST_KEPT = 5  # forms may be long, and one person confirms one at a time


def keep(request: HttpRequest) -> str:
    """Seal what was sent, for this session and this address. Files are not kept: they are chosen again."""
    if request.method != "POST":
        return NOTHING
    text = json.dumps({"path": request.get_full_path(), "form": request.POST.urlencode()})
    row = OneTimeSecret.keep(
        PURPOSE,
        request.session.session_key or "",
        text,
        minutes=KEPT_MINUTES,
        owner=request.user.user_id,  # type: ignore[union-attr]  # only people who are signed in come here
        most=MOST_KEPT,
    )
    return str(row.id)


def find(request: HttpRequest, kept: str) -> OneTimeSecret | None:
    """What this session sent to this address before; None for anything else."""
    try:
        row = OneTimeSecret.find(str(uuid.UUID(kept)), PURPOSE, request.session.session_key or "")
    except ValueError:
        return None
    return row if row and json.loads(row.reveal())["path"] == request.get_full_path() else None


def proved(request: HttpRequest, form: IdentityForm) -> bool:
    """Check the password, then the code; each guess is counted before. What is wrong goes into the form."""
    if not password_proved(request, form):
        return False
    user: Any = request.user
    if "code" in form.fields and not signin.code_step(request, user, form.cleaned_data["code"], ACTION):
        form.add_error("code", signin.WRONG_CODE)
        return False
    return True


def password_proved(request: HttpRequest, form: Form) -> bool:
    """Check the form's password; the guess is counted before. What is wrong goes into the form."""
    user: Any = request.user
    counters = [(limit, user.user_id) for limit in throttle.OLD_PASSWORDS]
    verdict = throttle.admit(counters)
    if not verdict.evaluate:
        form.add_error(None, TOO_MANY_GUESSES)
        return False
    try:
        right = check_password(form.cleaned_data["password"][: signin.MAXIMUM_PASSWORD], user.password)
    except HashingBusy:
        throttle.was_not_looked_at(counters)
        raise
    if not right:
        form.add_error("password", WRONG)
        signin.record_failure(request, user, "password", ACTION, verdict.used_up)
        return False
    throttle.was_right(counters)
    return True


def confirm(request: HttpRequest, *, with_mfa: bool, factor: str = "") -> None:
    """The session counts as freshly signed in, under a new key; the caller is built again. ``factor``: what
    proved the second one, where that was asked for.
    """
    now = timezone.now().isoformat()
    request.session[AUTHENTICATED_AT] = now
    request.session[FACTOR] = factor
    if with_mfa:
        request.session[MFA_AT] = now
    request.session.cycle_key()
    sessions.follow(request, request.console_session)  # type: ignore[attr-defined]
    caller = caller_for_user(request.user, origin_of(request))  # type: ignore[arg-type]
    events.write(caller, ACTION, caller.arn, Event.Outcome.ALLOWED, detail={"MFAUsed": with_mfa})


def go_on(request: HttpRequest, text: str) -> None:
    """Put what was sent before in the place of the answer."""
    request.POST = QueryDict(json.loads(text)["form"])  # type: ignore[misc, assignment]
    request.caller = SimpleLazyObject(lambda: caller_of(request))  # type: ignore[attr-defined]
