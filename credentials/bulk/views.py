"""The page between ticking users and the job: what will happen, to whom, and a confirmation."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from credentials import living_on
from credentials.bulk import job as bulk_job
from credentials.bulk.actions import ACTIONS, BulkAction
from credentials.bulk.forms import GroupChoiceForm, NoFields, TagForm
from credentials.sessions.revoking import RevokeForm, RevokeTick
from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.web import add_refusal, signed_in
from users.callers.build import starter_of
from users.models import Account, User
from users.pages import account_users
from users.people.filters import UserFilter
from users.requests import ConsoleRequest

SHOWN = 100
MOST = 10_000
DELETE = "delete"
ROW_NUMBER = re.compile(r"[0-9]{1,18}")


@require_POST
@signed_in
def bulk(request: ConsoleRequest) -> HttpResponse:
    """Shows what would happen; with ``confirmed`` starts the job."""
    action = ACTIONS.get(request.POST.get("do", ""))
    users = chosen_users(request)
    if action is None or not users or (action.at_aws and not request.caller.link):
        messages.error(request, "Select users in the list, then choose an action.")
        return redirect("users:list")
    if len(users) > MOST:
        messages.error(request, f"{len(users):,} users are too many at once. Select up to {MOST:,}.")
        return redirect("users:list")
    confirmed = bool(request.POST.get("confirmed"))
    form = form_of(request, action, confirmed=confirmed)
    if confirmed and is_confirmed(request, form, action) and form.is_valid():
        params = form.params() if hasattr(form, "params") else dict(form.cleaned_data)
        try:
            starter = starter_of(request.caller)
            job = bulk_job.start(request.caller, starter, action, users, params)
        except IamError as error:
            add_refusal(form, error, {})
        else:
            return redirect("job", job_id=job.id)
    return render(request, "credentials/bulk/bulk.html", _context(request, action, users, form))


def chosen_users(request: ConsoleRequest) -> Sequence[User]:
    """The ticked users of the account, or all that the list's filters let through."""
    users = account_users(request).select_related("account").order_by("name_folded")
    if request.POST.get("all"):
        return list(UserFilter(request.GET, users, request=request).qs[: MOST + 1])
    ticked = {int(value) for value in request.POST.getlist("user") if ROW_NUMBER.fullmatch(value)}
    return [user for part in parts(sorted(ticked)) for user in users.filter(pk__in=part)]


def parts(values: list[int]) -> list[list[int]]:
    """Databases bound the number of parameters of one question."""
    return [values[start : start + 500] for start in range(0, len(values), 500)]


def form_of(request: ConsoleRequest, action: BulkAction, *, confirmed: bool) -> forms.Form:
    data = request.POST if confirmed else None
    if action.name == "add-to-group":
        return GroupChoiceForm(data, account=Account.objects.get(account_id=request.caller.account_id))
    if action.takes_keys and request.caller.link:
        return RevokeTick(data)
    if action.at_aws:
        return RevokeForm(data)
    return TagForm(data) if action.name == "tag" else NoFields(data)


def is_confirmed(request: ConsoleRequest, form: forms.Form, action: BulkAction) -> bool:
    """Deleting asks to type the word, as IAM's console does for several users."""
    if action.danger and request.POST.get("confirm") != DELETE:
        form.add_error(None, f"Type {DELETE} to confirm.")
        return False
    return True


def _context(
    request: ConsoleRequest, action: BulkAction, users: Sequence[User], form: forms.Form
) -> dict[str, Any]:
    return {
        "lives_on": living_on.after_keys(at_aws=bool(request.caller.link)) if action.takes_keys else "",
        "after_deletion": living_on.AFTER_DELETION if request.caller.link and action.danger else "",
        "action": action,
        "users": users[:SHOWN],
        "ids": [user.pk for user in users],
        "count": len(users),
        "more": max(0, len(users) - SHOWN),
        "form": form,
        "delete": DELETE,
    }
