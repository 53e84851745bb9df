"""A user's name and path, tags, and what happened around it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from iamconsole.addresses import redirect, reverse
from iamconsole.errors import IamError
from iamconsole.history import history_page
from iamconsole.models import Job
from iamconsole.operations import Step, require
from iamconsole.web import add_refusal, signed_in
from users.fields import changed
from users.models import User
from users.pages import ROWS_PER_PAGE, finished, user_context, user_of
from users.people.activity import events_of
from users.people.forms import EditUserForm
from users.people.operations.profiles import UNSET
from users.requests import ConsoleRequest
from users.steps import run
from users.tag_forms import TagsForm
from users.user_tabs import require_tab

FIELDS = {
    "EntityAlreadyExists": "user_name",
    "NewUserName": "user_name",
    "NewPath": "path",
    "EmailAddress": "email",
}
PROFILE = "iamconsole:UpdateUserProfile"
# Whether a person may be told from a program is asked with the type; one's own address needs less.
TYPE_KEYS = {"iamconsole:UserType": "person"}


@require_http_methods(["GET", "POST"])
@signed_in
def edit_user(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Rename the user, move it to another path, say who uses it; the page says what depends on the ARN."""
    user = user_of(request, user_id)
    may_rename = request.caller.permits("iam:UpdateUser", user.arn)
    may_profile = request.caller.permits(PROFILE, user.arn, TYPE_KEYS)
    if not may_profile:
        require(request.caller, "iam:UpdateUser", user.arn)
    now = {"user_name": user.user_name, "path": user.path, "user_type": user.user_type, "email": user.email}
    data = request.POST if request.method == "POST" else None
    form = EditUserForm(data, initial=now, rename=may_rename, profile=may_profile)
    if form.is_valid() and (answer := _save_user(request, user, form, now)):
        return answer
    context = {"user": user, "form": form, "may_rename": may_rename, "may_profile": may_profile}
    return render(request, "users/people/edit_user.html", context)


def _save_user(
    request: ConsoleRequest, user: User, form: EditUserForm, now: dict[str, str]
) -> HttpResponse | None:
    """The facts of the console first, under the old name; both together or neither."""
    steps = edit_steps(user, changed(form, **{name: now[name] for name in form.fields}))
    done_url = reverse("users:user", args=[user.user_id])
    name = form.cleaned_data.get("user_name", user.user_name)
    if not steps:
        messages.info(request, f"User {name} was not changed. Nothing in the form was different.")
        return redirect(done_url)
    try:
        outcome = run(request, steps, {"title": f"Edit {name}", "users": [], "done_url": done_url})
    except IamError as error:
        add_refusal(form, error, FIELDS)
        return None
    if isinstance(outcome, Job):
        return redirect("job", job_id=outcome.id)
    messages.success(request, f"User {name} was saved.")
    return redirect(done_url)


def edit_steps(user: User, new: dict[str, str]) -> list[Step]:
    """The operations that make the changed fields true."""
    named, steps = {"UserName": user.user_name}, []
    profile = {}
    if "user_type" in new:
        profile["UserType"] = new["user_type"] or UNSET
    if "email" in new:
        profile["EmailAddress"] = new["email"]
    if profile:
        steps.append(Step(PROFILE, {**named, **profile}))
    names = {"user_name": "NewUserName", "path": "NewPath"}
    moved = {parameter: new[field] for field, parameter in names.items() if field in new}
    return [*steps, Step("UpdateUser", {**named, **moved})] if moved else steps


@require_http_methods(["GET", "POST"])
@signed_in
def user_tags(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """All tags on one form: change, add, remove, save together."""
    user = user_of(request, user_id)
    require_tab(request.caller, "tags", user)
    form = TagsForm(request.POST if request.method == "POST" else None, tags=user.tags)
    if form.is_valid() and (answer := _save_tags(request, user, form)):
        return answer
    permits = request.caller.permits
    may_edit = permits("iam:TagUser", user.arn) or permits("iam:UntagUser", user.arn)
    context = {**user_context(request, user), "form": form, "may_edit": may_edit}
    return render(request, "users/people/user_tags.html", context)


def _save_tags(request: ConsoleRequest, user: User, form: TagsForm) -> HttpResponse | None:
    gone, new = form.changes()
    steps = [Step("UntagUser", {"UserName": user.user_name, "TagKeys": gone})] if gone else []
    steps += [Step("TagUser", {"UserName": user.user_name, "Tags": new})] if new else []
    if not steps:
        messages.info(request, "No tags were changed.")
        return redirect("users:user-tags", user_id=user.user_id)
    return finished(request, steps, f"Tags of {user.user_name}", "The tags were saved.", request.path, form)


@require_GET
@signed_in
def user_activity(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Events by this user and about it."""
    user = user_of(request, user_id)
    require_tab(request.caller, "activity", user)
    side = request.GET.get("side", "")
    page = history_page(events_of(user, side), request.GET, ROWS_PER_PAGE)
    context: dict[str, Any] = {**user_context(request, user), "page": page, "side": side}
    return render(request, "users/people/user_activity.html", context)
