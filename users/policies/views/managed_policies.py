"""Managed policies: the list, one policy, creating, new versions, deleting (IAM-FACTS 13.6)."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from iamconsole import catalogue
from iamconsole.addresses import redirect, reverse
from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import Step, require
from iamconsole.review import Summary
from iamconsole.web import act, add_refusal, signed_in, submit
from users.asking_who import may_read
from users.confirm import ConfirmForm
from users.impact import review, versions
from users.marked_documents import marked_lines, statements_of
from users.models import ManagedPolicy
from users.models.policies import compiled
from users.pages import finished, paged
from users.permissions import readable
from users.policies.comparison import compared
from users.policies.editor import summary_of
from users.policies.forms.policies import NewVersionForm, PolicyForm
from users.policies.operations.policies import NOT_OURS, usable
from users.policies.page import TOLD_ALONE, policy_context, policy_of
from users.policies.rows import KINDS, deletion_steps, found_policies
from users.policies.surroundings import surroundings
from users.requests import ConsoleRequest
from users.steps import run
from users.tag_forms import TagsForm

FIELDS = {
    "EntityAlreadyExists": "policy_name",
    "PolicyName": "policy_name",
    "Path": "path",
    "Description": "description",
    "MalformedPolicyDocument": "document",
    "PolicyDocument": "document",
}
SERVICES_PER_PAGE = 50
MOST_ASKED = 25  # actions in an address


@require_GET
@signed_in
def policy_list(request: ConsoleRequest) -> HttpResponse:
    """AWS's policies and the account's own: found by name or description, narrowed, sorted, paged."""
    caller = request.caller
    require(caller, "iam:ListPolicies")
    words, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    order = request.GET.get("sort", "name")
    counts = {name: Count("pk", filter=condition) for name, condition in KINDS.items()}
    numbers = usable(caller.account_id).order_by().aggregate(total=Count("pk"), **counts)
    page = paged(request, found_policies(caller.account_id, words, kind, order))
    for policy in page:
        policy.unread = TOLD_ALONE.unread(policy)
    context = {
        "page": page,
        "total": numbers["total"],
        "counts": {name: numbers[name] for name in KINDS},
        "kind": kind if kind in KINDS else "",
        "order": order,
        "words": words,
        "read_only": caller.read_only,
        "may_create": caller.permits("iam:CreatePolicy", caller.arns.policy("/", "new")),
    }
    return render(request, "users/policies/policies.html", context)


def own_policy_of(request: ConsoleRequest, policy_pk: int, verb: str) -> ManagedPolicy:
    """One of the account's own. Raises IamError for AWS's: nobody changes them here."""
    policy = policy_of(request, policy_pk)
    if policy.is_aws:
        raise IamError("AccessDenied", NOT_OURS.format(verb=verb))
    return policy


@require_GET
@signed_in
def policy_permissions(request: ConsoleRequest, policy_pk: int) -> HttpResponse:
    """The document that counts."""
    policy = policy_of(request, policy_pk)
    require(request.caller, "iam:GetPolicy", policy.arn)
    require(request.caller, "iam:GetPolicyVersion", policy.arn)
    document, marked = readable(policy.document), statements_of(request.GET)
    summary = summary_of(document)
    context = {
        **policy_context(request, policy),
        "document": document,
        "summary": summary,
        **(service_pages(request, summary) if summary and request.GET.get("services") == "all" else {}),
        "who_can": who_can(policy) if may_read(request.caller) else "",
        "lines": marked_lines(document, marked) if marked else (),
    }
    return render(request, "users/policies/policy.html", context)


def who_can(policy: ManagedPolicy) -> str:
    """The actions that the policy allows, as a question; "" where these are too many, or all but some."""
    allows = [row for row in compiled(policy.document).statements if row.allow]
    names = list(dict.fromkeys(name for row in allows for name in row.actions if catalogue.matching(name)))
    too_many = len(names) > MOST_ASKED or any(row.not_action for row in allows) or "*" in names
    return "" if too_many else " ".join(names)


def service_pages(request: ConsoleRequest, summary: Summary) -> dict[str, Any]:
    """Every service on a row of its own, some rows at a time."""
    tables = {"allowed": summary.allowed, "denied": summary.denied}
    return {
        name: Paginator(rows, SERVICES_PER_PAGE).get_page(request.GET.get(name))
        for name, rows in tables.items()
    }


@require_http_methods(["GET", "POST"])
@signed_in
def policy_tags(request: ConsoleRequest, policy_pk: int) -> HttpResponse:
    """All tags on one form: change, add, remove, save together."""
    policy = policy_of(request, policy_pk)
    require(request.caller, "iam:ListPolicyTags", policy.arn)
    context = policy_context(request, policy)
    form = TagsForm(request.POST if request.method == "POST" else None, tags=policy.tags or {}, exact=True)
    if form.is_valid():
        gone, new = form.changes()
        arn = {"PolicyArn": policy.arn}
        steps = [Step("UntagPolicy", {**arn, "TagKeys": gone})] if gone else []
        steps += [Step("TagPolicy", {**arn, "Tags": new})] if new else []
        if not steps:
            messages.info(request, "No tags were changed.")
            return redirect(request.path)
        title = f"Tags of {policy.policy_name}"
        if answer := finished(request, steps, title, "The tags were saved.", request.path, form):
            return answer
    return render(request, "users/policies/policy_tags.html", {**context, "form": form})


@require_GET
@signed_in
def policy_versions(request: ConsoleRequest, policy_pk: int) -> HttpResponse:
    """Up to five versions, newest first, each with its document."""
    policy = policy_of(request, policy_pk)
    require(request.caller, "iam:ListPolicyVersions", policy.arn)
    require(request.caller, "iam:GetPolicyVersion", policy.arn)
    context = policy_context(request, policy)
    rows = [(version, readable(version.document)) for version in context["versions"]]
    context |= {
        "rows": rows,
        **comparison(request, {row.version_id: text for row, text in rows}, policy),
    }
    return render(request, "users/policies/policy_versions.html", context)


def comparison(request: ConsoleRequest, documents: dict[str, str], policy: ManagedPolicy) -> dict[str, Any]:
    """The two versions of the address, else the default one against the one before it."""
    if len(documents) < 2:
        return {}
    ids = sorted(documents, key=lambda name: int(name[1:]))
    default = max(ids.index(policy.default_version_id), 1)
    old, new = request.GET.get("old", ""), request.GET.get("new", "")
    if old not in documents or new not in documents:
        old, new = ids[default - 1], ids[default]
    lines = compared(documents[old], documents[new])
    difference = versions.compared(documents[old], documents[new])
    return {"ids": ids[::-1], "old": old, "new": new, "lines": lines, "difference": difference}


@require_http_methods(["GET", "POST"])
@signed_in
def set_default_policy_version(request: ConsoleRequest, policy_pk: int) -> HttpResponse:
    """Another version is the one that counts; first it shows who gains and who loses what."""
    policy = policy_of(request, policy_pk)
    if request.method == "GET":
        return review_default(request, policy, request.GET.get("version_id", ""))
    version = request.POST.get("version_id", "")
    done = f"{version} is the default version of {policy.policy_name}."
    act(request, "SetDefaultPolicyVersion", done, PolicyArn=policy.arn, VersionId=version)
    return redirect("users:policy-versions", policy_pk=policy.pk)


def review_default(request: ConsoleRequest, policy: ManagedPolicy, version: str) -> HttpResponse:
    """The page before another version is the default."""
    text = next((row.document for row in policy.versions.all() if row.version_id == version), "")
    return review.page(
        request,
        [Step("SetDefaultPolicyVersion", {"PolicyArn": policy.arn, "VersionId": version})],
        title=f"Make {version} the default version of {policy.policy_name}",
        button="Set as default",
        back=reverse("users:policy-versions", args=[policy.pk]),
        action=request.path,
        fields=[("version_id", version)],
        versions=(policy.document, text),
    )


@require_POST
@signed_in
def delete_policy_version(request: ConsoleRequest, policy_pk: int) -> HttpResponse:
    """A version that does not count goes for good."""
    policy, version = policy_of(request, policy_pk), request.POST.get("version_id", "")
    done = f"{version} of {policy.policy_name} was deleted."
    act(request, "DeletePolicyVersion", done, PolicyArn=policy.arn, VersionId=version)
    return redirect("users:policy-versions", policy_pk=policy.pk)


@require_http_methods(["GET", "POST"])
@signed_in
def create_policy(request: ConsoleRequest) -> HttpResponse:
    """A name and a document; it is attached on the pages of users and groups."""
    require(request.caller, "iam:ListPolicies")
    form = PolicyForm(
        request.POST if request.method == "POST" else None, around=partial(surroundings, request.caller)
    )
    if form.is_valid():
        sent = form.cleaned_data
        params = {"PolicyName": sent["policy_name"], "PolicyDocument": sent["document"], "Path": sent["path"]}
        if sent["description"]:
            params["Description"] = sent["description"]
        facts = submit(request, form, "CreatePolicy", FIELDS, **params)
        if facts:
            messages.success(
                request,
                f"Policy {sent['policy_name']} was created. It is not attached to any user or group yet.",
            )
            made = usable(request.caller.account_id).get(arn=facts["Policy"]["Arn"])
            return redirect("users:policy", policy_pk=made.pk)
    return render(request, "users/policies/create_policy.html", {"form": form})


@require_http_methods(["GET", "POST"])
@signed_in
def edit_policy(request: ConsoleRequest, policy_pk: int) -> HttpResponse:
    """Editing makes a new version; the old ones stay until they are deleted."""
    policy = own_policy_of(request, policy_pk, "update policies")
    require(request.caller, "iam:CreatePolicyVersion", policy.arn)
    require(request.caller, "iam:GetPolicyVersion", policy.arn)
    form = NewVersionForm(
        request.POST if request.method == "POST" else None,
        current=policy.default_version_id,
        around=partial(surroundings, request.caller),
        initial={"document": readable(policy.document)},
    )
    if form.is_valid():
        sent = form.cleaned_data
        params = {"PolicyDocument": sent["document"], "SetAsDefault": sent["set_as_default"]}
        if review.asks_review(request):
            steps = [Step("CreatePolicyVersion", {"PolicyArn": policy.arn, **params})]
            back = reverse("users:policy", args=[policy.pk])
            title = f"Save a new version of {policy.policy_name}"
            return review.keep(
                request, steps, title, "Save new version", back, versions=(policy.document, sent["document"])
            )
        facts = submit(request, form, "CreatePolicyVersion", FIELDS, PolicyArn=policy.arn, **params)
        if facts:
            version = facts["PolicyVersion"]["VersionId"]
            messages.success(request, f"{version} of {policy.policy_name} was saved.")
            return redirect("users:policy-versions", policy_pk=policy.pk)
    return render(
        request, "users/policies/edit_policy.html", {**policy_context(request, policy), "form": form}
    )


@require_http_methods(["GET", "POST"])
@signed_in
def delete_policy(request: ConsoleRequest, policy_pk: int) -> HttpResponse:
    """Only what nobody has; asks to type its name."""
    policy = own_policy_of(request, policy_pk, "delete policies")
    require(request.caller, "iam:DeletePolicy", policy.arn)
    form = ConfirmForm(request.POST if request.method == "POST" else None, expected=policy.policy_name)
    if form.is_valid():
        done_url = reverse("users:policies")
        try:
            outcome = run(
                request,
                deletion_steps(policy),
                {"title": f"Delete policy {policy.policy_name}", "users": [], "done_url": done_url},
            )
        except IamError as error:
            add_refusal(form, error, {})
        else:
            if isinstance(outcome, Job):
                return redirect("job", job_id=outcome.id)
            messages.success(request, f"Policy {policy.policy_name} was deleted.")
            return redirect(done_url)
    context = {**policy_context(request, policy), "form": form}
    context |= review.considered(request, deletion_steps(policy))
    return render(request, "users/policies/delete_policy.html", context)
