"""Creating users, the step of permissions: four lists to search, page and tick."""

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from credentials.new_users import plan
from credentials.new_users.choices import CHOICES, Choice, Copy, Policies
from credentials.new_users.drafts import Draft, KeptDraft, find
from credentials.new_users.steps import address, next_step, wizard_steps
from credentials.new_users.views.create_users import account_of
from iamconsole.addresses import redirect
from iamconsole.errors import AccessDenied
from iamconsole.operations import require
from iamconsole.web import signed_in
from users.models import User
from users.pages import paged
from users.people.copies import READ_ACTIONS, permissions_of
from users.policies import newer
from users.policies.rows import for_reader
from users.requests import ConsoleRequest
from users.selection import Row


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def permissions(request: ConsoleRequest, draft_id: uuid.UUID) -> HttpResponse:
    """One list at a time; every button of the page keeps the ticks that are on it."""
    kept = find(request, draft_id)
    if kept.draft.done_url:
        return redirect(kept.draft.done_url)
    first = "policies" if kept.draft.policies and not kept.draft.groups else "groups"
    choice = CHOICES.get(request.GET.get("way", ""), CHOICES[first])
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        _keep_ticks(request, kept.draft, choice)
        kept.save(request)
        go = request.POST.get("go", "")
        if go == "search" and (silence := newer.look_up(request.caller, searched(request.POST.get("q", "")))):
            messages.warning(request, silence)
        if here := _other_view(request, choice, go):
            return redirect(f"{address(kept, 'permissions')}?{urlencode(here)}")
        errors = plan.limit_errors(kept.draft, account_of(request)) if go != "previous" else []
        if not errors:
            return redirect(next_step(request, kept, "permissions"))
        for text in errors:
            form.add_error(None, text)
    return render(
        request, "credentials/new_users/create_user_permissions.html", _context(request, kept, choice, form)
    )


def _other_view(request: ConsoleRequest, choice: Choice, go: str) -> dict[str, str]:
    """The query of another list, search or page; {} for the buttons that leave the step."""
    words = searched(request.POST.get("q", ""))
    verb, _, value = go.partition(":")
    kind = value if verb == "kind" else request.POST.get("kind", "")
    search = {name: text for name, text in (("q", words), ("kind", kind)) if text and "\0" not in text}
    if verb == "way":
        return {"way": value}
    if verb in ("search", "kind"):
        return {"way": choice.way, **search}
    if verb == "page":
        chosen = {"chosen": "1"} if request.GET.get("chosen") else {}
        return {"way": choice.way, **search, **chosen, "page": value}
    if verb == "chosen":
        return {"way": choice.way, "chosen": "1"}
    return {}


def searched(text: str) -> str:
    """The words of a search; what no database takes is left out."""
    return text.replace("\0", "").strip()


def _keep_ticks(request: ConsoleRequest, draft: Draft, choice: Choice) -> None:
    shown, picked = request.POST.getlist("shown"), list(map(searched, request.POST.getlist("pick")))
    account_id = request.caller.account_id
    if not _may_list(request, choice):
        return
    if isinstance(choice, Copy):
        _copy(request, draft, picked)
    elif choice.several or picked:
        choice.merge(draft, shown, picked, account_id)


def _copy(request: ConsoleRequest, draft: Draft, picked: Sequence[str]) -> None:
    """Read the chosen user's permissions, which takes permissions of its own."""
    draft.copy_boundary = bool(request.POST.get("copy_boundary"))
    wanted = picked[0] if picked else (draft.copied.user_id if draft.copied else "")
    users = User.objects.select_related("account", "permissions_boundary")
    user = users.people(request.caller.account_id).filter(user_id=wanted).first()
    draft.copied = None
    if user is None:
        return
    try:
        for action in READ_ACTIONS:
            require(request.caller, action, user.arn)
    except AccessDenied as error:
        messages.error(request, f"The permissions of {user.user_name} were not copied. {error.message}")
    else:
        draft.copied = permissions_of(user)


def _may_list(request: ConsoleRequest, choice: Choice) -> bool:
    return request.caller.permits(choice.action)


def _context(request: ConsoleRequest, kept: KeptDraft, choice: Choice, form: Form) -> dict[str, Any]:
    draft, may_list = kept.draft, _may_list(request, choice)
    words = searched(request.GET.get("q", ""))
    page = rows = None
    if may_list:
        page = _page(request, draft, choice, words)
        rows = _rows(request, draft, choice, page)
    return {
        "form": form,
        "draft": draft,
        "choice": choice,
        "tabs": _tabs(draft, choice),
        "may_list": may_list,
        "may_create_group": request.caller.permits("iam:CreateGroup", request.caller.arns.group("/", "new")),
        "words": words,
        "kinds": {name: label for name, (label, _) in choice.kinds.items()},
        "kind": request.GET.get("kind", ""),
        "only_chosen": bool(request.GET.get("chosen")),
        "page": page,
        "rows": rows,
        "chosen": len(choice.chosen(draft)),
        "steps": wizard_steps(kept, "permissions"),
        "users": len(draft.names),
    }


def _page(request: ConsoleRequest, draft: Draft, choice: Choice, words: str) -> Page[Any]:
    only = choice.chosen(draft) if request.GET.get("chosen") else None
    rows = choice.found(request.caller.account_id, words, only, request.GET.get("kind", ""))
    page: Page[Any] = paged(request, rows)
    return page


def _rows(request: ConsoleRequest, draft: Draft, choice: Choice, page: Page[Any]) -> list[Row]:
    """The rows of the page; a single choice stands on top of every page, so that it stays visible."""
    chosen = choice.chosen(draft)
    rows = [choice.row(thing, chosen) for thing in page]
    if not choice.several and chosen and not any(row.ticked for row in rows):
        there = choice.all(request.caller.account_id).filter(choice.by_value(chosen))
        rows = [*(choice.row(thing, chosen) for thing in there), *rows]
    return for_reader(rows, request.caller) if isinstance(choice, Policies) else rows


def _tabs(draft: Draft, current: Choice) -> list[dict[str, Any]]:
    return [
        {
            "label": choice.label,
            "go": f"way:{choice.way}",
            "count": len(choice.chosen(draft)) or "",
            "current": choice is current,
        }
        for choice in CHOICES.values()
    ]
