"""Who is in which group: adding and removing, from the group's side and from the user's."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from iamconsole.addresses import redirect, reverse
from iamconsole.operations import Step, require
from iamconsole.web import act, signed_in
from iamconsole.words import plural
from users import quotas
from users.counting import with_policy_count
from users.groups.operations.memberships import GROUPS_PER_USER
from users.models import Group, User
from users.pages import by_name, finished, group_of, group_row, user_context, user_of, user_row
from users.requests import ConsoleRequest
from users.selection import chosen_things, pick
from users.user_tabs import require_tab


@require_http_methods(["GET", "POST"])
@signed_in
def add_group_users(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """Tick users who are not in the group yet."""
    group = group_of(request, group_id)
    require(request.caller, "iam:AddUserToGroup", group.arn)
    require(request.caller, "iam:ListUsers")
    users = User.objects.people(group.account).exclude(memberships__group=group)
    picking = pick(
        request, users.select_related("account__link").order_by("name_folded"), "user_id", user_row, by_name
    )
    done_url = reverse("users:group", args=[group.group_id])
    if picking.save and picking.chosen:
        found = chosen_things(users, "user_id", picking)
        steps = [joining(user.user_name, group.group_name) for user in found]
        done = f"{plural(len(steps), 'user')} added to {group.group_name}."
        if answer := finished(request, steps, f"Add users to {group.group_name}", done, done_url):
            return answer
    context = {"group": group, "picking": picking}
    return render(request, "users/groups/add_group_users.html", context)


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
    require_tab(request.caller, "groups", user)
    groups = with_policy_count(user.groups.select_related("account"))
    permits = request.caller.permits
    rows = [
        (group, permits("iam:RemoveUserFromGroup", group.arn), permits("iam:GetGroup", group.arn))
        for group in groups
    ]
    most = quotas.allowed(user.account, GROUPS_PER_USER, "GroupsPerUserQuota")
    context = {**user_context(request, user), "groups": rows, "most": most}
    context["may_add"] = permits("iam:ListGroups") and request.caller.somewhere("iam:AddUserToGroup")
    return render(request, "users/groups/user_groups.html", context)


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
    return render(request, "users/groups/add_user_to_groups.html", context)


@require_POST
@signed_in
def remove_user_from_group(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Take the user out of one group."""
    user = user_of(request, user_id)
    name = request.POST.get("group_name", "")
    done = f"{user.user_name} is no longer in {name}."
    act(request, "RemoveUserFromGroup", done, GroupName=name, UserName=user.user_name)
    return redirect("users:user-groups", user_id=user.user_id)


def joining(user_name: str, group_name: str) -> Step:
    return Step("AddUserToGroup", {"UserName": user_name, "GroupName": group_name})
