"""A user's name and path, tags, and what happened around it."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from iamconsole.models import Event
from iamconsole.operations import Step, require
from iamconsole.web import signed_in, submit
from users.forms.groups import UserNameForm, changed
from users.forms.tags import TagsForm
from users.models import User
from users.requests import ConsoleRequest

from .memberships import finished
from .users import paged, user_context, user_of

FIELDS = {
    "EntityAlreadyExists": "user_name",
    "NewUserName": "user_name",
    "NewPath": "path",
}


@require_http_methods(["GET", "POST"])
@signed_in
def edit_user(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Rename the user or move it to another path; the page says what depends on the ARN."""
    user = user_of(request, user_id)
    require(request.caller, "iam:UpdateUser", user.arn)
    now = {"user_name": user.user_name, "path": user.path}
    form = UserNameForm(request.POST if request.method == "POST" else None, initial=now)
    if form.is_valid():
        new = changed(form, **now)
        params = {"NewUserName": new.get("user_name"), "NewPath": new.get("path")}
        if submit(request, form, "UpdateUser", FIELDS, UserName=user.user_name, **params) is not None:
            messages.success(request, f"User {form.cleaned_data['user_name']} was saved.")
            return redirect("users:user", user_id=user.user_id)
    return render(request, "users/edit_user.html", {"user": user, "form": form})


@require_http_methods(["GET", "POST"])
@signed_in
def user_tags(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """All tags on one form: change, add, remove, save together."""
    user = user_of(request, user_id)
    require(request.caller, "iam:ListUserTags", user.arn)
    form = TagsForm(request.POST if request.method == "POST" else None, tags=user.tags)
    if form.is_valid() and (answer := _save_tags(request, user, form)):
        return answer
    permits = request.caller.permits
    may_edit = permits("iam:TagUser", user.arn) or permits("iam:UntagUser", user.arn)
    context = {**user_context(request, user), "form": form, "may_edit": may_edit}
    return render(request, "users/user_tags.html", context)


def _save_tags(request: ConsoleRequest, user: User, form: TagsForm) -> HttpResponse | None:
    gone, new = form.changes()
    steps = [Step("UntagUser", {"UserName": user.user_name, "TagKeys": gone})] if gone else []
    steps += [Step("TagUser", {"UserName": user.user_name, "Tags": new})] if new else []
    if not steps:
        messages.info(request, "No tag was changed.")
        return redirect("users:user-tags", user_id=user.user_id)
    return finished(request, steps, f"Tags of {user.user_name}", "The tags were saved.", request.path, form)


@require_GET
@signed_in
def user_activity(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Events by this user and about it."""
    user = user_of(request, user_id)
    require(request.caller, "iamconsole:ListEvents", user.account.arn)
    by, about = Q(principal_arn=user.arn) | Q(origin_arn=user.arn), Q(resource=user.arn)
    sides = {"by": by, "about": about & ~by}
    side = request.GET.get("side", "")
    events = Event.objects.select_related("notice").filter(
        sides.get(side, by | about), account_id=user.account.account_id
    )
    context: dict[str, Any] = {**user_context(request, user), "page": paged(request, events), "side": side}
    return render(request, "users/user_activity.html", context)
