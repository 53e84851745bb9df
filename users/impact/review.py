"""The page between a change of permissions and its being made: who gains and who loses what.

What was sent is kept as a choice, so that the page answers a GET; its form sends the same again to the page
that it came from, which makes the change. One-click changes have the page at their own address.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from iamconsole import choices
from iamconsole.addresses import redirect
from iamconsole.operations import Step
from iamconsole.operations.door import refusals
from iamconsole.policy import TooManySteps
from iamconsole.web import CONFIRMED, QuestionForm
from iamconsole.words import plural
from users.callers import own_access
from users.impact.effects import Effect, Impact, change_of, impact_of, side
from users.impact.holdings import read
from users.impact.tables import table_of
from users.impact.versions import compared
from users.models import Account
from users.requests import ConsoleRequest

CHOICE = "permissions"
REVIEW = "review"  # the value of ``go`` that asks for the page
SIMULATE = "iam:SimulatePrincipalPolicy"
MOST_EFFECTS, MOST_PEOPLE = 12, 8
NOT_SENT = ("csrfmiddlewaretoken", "go", "confirmed")


Versions = tuple[str, str] | None


def asks_review(request: ConsoleRequest) -> bool:
    """Whether a form was sent for the page, and not to make the change."""
    return request.POST.get("go") == REVIEW


def keep(
    request: ConsoleRequest,
    steps: Sequence[Step],
    title: str,
    button: str,
    back: str,
    *,
    go: str = "save",
    versions: Versions = None,
) -> HttpResponseRedirect:
    """Keep what was sent, and go on to the page. ``back``: where Cancel leads; ``go`` makes the change.
    ``versions``: two documents to compare.
    """
    fields = [[name, value] for name, values in request.POST.lists() for value in values]
    data = {
        "title": title,
        "button": button,
        "back": back,
        "action": request.get_full_path(),
        "fields": [[name, value] for name, value in fields if name not in NOT_SENT] + [["go", go]],
        "steps": [[step.name, dict(step.params)] for step in steps],
        "versions": versions,
    }
    return redirect("users:review-permissions", choice_id=choices.keep(request, CHOICE, data))


def page(
    request: ConsoleRequest,
    steps: Sequence[Step],
    *,
    title: str,
    button: str,
    back: str,
    action: str = "",
    fields: Sequence[tuple[str, str]] = (),
    guard: str = own_access.OWN_ACCESS,
    versions: Versions = None,
) -> HttpResponse:
    """The page. Its form sends ``fields`` to ``action``, else to the address of the page itself. Raises
    AccessDenied where one of the steps is not allowed. ``guard`` is the one that asks about the own access.
    """
    if denied := refusals(request.caller, steps):
        raise denied[0]
    context: dict[str, Any] = {
        "title": title,
        "button": button,
        "back": back,
        "action": action,
        "fields": fields,
    }
    context |= considered(request, steps, guard)
    context["difference"] = compared(*versions) if versions else None
    return render(request, "users/impact/review.html", context)


def considered(
    request: ConsoleRequest, steps: Sequence[Step], guard: str = own_access.OWN_ACCESS
) -> dict[str, Any]:
    """What the page shows of the steps: the effects, and what they take from the person itself."""
    account = Account.objects.select_related("link").get(account_id=request.caller.account_id)
    unread = next((fact for name in ("policies", "groups") if (fact := account.not_known[name])), None)
    context: dict[str, Any] = {"unread": unread, "losses": own_losses(request, account, steps)}
    if context["losses"]:
        context["own_form"] = own_form(request, guard)
    if unread:
        return context
    may_see = request.caller.permits(SIMULATE, account.arns.any_user)
    if not may_see:
        return {**context, "needed": SIMULATE, "needed_on": account.arns.any_user}
    try:
        impact = impact_of(account, steps)
    except TooManySteps:
        return {**context, "too_much": True}
    return {**context, **shown(impact, names=request.caller.permits("iam:ListUsers"))}


def shown(impact: Impact, *, names: bool) -> dict[str, Any]:
    """The effects as the component shows them; people by name only to those who can list them."""
    some = impact.effects[:MOST_EFFECTS]
    return {
        "impact": impact,
        "summary": summary_of(impact),
        "effects": [_shown(effect, names=names) for effect in some],
        "more_effects": len(impact.effects) - len(some),
        "loses": any(effect.loses or effect.found is None for effect in impact.effects),
    }


def _shown(effect: Effect, *, names: bool) -> dict[str, Any]:
    people = effect.people[:MOST_PEOPLE] if names else ()
    return {
        "effect": effect,
        "people": people,
        "more": len(effect.people) - len(people),
        "verb": verb_of(effect),
        "table": table_of(effect.found) if effect.found else None,
    }


def verb_of(effect: Effect) -> str:
    if effect.found is None:
        return "not known"
    if effect.differs or (effect.gains and effect.loses):
        return "gains and loses" if effect.gains and effect.loses else "differs"
    return "gains" if effect.gains else "loses"


SUMMARY = {
    "gains": "{whom} gain access.",
    "loses": "{whom} lose access.",
    "gains and loses": "{whom} gain some access and lose some.",
    "differs": "For {whom} access differs.",
    "not known": "For {whom} it is not known, because a document was not read.",
}
NOBODY = "Nobody has these permissions now, so nobody gains or loses anything."
NOTHING = "Nobody gains or loses an action that is known here."


def summary_of(impact: Impact) -> str:
    """How many people gain, lose, and are left as they are."""
    if not impact.effects:
        return NOTHING if impact.concerned else NOBODY
    counts = Counter[str]()
    for effect in impact.effects:
        counts[verb_of(effect)] += len(effect.people)
    parts = [_sentence(text, counts[verb]) for verb, text in SUMMARY.items() if counts[verb]]
    if impact.unchanged:
        parts.append(f"Nothing changes for {plural(impact.unchanged, 'user')}.")
    return " ".join(parts)


def _sentence(text: str, count: int) -> str:
    words = text.format(whom=plural(count, "user"))
    return words.replace(" gain ", " gains ").replace(" lose ", " loses ") if count == 1 else words


def own_form(request: ConsoleRequest, guard: str) -> QuestionForm:
    """The second box to select, which the guard of the operations asks for."""
    form = QuestionForm()
    form.fields[CONFIRMED].widget.attrs["value"] = guard
    return form


def own_losses(request: ConsoleRequest, account: Account, steps: Sequence[Step]) -> list[own_access.Loss]:
    """What the steps take from the person, or from this console's user at AWS, by what they would do."""
    watched = own_access.watched(request.caller)
    if not watched:
        return []
    change = change_of(steps)
    held = read(account, change, {one.caller.user_id for one in watched})
    names = {one.caller.user_name.lower(): one for one in watched}
    before = {name: side(held.held(name)) for name in names if name in held.people}
    for edit in change.edits:
        edit(held)
    losses = (names[name].loss_between(old, side(held.held(name))) for name, old in before.items())
    return list(filter(None, losses))
