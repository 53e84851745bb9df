"""From selected findings to what is decided about them: what happens to which, and a confirmation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from iamconsole import choices
from iamconsole.addresses import redirect, reverse
from iamconsole.choices import Choice
from iamconsole.errors import IamError
from iamconsole.operations import Caller, execute_all
from iamconsole.portions import portions
from iamconsole.web import add_refusal, signed_in
from iamconsole.words import plural
from reports.findings.decisions import (
    ACROSS,
    CHANGED,
    CHOICE,
    DECISIONS,
    MOST,
    NOTHING_LEFT,
    Selection,
    selection_of,
)
from reports.findings.filters import FindingFilter
from reports.findings.forms import FORMS, StepForm
from reports.findings.reading import account_of, readable, readable_across, rules_across, rules_of
from reports.findings.rule import Rule
from reports.findings.views.lists import LIST, rules_of_any
from reports.models import Finding
from users.across_lists import caller_in, read_across
from users.models import Account
from users.pages import own_caller
from users.requests import ConsoleRequest

SHOWN = 100
NOTHING_SELECTED = "Select findings in the list, then choose an action."
TOO_MANY = "{count:,} findings are too many at once. Select up to {most:,}, or narrow the list with filters."
SOME_DONE = "{done} changed in other accounts before this was refused: {why}"


@require_POST
@signed_in
def change_findings(request: ConsoleRequest) -> HttpResponse:
    """Keep what the list of an account sent, for the page that confirms."""
    account, rules = account_of(request), rules_of(request.caller)
    found = readable(account, rules)
    return keep_choice(request, CHOICE, found, rules, list_url("reports:findings", request))


@require_POST
@signed_in
def change_across_findings(request: ConsoleRequest) -> HttpResponse:
    """The same of the list of all accounts."""
    by_account = rules_across(own_caller(request), read_across(request, LIST).read)
    rules = rules_of_any(by_account.values())
    back = list_url("across-findings", request)
    return keep_choice(request, ACROSS, readable_across(by_account), rules, back)


def list_url(name: str, request: ConsoleRequest) -> str:
    """A list of findings, as it was filtered and sorted."""
    query = request.GET.urlencode()
    return f"{reverse(name)}?{query}" if query else reverse(name)


def keep_choice(
    request: ConsoleRequest, kind: str, findings: QuerySet[Finding], rules: tuple[Rule, ...], back: str
) -> HttpResponse:
    """Keep which of the findings were selected. Leads to the page that confirms; back to the list where there
    is nothing to confirm.
    """
    decision = DECISIONS.get(request.POST.get("do", ""))
    ids = selected_ids(request, findings, rules)
    why = "" if decision and ids else NOTHING_SELECTED
    if len(ids) > MOST:
        why = TOO_MANY.format(count=len(ids), most=MOST)
    if why or decision is None:
        messages.error(request, why)
        return redirect(back)
    choice_id = choices.keep(request, kind, {"decision": decision.name, "findings": ids, "back": back})
    name = "confirm-across-findings" if kind == ACROSS else "confirm-findings"
    return redirect(f"reports:{name}", choice_id=choice_id)


def selected_ids(request: ConsoleRequest, findings: QuerySet[Finding], rules: tuple[Rule, ...]) -> list[str]:
    """The IDs of the selected findings, or of all that the list's filters find."""
    if request.POST.get("all"):
        found = FindingFilter(request.GET, findings, rules).found.values_list("pk", flat=True)
        return [str(pk) for pk in found[: MOST + 1]]
    wanted = [text for text in dict.fromkeys(request.POST.getlist("finding")) if is_id(text)]
    if len(wanted) > MOST:
        return wanted
    rows = findings.filter(pk__in=wanted).order_by().values_list("pk", flat=True)
    return [str(pk) for pk in rows]


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_findings(request: ConsoleRequest, choice_id: UUID) -> HttpResponse:
    """What is decided about exactly which findings; sent, it is done."""
    account, choice = account_of(request), choices.find(request, CHOICE, choice_id)
    if choice.done_url:
        return redirect(choice.done_url)
    found = readable(account, rules_of(request.caller))
    return confirmation(request, choice, {account: request.caller}, found)


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_across_findings(request: ConsoleRequest, choice_id: UUID) -> HttpResponse:
    """The same of findings of several accounts."""
    seen = read_across(request, LIST).seen
    choice = choices.find(request, ACROSS, choice_id)
    if choice.done_url:
        return redirect(choice.done_url)
    callers = {one.account: caller_in(request, one) for one in seen}
    found = readable_across(rules_across(own_caller(request), seen))
    return confirmation(request, choice, callers, found, across=True)


def confirmation(
    request: ConsoleRequest,
    choice: Choice,
    callers: Mapping[Account, Caller],
    findings: QuerySet[Finding],
    **more: Any,
) -> HttpResponse:
    """The page that asks; where it is confirmed, back to the list with what was done."""
    decision, ids = DECISIONS[choice.data["decision"]], choice.data["findings"]
    rows = [one for part in portions(ids) for one in with_user(findings).filter(pk__in=part)]
    selection = selection_of(callers, decision, rows, len(ids))
    form = FORMS[decision.name](request.POST if request.method == "POST" else None)
    back = choice.data["back"]
    if request.method == "POST" and is_confirmed(request, form, selection):
        try:
            with choice.carrying_out():
                carry_out(callers, selection, form.params)
                choice.finish(request, back)
        except IamError as error:
            add_refusal(form, error, {})
        else:
            count = plural(len(selection.changed), "finding")
            messages.success(request, f"Done: {decision.button.format(findings=count).lower()}.")
            return redirect(back)
    context = {
        "decision": decision,
        "selection": selection,
        "button": decision.button.format(findings=plural(len(selection.changed), "finding")),
        "page": Paginator(selection.rows, SHOWN).get_page(request.GET.get("page")),
        "form": form,
        "fields": list(form),
        "blocked": NOTHING_LEFT,
        "back": back,
        **more,
    }
    status = 400 if form.errors else 200
    return render(request, "reports/findings/confirm_findings.html", context, status=status)


def with_user(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    return findings.select_related("account", "user__account").order_by()


def is_confirmed(request: ConsoleRequest, form: StepForm, selection: Selection) -> bool:
    """Whether what was entered is complete, for the changes that the page showed."""
    valid = form.is_valid()
    if not selection.changed:
        form.add_error(None, NOTHING_LEFT)
    elif request.POST.get("shown", "") != selection.seal:
        form.add_error(None, CHANGED)
    return valid and not form.errors


def carry_out(callers: Mapping[Account, Caller], selection: Selection, values: Mapping[str, str]) -> None:
    """In each account all of it at once. Raises IamError, which says what was done before it."""
    steps, done = selection.steps(values), 0
    for account, caller in callers.items():
        if account.pk not in steps:
            continue
        try:
            execute_all(caller, steps[account.pk])
        except IamError as error:
            if not done:
                raise
            raise IamError(
                error.code, SOME_DONE.format(done=plural(done, "finding"), why=error.message)
            ) from error
        done += len(steps[account.pk])
