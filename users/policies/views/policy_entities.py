"""Giving one managed policy to several users or groups, and taking it from them (IAM-FACTS 13.6)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from iamconsole.addresses import reverse
from iamconsole.operations import Step, require
from iamconsole.web import signed_in
from iamconsole.words import plural
from users.impact import review
from users.models import Account, Group, ManagedPolicy, User
from users.pages import by_name, finished, group_row, paged, user_row
from users.policies.attached_users import attached_users
from users.policies.operations.policies import entities
from users.policies.page import policy_context, policy_of
from users.requests import ConsoleRequest
from users.selection import chosen_things, pick

DONE = {"Attach": "{policy} was attached to {whom}.", "Detach": "{policy} was detached from {whom}."}


@require_GET
@signed_in
def policy_entities(request: ConsoleRequest, policy_pk: int) -> HttpResponse:
    """Which users and groups have the policy, and whom it bounds."""
    policy = policy_of(request, policy_pk)
    require(request.caller, "iam:ListEntitiesForPolicy", policy.arn)
    account_id = request.caller.account_id
    users, number = attached_users(policy, account_id)
    _, groups = entities(policy, account_id, "PermissionsPolicy")
    bounded, _ = entities(policy, account_id, "PermissionsBoundary")
    context = {
        **policy_context(request, policy),
        "page": paged(request, users, count=number),
        "groups": paged(request, groups, "groups"),
        "bounded": paged(request, bounded, "bounded", policy.boundary_count),  # type: ignore[attr-defined]
        "read_only": request.caller.read_only,
    }
    return render(request, "users/policies/policy_entities.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def change_policy_entities(request: ConsoleRequest, policy_pk: int, *, verb: str, kind: str) -> HttpResponse:
    """Tick users or groups; ``verb`` is Attach or Detach, ``kind`` User or Group, as in AttachUserPolicy."""
    policy = policy_of(request, policy_pk)
    require(request.caller, "iam:ListEntitiesForPolicy", policy.arn)
    require(request.caller, "iam:ListUsers" if kind == "User" else "iam:ListGroups")
    things = having(request, policy, kind) if verb == "Detach" else lacking(request, policy, kind)
    key, row = ("user_id", user_row) if kind == "User" else ("group_id", group_row)
    picking = pick(request, things, key, row, by_name)
    done_url = reverse("users:policy-entities", args=[policy.pk])
    if picking.save and picking.chosen:
        steps = [
            Step(
                f"{verb}{kind}Policy",
                {f"{kind}Name": getattr(thing, f"{kind.lower()}_name"), "PolicyArn": policy.arn},
            )
            for thing in chosen_things(things, key, picking)
        ]
        whom = plural(len(steps), kind.lower())
        done = DONE[verb].format(policy=policy.policy_name, whom=whom)
        if review.asks_review(request):
            where = "to" if verb == "Attach" else "from"
            title = f"{verb} {policy.policy_name} {where} {whom}"
            return review.keep(request, steps, title, f"{verb} policy", done_url)
        if answer := finished(request, steps, f"{verb} {policy.policy_name}", done, done_url):
            return answer
    fact = "policies" if verb == "Detach" else "users" if kind == "User" else "groups"
    account = Account.objects.select_related("link").get(account_id=request.caller.account_id)
    unread = account.not_known[fact]
    context = {"policy": policy, "picking": picking, "verb": verb, "kind": kind, "unread": unread}
    return render(request, "users/policies/change_policy_entities.html", context)


def of_account(request: ConsoleRequest, kind: str) -> QuerySet[Any]:
    """The users, or the groups, of the caller's account by name."""
    account_id = request.caller.account_id
    if kind == "User":
        users = User.objects.people(account_id).select_related("account__link")
        return users.order_by("name_folded")
    return Group.objects.filter(account__account_id=account_id).order_by("name_folded")


def having(request: ConsoleRequest, policy: ManagedPolicy, kind: str) -> QuerySet[Any]:
    return of_account(request, kind).filter(policy_attachments__policy=policy)


def lacking(request: ConsoleRequest, policy: ManagedPolicy, kind: str) -> QuerySet[Any]:
    return of_account(request, kind).exclude(policy_attachments__policy=policy)
