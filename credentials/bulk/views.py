"""The page between selecting users and the job: what will happen, to whom, and a confirmation."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from credentials import living_on
from credentials.access_keys.reading import OF_USERS, old_keys_url
from credentials.bulk import job as bulk_job
from credentials.bulk.actions import ACTIONS, BulkAction
from credentials.bulk.forms import GroupChoiceForm, NoFields, TagForm
from credentials.sessions.revoking import RevokeForm
from iamconsole import choices
from iamconsole.addresses import redirect, reverse
from iamconsole.choices import Choice
from iamconsole.errors import IamError
from iamconsole.portions import portions
from iamconsole.web import add_refusal, signed_in
from iamconsole.words import plural
from users.callers.build import starter_of
from users.impact import review
from users.models import Account, User
from users.pages import account_users
from users.people.filters import UserFilter
from users.requests import ConsoleRequest

CHOICE = "users"
SHOWN = 100
MOST = 10_000
DELETE = "delete"
KEYS = "deactivate-keys"  # which of a user's keys is decided in their own list
NOBODY = "Select users in the list, then choose an action."
ALL_GONE = "The selected users have been deleted in the meantime. Nothing was changed."
ROW_NUMBER = re.compile(r"[0-9]{1,18}")


@require_POST
@signed_in
def bulk(request: ConsoleRequest) -> HttpResponse:
    """Keep whom the list sent, for the page that confirms."""
    if request.POST.get("do") == KEYS:
        return to_old_keys(request)
    action, users = ACTIONS.get(request.POST.get("do", "")), selected_users(request)
    if action is None or not users or (action.at_aws and not request.caller.link):
        messages.error(request, NOBODY)
        return to_list(request.GET.urlencode())
    if len(users) > MOST:
        messages.error(request, f"{len(users):,} users are too many at once. Select up to {MOST:,}.")
        return to_list(request.GET.urlencode())
    data = {"action": action.name, "users": users, "list": request.GET.urlencode()}
    return redirect("credentials:confirm-bulk", choice_id=choices.keep(request, CHOICE, data))


def to_old_keys(request: ConsoleRequest) -> HttpResponse:
    """On to the access keys of the selected users, those over the limit ticked."""
    users = selected_users(request)
    if not users:
        messages.error(request, NOBODY)
        return to_list(request.GET.urlencode())
    kept = choices.keep(request, OF_USERS, {"users": users[:MOST], "list": CHOICE})
    return redirect(old_keys_url(kept))


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_bulk(request: ConsoleRequest, choice_id: UUID) -> HttpResponse:
    """What would happen to exactly whom; sent, it starts the job."""
    there = account_users(request).select_related("account")
    choice = choices.find(request, CHOICE, choice_id)
    if choice.done_url:
        return redirect(choice.done_url)
    action, pks = ACTIONS[choice.data["action"]], choice.data["users"]
    users = named(there, pks)
    if not users:
        messages.error(request, ALL_GONE)
        return to_list(choice.data["list"])
    form = form_of(request, action)
    confirmed = request.method == "POST" and is_confirmed(request, form, action) and form.is_valid()
    if confirmed and review.asks_review(request):
        return reviewed(request, action, users, form)
    if confirmed and (answer := started(request, choice, action, users, form)):
        return answer
    context = {**_context(request, action, users, form), "gone": len(pks) - len(users)}
    context["back"] = to_list(choice.data["list"]).url
    return render(request, "credentials/bulk/bulk.html", context, status=400 if form.errors else 200)


def reviewed(
    request: ConsoleRequest, action: BulkAction, users: Sequence[User], form: forms.Form
) -> HttpResponse:
    """On to the page with who gains and who loses what, which sends the same again."""
    steps = [step for user in users for step in action.steps(user, params_of(form))]
    title = f"Add {plural(len(users), 'user')} to {form.cleaned_data['group']}"
    return review.keep(request, steps, title, action.button, request.path)


def params_of(form: forms.Form) -> dict[str, Any]:
    return form.params() if hasattr(form, "params") else dict(form.cleaned_data)


def started(
    request: ConsoleRequest, choice: Choice, action: BulkAction, users: Sequence[User], form: forms.Form
) -> HttpResponse | None:
    """Start the job and go to its page; None where it was refused: the form says why."""
    try:
        with choice.carrying_out():
            job = bulk_job.start(request.caller, starter_of(request.caller), action, users, params_of(form))
            choice.finish(request, reverse("job", args=[job.id]))
    except IamError as error:
        add_refusal(form, error, {})
        return None
    return redirect(choice.done_url)


def to_list(query: str) -> HttpResponseRedirect:
    """The list of users, as it was filtered and sorted."""
    return redirect(f"{reverse('users:list')}?{query}" if query else reverse("users:list"))


def selected_users(request: ConsoleRequest) -> list[int]:
    """The primary keys of the selected users of the account, or of all that the list's filters find."""
    users = account_users(request)
    if request.POST.get("all"):
        chosen = UserFilter(request.GET, users, request=request)
        return list(chosen.qs.values_list("pk", flat=True)[: MOST + 1])
    ticked = {int(value) for value in request.POST.getlist("user") if ROW_NUMBER.fullmatch(value)}
    there = (users.filter(pk__in=part).values_list("pk", flat=True) for part in portions(sorted(ticked)))
    return [pk for some in there for pk in some]


def named(users: QuerySet[User], pks: list[int]) -> list[User]:
    """Those of the users that are still there, by name."""
    found = [user for part in portions(pks) for user in users.filter(pk__in=part)]
    return sorted(found, key=lambda user: user.name_folded)


def form_of(request: ConsoleRequest, action: BulkAction) -> forms.Form:
    data = request.POST if request.method == "POST" else None
    if action.name == "add-to-group":
        return GroupChoiceForm(data, account=Account.objects.get(account_id=request.caller.account_id))
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
        "after_deletion": living_on.AFTER_DELETION if request.caller.link and action.danger else "",
        "action": action,
        "page": Paginator(users, SHOWN).get_page(request.GET.get("page")),
        "count": len(users),
        "form": form,
        "delete": DELETE,
    }
