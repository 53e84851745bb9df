"""Standards: each control with what it comes to and the evidence, and what people attest."""

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from iamconsole.addresses import redirect, reverse
from iamconsole.downloads import known_form, rows_file
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import events, execute, locked_by
from iamconsole.web import act, add_refusal, safe_next, signed_in
from reports.findings.forms import AttestationForm
from reports.findings.reading import account_of, facts_of, rules_of
from reports.findings.results import VALUES, StandardRow, control_rows, exported, rule_rows, standard_rows
from reports.findings.rule import Rule
from reports.findings.standards import STANDARDS, Standard, by_standard
from reports.findings.views.lists import hidden_rules
from reports.findings.views.rules import rule_of
from users.requests import ConsoleRequest

ATTESTED = "Your attestation was saved. It applies within a minute."
WITHDRAWN = "The attestation was withdrawn. The control is not known anymore."


@require_GET
@signed_in
def standards(request: ConsoleRequest) -> HttpResponse:
    """The standards whose controls rules check, with how many pass and fail."""
    account, rules = account_of(request), rules_of(request.caller)
    rows = standard_rows(rule_rows(account, rules))
    context = {"rows": rows, "facts": facts_of(account), "hidden": hidden_rules(rules)}
    return render(request, "reports/findings/standards.html", context)


def standard_of(standard_id: str) -> Standard:
    """Raises Http404."""
    if standard_id not in STANDARDS:
        raise Http404(f"There is no standard {standard_id:.64}.")
    return STANDARDS[standard_id]


@require_GET
@signed_in
def standard(request: ConsoleRequest, standard_id: str) -> HttpResponse:
    """A standard: each control with pass, fail, exempt or not known, and the evidence."""
    account, rules = account_of(request), rules_of(request.caller)
    wanted = standard_of(standard_id)
    rows = control_rows(rule_rows(account, rules), wanted)
    context = {
        "standard": wanted,
        "row": StandardRow(wanted, rows),
        "facts": facts_of(account),
        "hidden": hidden_rules(rules),
        "attest_locked": locked_by(request.caller, "iamconsole:AttestControl", account.arn),
        "withdraw_locked": locked_by(request.caller, "iamconsole:WithdrawAttestation", account.arn),
    }
    return render(request, "reports/findings/standard.html", context)


@require_GET
@signed_in
def export_standard(request: ConsoleRequest, standard_id: str, form: str) -> StreamingHttpResponse:
    """The standard as CSV (exact, or for spreadsheets) or JSON; taking it away is an Event."""
    account, wanted = account_of(request), standard_of(standard_id)
    rows = control_rows(rule_rows(account, rules_of(request.caller)), wanted)
    detail = {"Standard": wanted.name, "Form": known_form(form)}
    events.write(request.caller, "iamconsole:ExportFindings", "*", Event.Outcome.ALLOWED, detail=detail)
    name = f"{wanted.id}-{account.account_id}"
    return rows_file(list(VALUES), exported(account, facts_of(account), rows), form, name)


def attested_rule(request: ConsoleRequest, rule_id: str) -> Rule:
    """A rule for which a person's word stands. Raises Http404."""
    rule = rule_of(request, rule_id)
    if not rule.attested:
        raise Http404(f"This console checks {rule.title} by itself. Nobody attests it.")
    return rule


@require_http_methods(["GET", "POST"])
@signed_in
def attest(request: ConsoleRequest, rule_id: str) -> HttpResponse:
    """A person's word for a control that this console cannot check."""
    account, rule = account_of(request), attested_rule(request, rule_id)
    back = safe_next(request, reverse("reports:finding-rule", args=[rule.id]))
    form = AttestationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            execute(request.caller, "iamconsole:AttestControl", Rule=rule.id, **form.params)
        except IamError as error:
            add_refusal(form, error, {})
        else:
            messages.success(request, ATTESTED)
            return redirect(back)
    context = {
        "rule": rule,
        "form": form,
        "back": back,
        "controls": by_standard(rule.standards),
        "locked": locked_by(request.caller, "iamconsole:AttestControl", account.arn),
    }
    return render(request, "reports/findings/attest.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def withdraw_attestation(request: ConsoleRequest, rule_id: str) -> HttpResponse:
    """The control is not known again."""
    account_of(request)
    rule = attested_rule(request, rule_id)
    act(request, "iamconsole:WithdrawAttestation", WITHDRAWN, Rule=rule.id)
    return redirect(safe_next(request, reverse("reports:finding-rule", args=[rule.id])))
