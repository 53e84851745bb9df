"""Attaching and detaching managed policies, of users and of groups; permissions boundaries."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from iamconsole.addresses import redirect, reverse
from iamconsole.operations import Step, require
from iamconsole.web import act, signed_in
from users import quotas
from users.models import Account, ManagedPolicy, User
from users.pages import finished, group_of, user_of
from users.permissions import attachable
from users.policies import newer
from users.policies.operations.attachments import MANAGED_POLICIES_PER_GROUP, MANAGED_POLICIES_PER_USER
from users.policies.rows import CHOICES, by_words, for_reader, policy_row
from users.requests import ConsoleRequest
from users.selection import Picking, chosen_things, pick


@require_http_methods(["GET", "POST"])
@signed_in
def attach_user_policy(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Tick policies that the user does not have yet."""
    user = user_of(request, user_id)
    require(request.caller, "iam:AttachUserPolicy", user.arn)
    choices = attachable(user.account.account_id).exclude(attachments__user=user)
    picking = picked(request, choices)
    done_url = reverse("users:user", args=[user.user_id])
    if picking.save and picking.chosen:
        steps = attaching("AttachUserPolicy", choices, picking, UserName=user.user_name)
        title = f"Attach policies to {user.user_name}"
        if answer := finished(request, steps, title, told(user.user_name, steps), done_url):
            return answer
    return render(
        request, "users/policies/attach_policies.html", _context(picking, user, user.user_name, done_url)
    )


@require_http_methods(["GET", "POST"])
@signed_in
def attach_group_policy(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """Tick policies that the group does not have yet."""
    group = group_of(request, group_id)
    require(request.caller, "iam:AttachGroupPolicy", group.arn)
    choices = attachable(group.account.account_id).exclude(attachments__group=group)
    picking = picked(request, choices)
    done_url = reverse("users:group-permissions", args=[group.group_id])
    if picking.save and picking.chosen:
        steps = attaching("AttachGroupPolicy", choices, picking, GroupName=group.group_name)
        title = f"Attach policies to {group.group_name}"
        if answer := finished(request, steps, title, told(group.group_name, steps), done_url):
            return answer
    return render(
        request, "users/policies/attach_policies.html", _context(picking, group, group.group_name, done_url)
    )


def picked(request: ConsoleRequest, choices: QuerySet[ManagedPolicy], single: bool = False) -> Picking:
    """The list to choose from. The ARN of a policy that only AWS knows yet is looked up there."""
    if request.POST.get("go") == "search":
        words = request.POST.get("q", "").strip()
        if silence := newer.look_up(request.caller, words):
            messages.warning(request, silence)
    picking = pick(
        request, choices, "arn", policy_row, lambda rows, words: rows.filter(by_words(words)), CHOICES, single
    )
    picking.rows = for_reader(picking.rows, request.caller)
    return picking


def attaching(
    operation: str, choices: QuerySet[ManagedPolicy], picking: Picking, **target: str
) -> Sequence[Step]:
    found = chosen_things(choices, "arn", picking)
    return [Step(operation, {**target, "PolicyArn": policy.arn}) for policy in found]


def told(name: str, steps: Sequence[Step]) -> str:
    policies = ", ".join(str(step.params["PolicyArn"]).rpartition("/")[2] for step in steps)
    return f"Attached to {name}: {policies}."


def _context(picking: Picking, target: Any, name: str, cancel: str) -> dict[str, Any]:
    user = isinstance(target, User)
    ours = MANAGED_POLICIES_PER_USER if user else MANAGED_POLICIES_PER_GROUP
    name_of_quota = f"AttachedPoliciesPer{'User' if user else 'Group'}Quota"
    return {
        "picking": picking,
        "most": quotas.allowed(target.account, ours, name_of_quota),
        "linked": target.account.kind == Account.Kind.LINKED,
        "target": target,
        "name": name,
        "cancel": cancel,
    }


@require_POST
@signed_in
def detach_user_policy(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Detach one policy; the page of the user has asked before."""
    user = user_of(request, user_id)
    arn = request.POST.get("policy_arn", "")
    done = f"Detached from {user.user_name}: {arn.rpartition('/')[2]}."
    act(request, "DetachUserPolicy", done, UserName=user.user_name, PolicyArn=arn)
    return redirect("users:user", user_id=user.user_id)


@require_POST
@signed_in
def detach_group_policy(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """Detach one policy; the page of the group has asked before."""
    group = group_of(request, group_id)
    arn = request.POST.get("policy_arn", "")
    done = f"Detached from {group.group_name}: {arn.rpartition('/')[2]}."
    act(request, "DetachGroupPolicy", done, GroupName=group.group_name, PolicyArn=arn)
    return redirect("users:group-permissions", group_id=group.group_id)


@require_http_methods(["GET", "POST"])
@signed_in
def permissions_boundary(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Choose the one policy that bounds the user, or remove it."""
    user = user_of(request, user_id)
    done_url = reverse("users:user", args=[user.user_id])
    choices = attachable(user.account.account_id)
    if request.POST.get("go") == "remove":
        require(request.caller, "iam:DeleteUserPermissionsBoundary", user.arn)
        done = f"The permissions boundary of {user.user_name} was removed."
        act(request, "DeleteUserPermissionsBoundary", done, UserName=user.user_name)
        return redirect(done_url)
    require(request.caller, "iam:PutUserPermissionsBoundary", user.arn, _boundary_context(request))
    picking = picked(request, choices, single=True)
    if picking.save and len(picking.chosen) == 1:
        arn = picking.chosen[0]
        done = f"{arn.rpartition('/')[2]} is now the permissions boundary of {user.user_name}."
        params = {"UserName": user.user_name, "PermissionsBoundary": arn}
        act(request, "PutUserPermissionsBoundary", done, **params)
        return redirect(done_url)
    current = user.permissions_boundary
    context = {
        **_context(picking, user, user.user_name, done_url),
        "user": user,
        "current": current,
    }
    return render(request, "users/policies/permissions_boundary.html", context)


def _boundary_context(request: ConsoleRequest) -> dict[str, str]:
    """A policy may allow one boundary only: the page opens for whoever may set the one that is chosen."""
    chosen = request.POST.getlist("pick")
    return {"iam:PermissionsBoundary": chosen[-1]} if chosen else {}
