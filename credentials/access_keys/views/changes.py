"""From selected access keys to the job that changes them: what will happen to which, and a confirmation."""

import re
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from credentials import living_on
from credentials.access_keys import job as key_job
from credentials.access_keys.filters import AccessKeyFilter
from credentials.access_keys.selection import ACTIONS, RECENT_DAYS, KeyAction, Selection, selection_of
from credentials.access_keys.views.list import account_of, keys_of, of_chosen_users
from credentials.models import AccessKey
from credentials.sessions.revoking import RevokeTick
from iamconsole import choices
from iamconsole.addresses import redirect, reverse
from iamconsole.choices import Choice
from iamconsole.errors import IamError
from iamconsole.web import add_refusal, signed_in
from users.models import Account
from users.requests import ConsoleRequest

CHOICE = "access keys"
SHOWN, MOST = 100, 10_000
NOTHING_SELECTED = "Select access keys in the list, then choose an action."
TOO_MANY = "{count:,} access keys are too many at once. Select up to {most:,}."
NOTHING_TO_DO = "None of these access keys can be changed. The table says why."
USED_MEANWHILE = "Which of these keys are in use has changed since you opened this page. Read the list again."
ROW_NUMBER = re.compile(r"[0-9]{1,18}")


@require_POST
@signed_in
def change_access_keys(request: ConsoleRequest) -> HttpResponse:
    """Keep what the list sent, for the page that confirms."""
    account, action = account_of(request), ACTIONS.get(request.POST.get("do", ""))
    ids = selected_ids(request, account)
    if request.caller.read_only or action is None or not ids:
        messages.error(request, NOTHING_SELECTED)
        return to_list(request.GET.urlencode())
    if len(ids) > MOST:
        messages.error(request, TOO_MANY.format(count=len(ids), most=MOST))
        return to_list(request.GET.urlencode())
    data = {"action": action.name, "keys": ids, "list": request.GET.urlencode()}
    return redirect("credentials:confirm-access-keys", choice_id=choices.keep(request, CHOICE, data))


def selected_ids(request: ConsoleRequest, account: Account) -> list[str]:
    """The IDs of the selected keys of the account, or of all that the list's filters find."""
    keys, _, _ = of_chosen_users(request, keys_of([account]))
    if request.POST.get("all"):
        found = AccessKeyFilter(request.GET, keys).qs.order_by("pk")
        return list(found.values_list("access_key_id", flat=True)[: MOST + 1])
    numbers = sorted({int(one) for one in request.POST.getlist("key") if ROW_NUMBER.fullmatch(one)})
    ids: list[str] = []
    for start in range(0, len(numbers), 500):
        some = AccessKey.objects.of_people(account).filter(pk__in=numbers[start : start + 500])
        ids += [key.label for key in some.exclude(access_key_id=None)]
    return ids


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_access_keys(request: ConsoleRequest, choice_id: UUID) -> HttpResponse:
    """What would happen to exactly which keys; sent, it starts the job."""
    account, choice = account_of(request), choices.find(request, CHOICE, choice_id)
    if choice.done_url:
        return redirect(choice.done_url)
    action = ACTIONS[choice.data["action"]]
    selection = selection_of(request.caller, account, action, choice.data["keys"])
    form = form_of(request, action)
    confirmed = request.method == "POST" and is_confirmed(request, form, selection) and form.is_valid()
    if confirmed and (answer := started(request, choice, selection, form)):
        return answer
    status = 400 if form.errors else 200
    context = {
        "action": action,
        "selection": selection,
        "page": Paginator(selection.keys, SHOWN).get_page(request.GET.get("page")),
        "form": form,
        "recent_days": RECENT_DAYS,
        "back": to_list(choice.data["list"]).url,
        "blocked": NOTHING_TO_DO,
        "lives_on": lives_on(request, action),
    }
    return render(request, "credentials/access_keys/confirm_access_keys.html", context, status=status)


def form_of(request: ConsoleRequest, action: KeyAction) -> forms.Form:
    """With the choice to revoke sessions, where that is something of its own: at AWS."""
    data = request.POST if request.method == "POST" else None
    if request.caller.link and action.status == AccessKey.Status.INACTIVE:
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


def started(
    request: ConsoleRequest, choice: Choice, selection: Selection, form: forms.Form
) -> HttpResponse | None:
    """Start the job and go to its page; None where it was refused: the form says why."""
    revoke = bool(form.cleaned_data.get("revoke_sessions"))
    try:
        with choice.carrying_out():
            job = key_job.start(request.caller, selection, revoke_sessions=revoke)
            choice.finish(reverse("job", args=[job.id]))
    except IamError as error:
        add_refusal(form, error, {})
        return None
    return redirect(choice.done_url)


def lives_on(request: ConsoleRequest, action: KeyAction) -> str:
    """What goes on after the keys stop."""
    if action.status == AccessKey.Status.ACTIVE:
        return ""
    return living_on.after_keys(at_aws=bool(request.caller.link))


def to_list(query: str) -> HttpResponseRedirect:
    """The list of access keys, as it was filtered and sorted."""
    url = reverse("credentials:access-keys")
    return redirect(f"{url}?{query}" if query else url)
