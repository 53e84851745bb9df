"""Deleting a user: everything that goes with it is listed first."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from credentials import living_on
from credentials.deletion import deletion
from iamconsole.addresses import redirect, reverse
from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import require, require_recent_for
from iamconsole.web import add_refusal, signed_in
from users.confirm import ConfirmForm
from users.impact import review
from users.models import Account, User
from users.pages import user_of
from users.requests import ConsoleRequest
from users.steps import run

OWN = "You are signed in as this user. Ask another administrator to delete it."


@require_http_methods(["GET", "POST"])
@signed_in
def delete_user(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Asks to type the user name, then runs all steps together."""
    user = user_of(request, user_id)
    caller = request.caller
    require(caller, "iam:DeleteUser", user.arn)
    form = ConfirmForm(request.POST if request.method == "POST" else None, expected=user.user_name)
    stages = deletion.stages(user)
    require_recent_for(caller, deletion.steps(stages))
    if form.is_valid():
        try:
            return _delete(request, user, stages)
        except IamError as error:
            add_refusal(form, error, {})
    context = {
        "user": user,
        "form": form,
        "stages": stages,
        "count": len(deletion.steps(stages)),
        "lives_on": living_on.AFTER_DELETION if user.account.kind == Account.Kind.LINKED else "",
        "working": was_active_within_a_day(user),
        "blocked": OWN if caller.user_id == user.user_id else "",
    }
    context |= review.considered(request, deletion.steps(stages))
    return render(request, "credentials/deletion/delete_user.html", context)


def _delete(request: ConsoleRequest, user: User, stages: list[deletion.Stage]) -> HttpResponse:
    done_url = reverse("users:list")
    show = {"title": f"Delete user {user.user_name}", "users": [], "done_url": done_url}
    outcome = run(request, deletion.steps(stages), show)
    if isinstance(outcome, Job):
        return redirect("job", job_id=outcome.id)
    messages.success(request, f"User {user.user_name} was deleted.")
    return redirect(done_url)


def was_active_within_a_day(user: User) -> bool:
    """Whether something would miss the user at once."""
    return user.last_activity is not None and timezone.now() - user.last_activity < timedelta(days=1)
