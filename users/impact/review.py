"""The page between a change of permissions and its being made: who gains and who loses what.

What was sent is kept as a choice, so that the page answers a GET; its form sends the same again to the page
that it came from, which makes the change. One-click changes have the page at their own address.
"""

from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from iamconsole import choices
from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.operations import Step
from iamconsole.operations.door import refusals
from iamconsole.policy import TooManySteps
from iamconsole.web import CONFIRMED, QuestionForm
from users.callers import own_access
from users.impact.effects import change_of, impact_of, side
from users.impact.holdings import read
from users.impact.job import SIMULATE
from users.impact.shown import shown
from users.impact.versions import compared
from users.models import Account
from users.requests import ConsoleRequest

CHOICE = "permissions"
SALT = "permission-impact"
NOT_YOURS = (
    "This question was made by another person or in another account. Go back to the change and try again."
)
REVIEW = "review"  # the value of ``go`` that asks for the page
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
        return {**context, "too_much": True, "question": question_of(request, steps)}
    return {**context, **shown(impact, names=request.caller.permits("iam:ListUsers"))}


def question_of(request: ConsoleRequest, steps: Sequence[Step]) -> str:
    """The steps on their way to a job, signed for this person in this account."""
    asked = [[step.name, dict(step.params)] for step in steps]
    return signing.dumps({"asks": _asks(request), "steps": asked}, salt=SALT)


def steps_asked(request: ConsoleRequest, question: str) -> list[Step]:
    """The steps of a question. Raises IamError for another's."""
    try:
        data = signing.loads(question, salt=SALT)
    except signing.BadSignature:
        data = {"asks": ""}
    if data["asks"] != _asks(request):
        raise IamError("ValidationError", NOT_YOURS)
    return [Step(name, params) for name, params in data["steps"]]


def _asks(request: ConsoleRequest) -> str:
    return f"{request.caller.person_id} in {request.caller.account_id}"


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
