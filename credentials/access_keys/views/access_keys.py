"""A user's access keys: created, deactivated, activated and deleted."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from credentials import living_on
from credentials.access_keys.forms.key_details import NewKeyForm
from credentials.access_keys.limits import why_no_key
from credentials.access_keys.operations.access_keys import DEACTIVATE_FIRST
from credentials.access_keys.use_choice import DESCRIPTIONS
from credentials.advice import before_a_key
from credentials.key_uses import key_steps
from credentials.models import AccessKey
from credentials.pages import credentials_url, key_of_user
from credentials.shown_once.handover import run_and_show, to_show
from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.operations import May, Step, require, require_recent
from iamconsole.web import act, signed_in, submit
from users.confirm import ConfirmForm
from users.models import User
from users.pages import user_of
from users.requests import ConsoleRequest

DONE = {
    "Active": "Access key {} was activated. It works again.",
    "Inactive": "Access key {} was deactivated. You can activate it again until it is deleted.",
}


@require_http_methods(["GET", "POST"])
@signed_in
def create_access_key(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Use and advice first; sent, the new key and its secret on the page that shows them once."""
    user = user_of(request, user_id)
    require(request.caller, "iam:CreateAccessKey", user.arn)
    require_recent(request.caller)
    form = NewKeyForm(request.POST if request.method == "POST" else None)
    back = credentials_url(request, user)
    if form.is_valid():
        show = to_show(f"Access key of {user.user_name}", user.user_name, back)
        show["key_use"] = form.cleaned_data["key_use"]
        try:
            return run_and_show(request, _steps(user, form.cleaned_data), show)
        except IamError as error:
            form.add_error(None, error.message)
    keys = AccessKey.objects.filter(user=user).count()
    blocked = why_no_key(request.caller, user, keys)
    context = {
        "user": user,
        "form": form,
        "descriptions": DESCRIPTIONS,
        "blocked": blocked,
        "back": back,
        "may": May(request.caller, user.arn),
        "before_a_key": before_a_key(user),
    }
    return render(request, "credentials/access_keys/create_access_key.html", context)


def _steps(user: User, chosen: dict[str, Any]) -> list[Step]:
    return key_steps(
        user.user_name, chosen["key_description"], chosen["key_owner"], chosen["key_review_date"]
    )


def done_text(user: User, key: AccessKey, status: str) -> str:
    """What was done to a key, and what lives on after it."""
    done = DONE.get(status, "").format(key.access_key_id)
    return f"{done} {living_on.after_key_of(user)}" if status == AccessKey.Status.INACTIVE else done


@require_POST
@signed_in
def update_access_key(request: ConsoleRequest, user_id: str, access_key_id: str) -> HttpResponse:
    """Activate or deactivate with one click: either can be taken back."""
    user = user_of(request, user_id)
    require(request.caller, "iam:UpdateAccessKey", user.arn)
    key = key_of_user(user, access_key_id)
    status = request.POST.get("status", "")
    done = done_text(user, key, status)
    params: dict[str, Any] = {"UserName": user.user_name, "AccessKeyId": key.access_key_id, "Status": status}
    act(request, "UpdateAccessKey", done, **params)
    return redirect(credentials_url(request, user))


@require_http_methods(["GET", "POST"])
@signed_in
def delete_access_key(request: ConsoleRequest, user_id: str, access_key_id: str) -> HttpResponse:
    """Asks to type the key ID. An active key is refused by the door."""
    user = user_of(request, user_id)
    require(request.caller, "iam:DeleteAccessKey", user.arn)
    key = key_of_user(user, access_key_id)
    form = ConfirmForm(request.POST if request.method == "POST" else None, expected=key.label)
    back, lives_on = credentials_url(request, user), living_on.after_key_of(user)
    if form.is_valid():
        names = {"UserName": user.user_name, "AccessKeyId": key.access_key_id}
        if submit(request, form, "DeleteAccessKey", {}, **names) is not None:
            messages.success(request, f"Access key {key.access_key_id} was deleted. {lives_on}")
            return redirect(back)
    blocked = DEACTIVATE_FIRST if key.active else ""
    context = {"user": user, "key": key, "form": form, "back": back}
    context |= {"blocked": blocked, "may": May(request.caller, user.arn), "lives_on": lives_on}
    return render(request, "credentials/access_keys/delete_access_key.html", context)
