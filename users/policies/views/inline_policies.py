"""Inline policies of users and groups: create, edit, delete. A name cannot be changed, as in IAM."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from iamconsole.addresses import redirect, reverse
from iamconsole.operations import Step, require
from iamconsole.web import act, signed_in, submit
from users import quotas
from users.impact import review
from users.models import Group, InlinePolicy, User
from users.pages import group_of, user_of
from users.permissions import readable
from users.policies.forms.policies import DocumentForm, InlinePolicyForm
from users.policies.operations.group_inline_policies import INLINE_SIZE_PER_GROUP
from users.policies.operations.inline_policies import INLINE_SIZE_PER_USER
from users.policies.surroundings import surroundings
from users.requests import ConsoleRequest

FIELDS = {
    "PolicyName": "policy_name",
    "PolicyDocument": "document",
    "MalformedPolicyDocument": "document",
    "LimitExceeded": "document",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """The user or group that has the policy: what differs between the two."""

    thing: User | Group
    kind: str  # as in PutUserPolicy, PutGroupPolicy
    name: str
    url: str
    limit: int | None

    @property
    def params(self) -> dict[str, str]:
        return {f"{self.kind}Name": self.name}

    @property
    def policies(self) -> Any:
        return self.thing.inline_policies

    def allow(self, request: ConsoleRequest, *verbs: str) -> None:
        """Raises AccessDenied when one of Get, Put or Delete is not allowed on the owner."""
        for verb in verbs:
            require(request.caller, f"iam:{verb}{self.kind}Policy", self.thing.arn)


def owner_of(request: ConsoleRequest, user_id: str, group_id: str) -> Owner:
    """The one that the address names; 404 for one of another account."""
    if user_id:
        user = user_of(request, user_id)
        url = reverse("users:user", args=[user_id])
        limit = quotas.allowed(request.caller, INLINE_SIZE_PER_USER, "UserPolicySizeQuota")
        return Owner(user, "User", user.user_name, url, limit)
    group = group_of(request, group_id)
    url = reverse("users:group-permissions", args=[group_id])
    limit = quotas.allowed(request.caller, INLINE_SIZE_PER_GROUP, "GroupPolicySizeQuota")
    return Owner(group, "Group", group.group_name, url, limit)


@require_http_methods(["GET", "POST"])
@signed_in
def create_inline_policy(request: ConsoleRequest, user_id: str = "", group_id: str = "") -> HttpResponse:
    """A name and a document; it counts from the next request on."""
    owner = owner_of(request, user_id, group_id)
    owner.allow(request, "Put")
    taken = set(owner.policies.values_list("name_folded", flat=True))
    form = InlinePolicyForm(
        request.POST if request.method == "POST" else None,
        taken=taken,
        around=partial(surroundings, request.caller),
    )
    if form.is_valid():
        name = form.cleaned_data["policy_name"]
        if review.asks_review(request):
            return to_review(request, form, owner, name, f"Create {name} for {owner.name}")
        if saved(request, form, owner, name):
            return redirect(owner.url)
    return render(request, "users/policies/create_inline_policy.html", {"form": form, "owner": owner})


@require_http_methods(["GET", "POST"])
@signed_in
def edit_inline_policy(
    request: ConsoleRequest, inline_pk: int, user_id: str = "", group_id: str = ""
) -> HttpResponse:
    """Another document in the place of the old one, which is not kept."""
    owner = owner_of(request, user_id, group_id)
    owner.allow(request, "Get", "Put")
    policy = policy_of(owner, inline_pk)
    form = DocumentForm(
        request.POST if request.method == "POST" else None,
        around=partial(surroundings, request.caller),
        initial={"document": readable(policy.document)},
    )
    if form.is_valid() and review.asks_review(request):
        return to_review(
            request, form, owner, policy.policy_name, f"Save {policy.policy_name} of {owner.name}"
        )
    if form.is_valid() and saved(request, form, owner, policy.policy_name):
        return redirect(owner.url)
    context = {"form": form, "owner": owner, "policy": policy}
    return render(request, "users/policies/edit_inline_policy.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def delete_inline_policy(
    request: ConsoleRequest, inline_pk: int, user_id: str = "", group_id: str = ""
) -> HttpResponse:
    """Shows once more what goes for good."""
    owner = owner_of(request, user_id, group_id)
    owner.allow(request, "Delete")
    policy = policy_of(owner, inline_pk)
    if request.method == "POST":
        done = f"Policy {policy.policy_name} was deleted from {owner.name}."
        act(request, f"Delete{owner.kind}Policy", done, PolicyName=policy.policy_name, **owner.params)
        return redirect(owner.url)
    may_read = request.caller.permits(f"iam:Get{owner.kind}Policy", owner.thing.arn)
    document = readable(policy.document) if may_read else ""
    params = {"PolicyName": policy.policy_name, **owner.params}
    context = {"owner": owner, "policy": policy, "document": document}
    context |= review.considered(request, [Step(f"Delete{owner.kind}Policy", params)])
    return render(request, "users/policies/delete_inline_policy.html", context)


def policy_of(owner: Owner, inline_pk: int) -> InlinePolicy:
    """An inline policy of this owner; 404 for another's."""
    return get_object_or_404(owner.policies, pk=inline_pk)


def to_review(
    request: ConsoleRequest, form: DocumentForm, owner: Owner, name: str, title: str
) -> HttpResponse:
    """The page that shows who gains and who loses what, before the policy is put."""
    params = {"PolicyName": name, "PolicyDocument": form.cleaned_data["document"], **owner.params}
    return review.keep(request, [Step(f"Put{owner.kind}Policy", params)], title, "Save policy", owner.url)


def saved(request: ConsoleRequest, form: DocumentForm, owner: Owner, name: str) -> bool:
    """Put the policy; a refusal stands at its field and nothing typed is lost."""
    params = {"PolicyName": name, "PolicyDocument": form.cleaned_data["document"], **owner.params}
    if submit(request, form, f"Put{owner.kind}Policy", FIELDS, **params) is None:
        return False
    messages.success(request, f"Policy {name} of {owner.name} was saved.")
    return True
