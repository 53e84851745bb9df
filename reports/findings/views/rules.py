"""The rules of an account: what each comes to, and how far it goes."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.operations import execute, locked_by
from iamconsole.web import add_refusal, signed_in
from reports.findings.forms import LevelForm, SettingsForm
from reports.findings.reading import account_of, facts_of, rules_of
from reports.findings.results import RuleRow, rule_rows
from reports.findings.rows import SEVERITY_TYPES
from reports.findings.rule import Rule
from reports.findings.standards import by_standard
from reports.findings.views.lists import hidden_rules
from reports.models import FindingSettings, RuleLevel
from users.models import Account
from users.requests import ConsoleRequest

Level = RuleLevel.Level
LEVEL_SET = "The level of the rule was changed. It applies within a minute."
SETTINGS_SAVED = "The settings of findings were saved."
LEVEL_WORDS = {
    Level.OFF.value: "The rule is not applied. Its findings are withdrawn.",
    Level.REPORT.value: "Its findings are listed here.",
    Level.WARN.value: "Its findings are listed here, and their owners get mail about them.",
    LevelForm.DRY_RUN: "Like Warn. This console also shows what it would deactivate, and does nothing.",
    Level.ACT.value: "Like Warn. After two warnings this console deactivates what it finds. You can undo it.",
}


@require_GET
@signed_in
def rules(request: ConsoleRequest) -> HttpResponse:
    """Every rule that the reader may see the findings of, with its verdict and its sums."""
    account, readable = account_of(request), rules_of(request.caller)
    context = {
        "rows": rule_rows(account, readable),
        "types": SEVERITY_TYPES,
        "facts": facts_of(account),
        "hidden": hidden_rules(readable),
        "settings": settings_of(account),
        "settings_locked": locked_by(request.caller, "iamconsole:UpdateFindingSettings", account.arn),
    }
    return render(request, "reports/findings/rules.html", context)


def settings_of(account: Account) -> FindingSettings:
    return FindingSettings.objects.filter(account=account).first() or FindingSettings(account=account)


def rule_of(request: ConsoleRequest, rule_id: str) -> Rule:
    """A rule that the reader may see the findings of. Raises Http404."""
    for rule in rules_of(request.caller):
        if rule.id == rule_id:
            return rule
    raise Http404(f"There is no rule {rule_id:.64}, or you cannot read what it is about.")


@require_http_methods(["GET", "POST"])
@signed_in
def rule(request: ConsoleRequest, rule_id: str) -> HttpResponse:
    """One rule: why it is there, what it comes to, and how far it goes in this account."""
    account, wanted = account_of(request), rule_of(request, rule_id)
    (row,) = rule_rows(account, [wanted])
    sent = request.POST if request.method == "POST" else None
    form = LevelForm(sent, acts=bool(wanted.acts_by), initial={"level": level_of(row)})
    if form.is_bound and form.is_valid():
        try:
            execute(request.caller, "iamconsole:SetRuleLevel", Rule=wanted.id, **form.params)
        except IamError as error:
            add_refusal(form, error, {})
        else:
            messages.success(request, LEVEL_SET)
            return redirect("reports:finding-rule", rule_id=wanted.id)
    context = {
        "row": row,
        "rule": wanted,
        "severity_type": SEVERITY_TYPES[wanted.severity],
        "form": form,
        "level_words": LEVEL_WORDS,
        "level_locked": locked_by(request.caller, "iamconsole:SetRuleLevel", account.arn),
        "attest_locked": locked_by(request.caller, "iamconsole:AttestControl", account.arn),
        "withdraw_locked": locked_by(request.caller, "iamconsole:WithdrawAttestation", account.arn),
        "facts": facts_of(account),
        "controls": by_standard(wanted.standards),
    }
    return render(request, "reports/findings/rule.html", context, status=400 if form.errors else 200)


def level_of(row: RuleRow) -> str:
    """How far a rule goes, as the form offers it."""
    return LevelForm.DRY_RUN if row.level == Level.ACT and row.dry_run else str(row.level)


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: ConsoleRequest) -> HttpResponse:
    """Who hears of findings without another owner, and whether exemptions take two people."""
    account = account_of(request)
    now = settings_of(account)
    initial = {"contact": now.contact, "second_person": now.second_person}
    form = SettingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        entered = form.cleaned_data
        try:
            execute(
                request.caller,
                "iamconsole:UpdateFindingSettings",
                Contact=entered["contact"],
                SecondPerson=entered["second_person"],
            )
        except IamError as error:
            add_refusal(form, error, {})
        else:
            messages.success(request, SETTINGS_SAVED)
            return redirect("reports:finding-rules")
    locked = locked_by(request.caller, "iamconsole:UpdateFindingSettings", account.arn)
    context = {"form": form, "locked": locked}
    return render(request, "reports/findings/settings.html", context, status=400 if form.errors else 200)
