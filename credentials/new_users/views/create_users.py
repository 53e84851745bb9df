"""Creating users, the steps of names and ways in, tags, and the review."""

import uuid
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from credentials.access_keys.use_choice import DESCRIPTIONS
from credentials.key_uses import KEY_USES
from credentials.new_users import plan
from credentials.new_users.administrator import ADMINISTRATOR, choose_administrator
from credentials.new_users.drafts import KeptDraft, find, find_or_begin
from credentials.new_users.forms.create_users import USERS_AT_ONCE, UserDetailsForm
from credentials.new_users.forms.new_tags import tag_rows
from credentials.new_users.steps import next_step, wizard_steps
from credentials.passwords import rules as passwords
from credentials.shown_once.show import run_and_show
from iamconsole.addresses import redirect
from iamconsole.errors import AccessDenied, IamError, NotRecent
from iamconsole.operations import require
from iamconsole.operations.door import READ_ONLY
from iamconsole.web import signed_in
from users.impact import review as permissions_review
from users.models import Account, ManagedPolicy
from users.own_password import users_may_change_password
from users.requests import ConsoleRequest
from users.tag_rules import TAGS_PER_RESOURCE

BEING_CREATED = "These users are already being created. Reload this page in a moment."


@require_GET
@never_cache
@signed_in
def create_user(request: ConsoleRequest) -> HttpResponse:
    """An ID for a new draft; going back from a later step then finds what was entered under it. One for an
    administrator has what it needs chosen.
    """
    draft_id = uuid.uuid4()
    if request.GET.get("for") == ADMINISTRATOR and not request.caller.read_only:
        kept = find_or_begin(request, draft_id)
        choose_administrator(kept.draft, account_of(request))
        kept.save(request)
    return redirect("credentials:create-user-details", draft_id=draft_id)


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def details(request: ConsoleRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Names and ways in. Open to everybody: who may create which users is told once they are named."""
    if request.caller.read_only:
        raise IamError("UnmodifiableEntity", READ_ONLY)
    kept = find_or_begin(request, draft_id)
    if kept.draft.done_url:
        return redirect(kept.draft.done_url)
    account = account_of(request)
    form = UserDetailsForm(request.POST or None, account=account, draft=kept.draft)
    if form.is_valid():
        form.fill(kept.draft)
        if not _refused(request, form, kept, account):
            kept.save(request)
            return redirect(next_step(request, kept, "details"))
    context = {
        "form": form,
        "draft": kept.draft,
        "rules": passwords.rules(account),
        "attaches_change_password": not users_may_change_password(account),
        "descriptions": DESCRIPTIONS,
        "limit": USERS_AT_ONCE,
        "steps": wizard_steps(kept, "details"),
    }
    return render(request, "credentials/new_users/create_user_details.html", context)


def _refused(request: ConsoleRequest, form: Form, kept: KeptDraft, account: Account) -> bool:
    """Whether names are taken or may not be created, with the reason at the field.

    Conditions on a boundary or on tags are decided on the review, when these are chosen.
    """
    caller = request.caller
    for arn in plan.arns_of(kept.draft, request.caller.arns).values():
        if not caller.might("iam:CreateUser", arn):
            try:
                require(caller, "iam:CreateUser", arn)
            except AccessDenied as error:
                # One refusal tells it, and leaves one Event whatever the number of names.
                form.add_error("user_names", error.message)
                return True
    if not form.errors:
        for text in plan.name_errors(kept.draft, account):
            form.add_error("user_names", text)
    return bool(form.errors)


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def tags(request: ConsoleRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Rows of keys and values; sent, they are kept and the rows begin with them."""
    kept = find(request, draft_id)
    if kept.draft.done_url:
        return redirect(kept.draft.done_url)
    reserved = 1 if kept.draft.key_description else 0
    rows = tag_rows(request.POST or None, kept.draft.tags, reserved=reserved)
    if request.method == "POST" and rows.is_valid():
        kept.draft.tags = rows.tags
        kept.draft.complete = True
        kept.save(request)
        return redirect(next_step(request, kept, "tags"))
    context = {
        "rows": rows,
        "draft": kept.draft,
        "limit": TAGS_PER_RESOURCE,
        "steps": wizard_steps(kept, "tags"),
    }
    return render(request, "credentials/new_users/create_user_tags.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def review(request: ConsoleRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Everything that will happen; sent, it happens, and the secrets are shown once."""
    kept = find(request, draft_id)
    if kept.draft.done_url:
        return redirect(kept.draft.done_url)
    account = account_of(request)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not kept.claim():
            if done_url := find(request, draft_id).draft.done_url:
                return redirect(done_url)
            form.add_error(None, BEING_CREATED)
        else:
            try:
                return _create(request, kept, account)
            except NotRecent:
                kept.release()
                raise
            except IamError as error:
                kept.release()
                form.add_error(None, error.message)
    return render(
        request, "credentials/new_users/create_user_review.html", _review(request, kept, account, form)
    )


def _create(request: ConsoleRequest, kept: KeptDraft, account: Account) -> HttpResponse:
    draft = kept.draft
    steps = plan.steps_of(draft, account, plan.passwords_of(draft, account))
    response = run_and_show(request, steps, plan.to_show(draft, account))
    if not request.caller.link:
        names = ", ".join(draft.names)
        created = f"User {names} was created." if len(draft.names) == 1 else f"Users created: {names}."
        messages.success(request, created)
    kept.finish(request, response["Location"])
    return response


def _review(request: ConsoleRequest, kept: KeptDraft, account: Account, form: Form) -> dict[str, Any]:
    draft = kept.draft
    steps = plan.steps_of(draft, account, plan.passwords_of(draft, account))
    findings = plan.findings(request.caller, draft, account, steps)
    arns = plan.policies_of(draft, account)
    known = ManagedPolicy.objects.known_to(account.account_id)
    found = {policy.arn: policy for policy in known.filter(arn__in=[*arns, draft.boundary])}
    return {
        **permissions_review.considered(request, steps),
        "form": form,
        "draft": draft,
        "draft_id": kept.draft_id,
        "arns": plan.arns_of(draft, request.caller.arns),
        "attached": [found.get(arn) or {"policy_name": arn} for arn in arns],
        "boundary": found.get(draft.boundary) or {"policy_name": draft.boundary},
        "use": KEY_USES.get(draft.key_use),
        "findings": findings,
        "blocked": next((finding.title for finding in findings if finding.type == "error"), ""),
        "operations": plan.counted(steps),
        "change_password": plan.needs_change_password(draft, account),
        "steps": wizard_steps(kept, "review"),
        "linked": bool(request.caller.link),
        "tag_limit": TAGS_PER_RESOURCE,
    }


def account_of(request: ConsoleRequest) -> Account:
    """The account that is acted on."""
    return Account.objects.get(account_id=request.caller.account_id)
