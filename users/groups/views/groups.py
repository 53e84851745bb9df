"""User groups: the list, one group, creating, renaming, deleting (IAM-FACTS 13.6)."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from iamconsole.addresses import redirect, reverse
from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import May, Step, require
from iamconsole.web import add_refusal, signed_in, submit
from users.asking_who import may_read
from users.callers.mfa_coverage import requirement_context
from users.confirm import ConfirmForm
from users.counting import groups_of
from users.fields import changed
from users.groups.forms import GroupForm
from users.groups.rows import deletion_steps, going_with, sorted_groups
from users.impact import review
from users.models import Group
from users.pages import group_of, paged
from users.permissions import group_permission_rows
from users.policies import mfa_policy
from users.requests import ConsoleRequest
from users.steps import run
from users.who_can.lists import MOST_GROUPS, NoAnswer, groups_who_can

NAME_FIELDS = {"EntityAlreadyExists": "group_name", "GroupName": "group_name", "NewGroupName": "group_name"}
FIELDS = {**NAME_FIELDS, "Path": "path", "NewPath": "path"}


@require_GET
@signed_in
def group_list(request: ConsoleRequest) -> HttpResponse:
    """The account's groups: found by name, sorted and paged by the database."""
    caller = request.caller
    require(caller, "iam:ListGroups")
    groups = groups_of(caller.account_id)
    words, order = request.GET.get("q", "").strip(), request.GET.get("sort", "name")
    found = groups.filter(Q(name_folded__contains=words.lower()) | Q(path__contains=words))
    can, complaint, more = request.GET.get("can", "").strip(), "", False
    try:
        if can:
            among = Group.objects.filter(pk__in=found.values("pk"))
            able = groups_who_can(caller, can, among, MOST_GROUPS)
            found, more = found.filter(pk__in=able.keys), able.more
    except NoAnswer as error:
        complaint = str(error)
    context = {
        "can": can,
        "not_all": MOST_GROUPS if more else None,
        "complaint": complaint,
        "asks_who": may_read(caller),
        "page": paged(request, sorted_groups(found, order)),
        "total": groups.count(),
        "order": order,
        "words": words,
        "read_only": caller.read_only,
        "may_create": caller.permits("iam:CreateGroup", caller.arns.group("/", "new")),
    }
    return render(request, "users/groups/groups.html", context)


def group_context(request: ConsoleRequest, group: Group) -> dict[str, Any]:
    """What every page of one group shows on top, and what may be done."""
    return {
        "group": group,
        "read_only": request.caller.read_only,
        "may": May(request.caller, group.arn),
    }


@require_GET
@signed_in
def group_users(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """Who is in the group."""
    group = group_of(request, group_id)
    require(request.caller, "iam:GetGroup", group.arn)
    words = request.GET.get("q", "").strip()
    users = group.users.filter(name_folded__contains=words.lower()).order_by("name_folded")
    context = {**group_context(request, group), "page": paged(request, users), "words": words}
    return render(request, "users/groups/group.html", context)


@require_GET
@signed_in
def group_permissions(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """Which policies the group carries."""
    group = group_of(request, group_id)
    require(request.caller, "iam:ListAttachedGroupPolicies", group.arn)
    require(request.caller, "iam:ListGroupPolicies", group.arn)
    rows = group_permission_rows(group)
    if row := next((row for row in rows if row.arn and row.arn == request.GET.get("detach")), None):
        return review.page(
            request,
            [Step("DetachGroupPolicy", {"GroupName": group.group_name, "PolicyArn": row.arn})],
            title=f"Detach {row.name} from {group.group_name}",
            button="Detach policy",
            back=reverse("users:group-permissions", args=[group.group_id]),
            action=reverse("users:detach-group-policy", args=[group.group_id]),
            fields=[("policy_arn", row.arn)],
        )
    context = {
        **group_context(request, group),
        "rows": rows,
        "requirement": requirement_context(request, group.account, group),
        "mfa_policy": mfa_policy.section(group.account, group),
    }
    return render(request, "users/groups/group_permissions.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def create_group(request: ConsoleRequest) -> HttpResponse:
    """A name and a path; users and policies are added on the group's own pages."""
    require(request.caller, "iam:ListGroups")
    form = GroupForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        name, path = form.cleaned_data["group_name"], form.cleaned_data["path"]
        facts = submit(request, form, "CreateGroup", FIELDS, GroupName=name, Path=path)
        if facts:
            messages.success(request, f"Group {name} was created. Add users and policies to it.")
            return redirect("users:group", group_id=facts["Group"]["GroupId"])
    return render(request, "users/groups/group_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@signed_in
def edit_group(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """Rename the group or move it to another path."""
    group = group_of(request, group_id)
    now = {"group_name": group.group_name, "path": group.path}
    form = GroupForm(request.POST if request.method == "POST" else None, initial=now)
    require(request.caller, "iam:UpdateGroup", group.arn)
    if form.is_valid():
        new = changed(form, **now)
        params = {"NewGroupName": new.get("group_name"), "NewPath": new.get("path")}
        if submit(request, form, "UpdateGroup", FIELDS, GroupName=group.group_name, **params) is not None:
            messages.success(request, f"Group {form.cleaned_data['group_name']} was saved.")
            return redirect("users:group", group_id=group.group_id)
    return render(request, "users/groups/group_form.html", {"form": form, "group": group})


@require_http_methods(["GET", "POST"])
@signed_in
def delete_group(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """Lists what goes with the group, asks to type its name, then runs all steps together."""
    group = group_of(request, group_id)
    require(request.caller, "iam:DeleteGroup", group.arn)
    form = ConfirmForm(request.POST if request.method == "POST" else None, expected=group.group_name)
    if form.is_valid():
        try:
            return _delete(request, group)
        except IamError as error:
            add_refusal(form, error, {})
    context = {"group": group, "form": form, "going": going_with(group)}
    context |= review.considered(request, deletion_steps(group))
    return render(request, "users/groups/delete_group.html", context)


def _delete(request: ConsoleRequest, group: Group) -> HttpResponse:
    done_url = reverse("users:groups")
    title = f"Delete group {group.group_name}"
    outcome = run(request, deletion_steps(group), {"title": title, "users": [], "done_url": done_url})
    if isinstance(outcome, Job):
        return redirect("job", job_id=outcome.id)
    messages.success(request, f"Group {group.group_name} was deleted.")
    return redirect(done_url)
