"""Who is in which group: adding and removing, from the group's side and from the user's."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from iamconsole.addresses import redirect, reverse
from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import Step, require
from iamconsole.web import act, signed_in
from iamconsole.words import plural
from users import standing
from users.group_rows import with_policy_count
from users.models import Group, User
from users.picking import Row, chosen_things, pick
from users.requests import ConsoleRequest
from users.steps import run

from .groups import group_of
from .users import user_context, user_of


@require_http_methods(["GET", "POST"])
@signed_in
def add_group_users(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """Tick users who are not in the group yet."""
    group = group_of(request, group_id)
    require(request.caller, "iam:AddUserToGroup", group.arn)
    require(request.caller, "iam:ListUsers")
    users = User.objects.people(group.account).exclude(memberships__group=group)
    picking = pick(request, users.order_by("name_folded"), "user_id", user_row, by_name)
    done_url = reverse("users:group", args=[group.group_id])
    if picking.save and picking.chosen:
        found = chosen_things(users, "user_id", picking)
        steps = [joining(user.user_name, group.group_name) for user in found]
        done = f"{plural(len(steps), 'user')} added to {group.group_name}."
        if answer := finished(request, steps, f"Add users to {group.group_name}", done, done_url):
            return answer
    context = {"group": group, "picking": picking}
    return render(request, "users/add_group_users.html", context)


@require_POST
@signed_in
def remove_group_user(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """Take one user out of the group."""
    group = group_of(request, group_id)
    name = request.POST.get("user_name", "")
    done = f"{name} is no longer in {group.group_name}."
    act(request, "RemoveUserFromGroup", done, GroupName=group.group_name, UserName=name)
    return redirect("users:group", group_id=group.group_id)


@require_GET
@signed_in
def user_groups(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """The groups of one user."""
    user = user_of(request, user_id)
    require(request.caller, "iam:ListGroupsForUser", user.arn)
    groups = with_policy_count(user.groups.select_related("account"))
    permits = request.caller.permits
    rows = [(group, permits("iam:RemoveUserFromGroup", group.arn)) for group in groups]
    return render(request, "users/user_groups.html", {**user_context(request, user), "groups": rows})


@require_http_methods(["GET", "POST"])
@signed_in
def add_user_to_groups(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Tick groups that the user is not in yet."""
    user = user_of(request, user_id)
    require(request.caller, "iam:ListGroups")
    groups = Group.objects.filter(account=user.account).exclude(memberships__user=user)
    picking = pick(request, groups.order_by("name_folded"), "group_id", group_row, by_name)
    done_url = reverse("users:user-groups", args=[user.user_id])
    if picking.save and picking.chosen:
        found = chosen_things(groups, "group_id", picking)
        steps = [joining(user.user_name, group.group_name) for group in found]
        done = f"{user.user_name} was added to {plural(len(steps), 'group')}."
        if answer := finished(request, steps, f"Add {user.user_name} to groups", done, done_url):
            return answer
    context = {"user": user, "picking": picking}
    return render(request, "users/add_user_to_groups.html", context)


@require_POST
@signed_in
def remove_user_from_group(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Take the user out of one group."""
    user = user_of(request, user_id)
    name = request.POST.get("group_name", "")
    done = f"{user.user_name} is no longer in {name}."
    act(request, "RemoveUserFromGroup", done, GroupName=name, UserName=user.user_name)
    return redirect("users:user-groups", user_id=user.user_id)


def finished(
    request: ConsoleRequest,
    steps: Sequence[Step],
    title: str,
    done: str,
    done_url: str,
    form: Form | None = None,
) -> HttpResponse | None:
    """Run the steps together. The page to go on to; None where they were refused: the form says why,
    or a message where there is no form.
    """
    try:
        outcome = run(request, steps, {"title": title, "users": [], "done_url": done_url})
    except IamError as error:
        if form is None:
            messages.error(request, error.message)
        else:
            form.add_error(None, error.message)
        return None
    if isinstance(outcome, Job):
        return redirect("job", job_id=outcome.id)
    messages.success(request, done)
    return redirect(done_url)


def joining(user_name: str, group_name: str) -> Step:
    return Step("AddUserToGroup", {"UserName": user_name, "GroupName": group_name})


def by_name(rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    return rows.filter(name_folded__contains=words.lower())


def user_row(user: User) -> Row:
    return Row(user.user_id, user.user_name, standing.console_access(user, None).words, user.group_names)


def group_row(group: Group) -> Row:
    return Row(group.group_id, group.group_name, "User group", group.path)
