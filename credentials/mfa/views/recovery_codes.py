"""Making recovery codes, and the page that shows them once."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from credentials import recovery_codes
from credentials.mfa.operations.mfa import check_own_mfa
from credentials.mfa.operations.recovery_codes import NO_DEVICE
from credentials.mfa.recovery_section import MAKE
from iamconsole.addresses import redirect, reverse
from iamconsole.downloads import TEXT_TYPE, whole_file
from iamconsole.errors import IamError
from iamconsole.models import OneTimeSecret
from iamconsole.operations import execute, require, require_recent
from iamconsole.web import signed_in
from users.callers.administrators import is_first_sign_in
from users.models import User
from users.pages import own_caller
from users.requests import ConsoleRequest

PURPOSE = "recovery-codes"
FILE_NAME = "recovery-codes-{}-{}.txt"
NOT_HERE = "There are no recovery codes here. They have expired, or they belong to another session."
NOT_SAVED = "Save the codes first, then select “I saved them”. They cannot be shown again."


def after_enrolment(request: ConsoleRequest, done_url: str) -> HttpResponse:
    """The last step of enrolling one's own first device, of whatever kind: recovery codes, then on.

    Whoever has codes, or may not make them, goes on at once.
    """
    user = User.objects.select_related("account").get(pk=request.user.pk)
    if is_first_sign_in(user):
        done_url = reverse("home")  # the first steps
    if not user.mfa_count or recovery_codes.left(user):
        return redirect(done_url)
    try:
        return made(request, done_url)
    except IamError:
        return redirect(done_url)


def made(request: ConsoleRequest, done_url: str) -> HttpResponse:
    """Make codes and go to the page that shows them once. Raises IamError."""
    codes = execute(own_caller(request), MAKE)["RecoveryCodes"]
    shown = json.dumps({"codes": codes, "done_url": done_url})
    row = OneTimeSecret.keep(PURPOSE, request.session.session_key or "", shown, owner=request.user.user_id)
    return redirect("credentials:recovery-codes", secret_id=row.id)


@require_http_methods(["GET", "POST"])
@signed_in
def create_recovery_codes(request: ConsoleRequest) -> HttpResponse:
    """Says what happens to the old codes, then makes new ones."""
    own, user = own_caller(request), request.user
    check_own_mfa(own, user, MAKE)
    require(own, MAKE, own.arn)
    require_recent(own)
    back = reverse("credentials:my-security-credentials")
    if not user.mfa_count:
        messages.error(request, NO_DEVICE)
        return redirect(back)
    if request.method == "POST":
        return made(request, back)
    context = {"codes": recovery_codes.left(user), "back": back, "number": recovery_codes.NUMBER}
    return render(request, "credentials/mfa/create_recovery_codes.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def show_recovery_codes(request: ConsoleRequest, secret_id: str) -> HttpResponse:
    """The first view shows the codes. Sent from there: a file, a view to print, or the reader is done."""
    row = OneTimeSecret.find(secret_id, PURPOSE, request.session.session_key or "")
    if row is None:
        raise Http404(NOT_HERE)
    token = request.POST.get("token", "")
    if request.method == "GET":
        text, token = row.show() or (None, "")
    else:
        text = row.again(token)
    if text is None:
        return gone(request, row)
    shown = json.loads(text)
    if request.method == "GET":
        return page(request, "recovery_codes", shown, row, token)
    return sent(request, shown, row, token)


def sent(request: ConsoleRequest, shown: dict[str, Any], row: OneTimeSecret, token: str) -> HttpResponse:
    """What the page that shows the codes asks for."""
    wanted = request.POST.get("do")
    if wanted == "download":
        return text_file(request.user, shown["codes"])
    if wanted == "print":
        return page(request, "print_recovery_codes", shown, row, token)
    if not request.POST.get("saved"):
        # "Back" from the view to print asks for nothing yet: no error then.
        return page(
            request, "recovery_codes", shown, row, token, error="" if wanted == "again" else NOT_SAVED
        )
    row.delete()
    return redirect(shown["done_url"])


def page(
    request: ConsoleRequest,
    template: str,
    shown: dict[str, Any],
    row: OneTimeSecret,
    token: str,
    error: str = "",
) -> HttpResponse:
    codes = shown["codes"]
    context = {"codes": codes, "text": "\n".join(codes), "row": row, "token": token, "error": error}
    context["account"] = request.user.account
    return render(request, f"credentials/mfa/{template}.html", context, status=400 if error else 200)


def gone(request: ConsoleRequest, row: OneTimeSecret) -> HttpResponse:
    context = {"gone": True, "done_url": json.loads(row.reveal())["done_url"]}
    return render(request, "credentials/mfa/recovery_codes.html", context, status=410)


def text_file(user: User, codes: list[str]) -> HttpResponse:
    """The codes as a text file that says what it is."""
    account = user.account
    lines = [
        f"Recovery codes of {user.label}, account {account.label} ({account.account_id})",
        "Each works once, instead of the code of an MFA device.",
        "",
        *codes,
    ]
    name = FILE_NAME.format(account.account_id, user.label)
    return whole_file("\r\n".join([*lines, ""]), TEXT_TYPE, name)
