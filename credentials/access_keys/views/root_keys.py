"""Root's own access keys, which it should not have: created, deactivated and deleted by root itself."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from credentials import living_on
from credentials.access_keys.operations.access_keys import DEACTIVATE_FIRST
from credentials.access_keys.root_section import root_section
from credentials.access_keys.views.access_keys import done_text
from credentials.pages import key_of_user
from credentials.shown_once.handover import show_once, to_show
from iamconsole.addresses import redirect, reverse
from iamconsole.errors import IamError
from iamconsole.operations import execute, find, require_recent
from iamconsole.web import act, signed_in, submit
from users.confirm import ConfirmForm
from users.requests import ConsoleRequest

NOT_ROOT = "These pages are for the root user only."
UNDERSTOOD = (
    "I understand that anybody who has this key can do everything in this account, without MFA, and that no "
    "policy can restrict it"
)
View = Callable[..., HttpResponse]


class RootKeyForm(forms.Form):
    """The extra yes to a key that nobody should have."""

    understood = forms.BooleanField(
        label=UNDERSTOOD,
        error_messages={"required": "Select the box to create the key, or cancel."},
    )


def for_root(view: View) -> View:
    """Only for the root user, in its own account; for everybody else there is no such page."""

    @wraps(view)
    def only_root(request: ConsoleRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_root:
            raise Http404(NOT_ROOT)
        return view(request, *args, **kwargs)

    return signed_in(only_root)


@require_http_methods(["GET", "POST"])
@for_root
def create_root_access_key(request: ConsoleRequest) -> HttpResponse:
    """What speaks against it first; sent with the tick, the new key on the page that shows it once."""
    require_recent(request.caller)
    form = RootKeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            facts = execute(request.caller, "CreateAccessKey")
        except IamError as error:
            form.add_error(None, error.message)
        else:
            secrets = find("CreateAccessKey").shown_once({}, facts)
            return show_once(request, to_show("Access key of root", "root", back(), **secrets))
    context = {"form": form, "back": back(), "blocked": root_section(request.user)["blocked"]}
    status = 400 if form.errors else 200
    return render(request, "credentials/access_keys/create_root_access_key.html", context, status=status)


@require_POST
@for_root
def update_root_access_key(request: ConsoleRequest, access_key_id: str) -> HttpResponse:
    """Activate or deactivate with one click: either can be taken back."""
    key, status = key_of_user(request.user, access_key_id), request.POST.get("status", "")
    done = done_text(request.user, key, status)
    act(request, "UpdateAccessKey", done, AccessKeyId=key.access_key_id, Status=status)
    return redirect(back())


@require_http_methods(["GET", "POST"])
@for_root
def delete_root_access_key(request: ConsoleRequest, access_key_id: str) -> HttpResponse:
    """Asks to type the key ID. An active key is refused by the door."""
    key = key_of_user(request.user, access_key_id)
    form = ConfirmForm(request.POST if request.method == "POST" else None, expected=key.label)
    lives_on = living_on.after_key_of(request.user)
    if form.is_valid():
        done = submit(request, form, "DeleteAccessKey", {}, AccessKeyId=key.access_key_id)
        if done is not None:
            messages.success(request, f"Access key {key.access_key_id} of root was deleted. {lives_on}")
            return redirect(back())
    blocked = DEACTIVATE_FIRST if key.active else ""
    context = {"key": key, "form": form, "back": back(), "blocked": blocked, "lives_on": lives_on}
    status = 400 if form.errors else 200
    return render(request, "credentials/access_keys/delete_root_access_key.html", context, status=status)


def back() -> str:
    return reverse("credentials:my-security-credentials")
