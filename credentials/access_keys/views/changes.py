"""From selected access keys to the job that changes them: what will happen to which, and a confirmation."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from credentials import living_on
from credentials.access_keys import job as key_job
from credentials.access_keys.filters import AccessKeyFilter
from credentials.access_keys.selection import (
    ACTIONS,
    CHOICE,
    RECENT_DAYS,
    USED_MEANWHILE,
    Selection,
    selection_of,
)
from credentials.access_keys.views.list import account_of, keys_of, list_of_users, of_chosen_users
from credentials.models import AccessKey
from credentials.sessions.revoking import RevokeTick
from iamconsole import choices
from iamconsole.addresses import redirect, reverse
from iamconsole.choices import Choice
from iamconsole.errors import IamError
from iamconsole.portions import portions
from iamconsole.web import add_refusal, signed_in
from users.models import Account
from users.requests import ConsoleRequest

SHOWN, MOST = 100, 10_000
NOTHING_SELECTED = "Select access keys in the list, then choose an action."
TOO_MANY = "{count:,} access keys are too many at once. Select up to {most:,}."
NOTHING_TO_DO = "None of these access keys can be changed. The table says why."
ROW_NUMBER = re.compile(r"[0-9]{1,18}")


@require_POST
@signed_in
def change_access_keys(request: ConsoleRequest) -> HttpResponse:
    """Keep what the list of an account sent, for the page that confirms."""
    keys, _, _ = of_chosen_users(request, keys_of([account_of(request)]))
    origin = list_of_users(request)
    return keep_choice(request, CHOICE, keys, "access-keys", "confirm-access-keys", origin)


def keep_choice(
    request: ConsoleRequest,
    kind: str,
    keys: QuerySet[AccessKey],
    lists: str,
    confirms: str,
    origin: str = "",
) -> HttpResponse:
    """Keep which of the keys were selected in a list. Leads to the page that confirms; back to the list where
    there is nothing to confirm. ``origin``: the selection that led to the list, and ends with this one.
    """
    action, (ids, locked) = ACTIONS.get(request.POST.get("do", "")), selected_ids(request, keys)
    query = request.GET.urlencode()
    why = "" if action and ids else NOTHING_SELECTED
    if len(ids) + locked > MOST:
        why = TOO_MANY.format(count=len(ids), most=MOST)
    if why or action is None:
        messages.error(request, why)
        return redirect(list_url(lists, query))
    data = {"action": action.name, "keys": ids, "locked": locked, "list": query, "from": origin}
    return redirect(f"credentials:{confirms}", choice_id=choices.keep(request, kind, data))


def selected_ids(request: ConsoleRequest, keys: QuerySet[AccessKey]) -> tuple[list[str], int]:
    """The IDs of the selected keys, or of all that the list's filters find, and how many of them cannot be
    changed, as they are of accounts that are only a picture.
    """
    keys = keys.order_by("pk")
    if request.POST.get("all"):
        found = list(AccessKeyFilter(request.GET, keys).qs[: MOST + 1])
    else:
        numbers = sorted({int(one) for one in request.POST.getlist("key") if ROW_NUMBER.fullmatch(one)})
        found = [key for part in portions(numbers) for key in keys.filter(pk__in=part)]
    ids = [key.label for key in found if key.user.account.kind != Account.Kind.IMPORTED]
    return ids, len(found) - len(ids)


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_access_keys(request: ConsoleRequest, choice_id: UUID) -> HttpResponse:
    """What would happen to exactly which keys; sent, it starts the job."""
    account, choice = account_of(request), choices.find(request, CHOICE, choice_id)
    if choice.done_url:
        return redirect(choice.done_url)
    action = ACTIONS[choice.data["action"]]
    selection = selection_of({account: request.caller}, action, choice.data["keys"])

    def start(revoke_sessions: bool) -> str:
        job = key_job.start(request.caller, selection, revoke_sessions=revoke_sessions)
        return reverse("job", args=[job.id])

    at_aws = [bool(request.caller.link)]
    back = list_url("access-keys", choice.data["list"])
    return confirmation(request, choice, selection, start, at_aws=at_aws, back=back)


def confirmation(
    request: ConsoleRequest,
    choice: Choice,
    selection: Selection,
    start: Callable[[bool], str],
    *,
    at_aws: Sequence[bool],
    **more: Any,
) -> HttpResponse:
    """The page that asks; where it is confirmed, on to the address that ``start`` gives.

    ``at_aws``: for each account whether it is a linked one. ``more``: for the template.
    """
    form = form_of(request, selection, at_aws)
    if request.method == "POST" and is_confirmed(request, form, selection) and form.is_valid():
        try:
            with choice.carrying_out():
                choice.finish(request, start(bool(form.cleaned_data.get("revoke_sessions"))))
        except IamError as error:
            add_refusal(form, error, {})
        else:
            return redirect(choice.done_url)
    context = {
        "action": selection.action,
        "selection": selection,
        "page": Paginator(selection.keys, SHOWN).get_page(request.GET.get("page")),
        "form": form,
        "recent_days": RECENT_DAYS,
        "locked": choice.data["locked"],
        "blocked": NOTHING_TO_DO,
        "lives_on": lives_on(selection, at_aws),
        **more,
    }
    status = 400 if form.errors else 200
    return render(request, "credentials/access_keys/confirm_access_keys.html", context, status=status)


def form_of(request: ConsoleRequest, selection: Selection, at_aws: Sequence[bool]) -> forms.Form:
    """With the choice to revoke sessions, where that is something of its own: at AWS."""
    data = request.POST if request.method == "POST" else None
    if any(at_aws) and selection.action.status == AccessKey.Status.INACTIVE:
        return RevokeTick(data)
    return forms.Form(data)


def is_confirmed(request: ConsoleRequest, form: forms.Form, selection: Selection) -> bool:
    """Whether the word was typed where one is asked for, to the keys that are marked now."""
    if not selection.changed:
        form.add_error(None, NOTHING_TO_DO)
    elif request.POST.get("marked", "") != selection.seal:
        form.add_error(None, USED_MEANWHILE)
    elif selection.asks and request.POST.get("confirm", "").strip().lower() != selection.action.word:
        form.add_error(None, f"Type {selection.action.word} to confirm.")
    return not form.errors


def lives_on(selection: Selection, at_aws: Sequence[bool]) -> list[str]:
    """What goes on after keys stop, here and at AWS."""
    if selection.action.status == AccessKey.Status.ACTIVE or not selection.changed:
        return []
    return [living_on.after_keys(at_aws=at) for at in sorted(set(at_aws))]


def list_url(name: str, query: str) -> str:
    """A list of access keys, as it was filtered and sorted."""
    url = reverse(f"credentials:{name}")
    return f"{url}?{query}" if query else url
