"""The findings of an account, and of all accounts in sight: found, filtered, sorted and exported."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.counting import counted
from iamconsole.downloads import known_form, rows_file
from iamconsole.history import history_page
from iamconsole.models import Event
from iamconsole.operations import Caller, events
from iamconsole.web import signed_in
from iamconsole.words import plural
from reports.findings.decisions import DECISIONS
from reports.findings.filters import ORDERS, TO_DO, FindingFilter
from reports.findings.reading import (
    account_of,
    facts_of,
    readable,
    readable_across,
    rules_across,
    rules_of,
)
from reports.findings.rows import VALUES, exported, rows_of
from reports.findings.rule import Rule
from reports.findings.rules import RULES
from reports.models import Finding, RuleResult
from users.across_lists import caller_in, read_across, shared_context
from users.chips import complaints
from users.models import Account, ListPreferences
from users.pages import PAGE_SIZES, own_caller, page_size
from users.requests import ConsoleRequest

LIST = "findings"
SEGMENTS = (
    (TO_DO, "To do"),
    ("open", "Open"),
    ("reopened", "Reopened"),
    ("acknowledged", "Acknowledged"),
    ("exempt", "Exempt"),
    ("over", "Over"),
)


@require_GET
@signed_in
def findings(request: ConsoleRequest) -> HttpResponse:
    """One row per finding of the account that the reader may see, the worst of those to do first."""
    account, rules = account_of(request), rules_of(request.caller)
    found = FindingFilter(request.GET, readable(account, rules), rules)
    context = {
        **listing(request, found),
        "decisions": decisions_for([request.caller]),
        "facts": facts_of(account),
        "hidden": hidden_rules(rules),
        "is_evaluated": RuleResult.objects.filter(account=account).exists(),
    }
    return render(request, "reports/findings/findings.html", context)


@require_GET
@signed_in
def across_findings(request: ConsoleRequest) -> HttpResponse:
    """The same of all accounts in sight."""
    reading = read_across(request, LIST)
    by_account = rules_across(own_caller(request), reading.read)
    rules = rules_of_any(by_account.values())
    found = FindingFilter(request.GET, readable_across(by_account), rules)
    callers = [caller_in(request, one) for one in reading.read]
    context = {
        **listing(request, found, request.caller.account_id),
        "decisions": decisions_for(callers),
        "unread": unread_accounts(reading.accounts),
    }
    return render(
        request, "reports/findings/across_findings.html", context | shared_context(request, reading)
    )


def rules_of_any(sets: Iterable[Sequence[Rule]]) -> tuple[Rule, ...]:
    """The rules that may be read in some account at least, in the order of pages."""
    return tuple(dict.fromkeys(rule for rules in sorted(sets, key=len, reverse=True) for rule in rules))


def listing(request: ConsoleRequest, found: FindingFilter, here: str = "") -> dict[str, Any]:
    """What the template of a list shows: the page of rows, how many there are, the filters that are on.
    ``here``: the account one acts in, for a list of several accounts.
    """
    preferences = ListPreferences.of(request.user)
    size = page_size(request, preferences)
    wrong = complaints(found)
    page = history_page([part_of(part) for part in found.parts], request.GET, size, ORDERS[found.order])
    return {
        "filter": found,
        "page": page,
        "rows": rows_of(page.rows, here),
        "matching": counted(found.found),
        "segments": SEGMENTS,
        "shown": found.state,
        "chips": found.chips,
        "complaints": wrong,
        "filters_open": request.GET.get("filters") == "open",
        "is_narrowed": bool(found.chips or request.GET.get("q")),
        "sizes": PAGE_SIZES,
        "size": size,
        "density": preferences.density,
    }


def part_of(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    return findings.select_related("account")


def decisions_for(callers: Sequence[Caller]) -> list[dict[str, str]]:
    """The buttons of the bar: what may be decided about some finding at least, as one of these callers."""
    return [
        {"name": one.name, "title": one.title, "icon": one.icon}
        for one in DECISIONS.values()
        if any(caller.somewhere(one.action) for caller in callers)
    ]


def hidden_rules(rules: Sequence[Rule]) -> list[str]:
    """Titles of the rules that the reader may not see the findings of."""
    return [rule.title for rule in RULES if rule not in rules]


def unread_accounts(accounts: Sequence[Account]) -> str:
    """The accounts in which rules could not be applied, three of them by name; "" for none."""
    unknown = RuleResult.objects.filter(account__in=accounts, verdict=RuleResult.Verdict.NOT_KNOWN)
    found = set(unknown.order_by().values_list("account", flat=True).distinct())
    labels = [account.label for account in accounts if account.pk in found]
    more = [plural(len(labels) - 3, "more account")] if labels[3:] else []
    return ", ".join([*labels[:3], *more])


@require_GET
@signed_in
def export_findings(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The view as CSV (exact, or for spreadsheets) or JSON, streamed; taking it away is an Event."""
    known_form(form)
    account, rules = account_of(request), rules_of(request.caller)
    found = FindingFilter(request.GET, readable(account, rules), rules).found
    detail = {"Filters": request.GET.dict(), "Form": form}
    events.write(request.caller, "iamconsole:ExportFindings", "*", Event.Outcome.ALLOWED, detail=detail)
    return rows_file(list(VALUES), exported(found, [account]), form, f"findings-{account.account_id}")


@require_GET
@signed_in
def export_across_findings(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The same rows of all accounts in sight."""
    reading = read_across(request, LIST, known_form(form))
    by_account = rules_across(own_caller(request), reading.read)
    rules = rules_of_any(by_account.values())
    found = FindingFilter(request.GET, readable_across(by_account), rules).found
    return rows_file(list(VALUES), exported(found, reading.accounts), form, "findings-of-all-accounts")
