"""One finding: what is the matter, what to do, who sees to it, and what happened so far."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.event_authors import short_name
from iamconsole.operations import Caller, May, Step, execute_all
from iamconsole.web import add_refusal, signed_in
from reports.findings.decisions import why_not_granted
from reports.findings.forms import CommentForm, DetailsForm, ExemptionForm
from reports.findings.next_step import step_of
from reports.findings.operations.exemptions import proposal_of
from reports.findings.reading import account_of, facts_of, readable, rules_of
from reports.findings.rows import Row
from reports.findings.standards import by_standard
from reports.models import Finding, FindingSettings
from users.pages import paged
from users.requests import ConsoleRequest
from users.user_tabs import can_open

DONE = {
    "acknowledge": "You acknowledged this finding. It is still to do.",
    "unacknowledge": "The finding is not acknowledged anymore.",
    "details": "Your changes were saved.",
    "comment": "Your comment was added.",
    "propose": "You proposed an exemption. Somebody else has to grant it.",
    "exempt": "The finding is exempt. It is open again after the end date.",
    "grant": "You granted the exemption. The finding is open again after the end date.",
    "end": "The exemption has ended. The finding is to do again.",
    "decline": "The proposed exemption was turned down.",
}
OPERATIONS = {
    "acknowledge": "AcknowledgeFinding",
    "unacknowledge": "UnacknowledgeFinding",
    "grant": "ExemptFinding",
    "end": "EndExemption",
    "decline": "EndExemption",
    "propose": "ProposeExemption",
    "exempt": "ExemptFinding",
    "comment": "CommentOnFinding",
}
NOTHING_CHANGED = "Nothing was changed."
NO_SUCH_ACTION = "This page does not know this action. Nothing was changed."


@dataclass(slots=True)
class Forms:
    """The forms of the page; the one that was sent is bound."""

    details: DetailsForm
    comment: CommentForm
    exemption: ExemptionForm
    sent: Form = field(default_factory=Form)

    @classmethod
    def of(cls, finding: Finding, request: ConsoleRequest, action: str) -> "Forms":
        def data(*actions: str) -> Any:
            return request.POST if action in actions else None

        forms = cls(
            DetailsForm(data("details"), initial=details_of(finding)),
            CommentForm(data("comment")),
            ExemptionForm(data("propose", "exempt")),
        )
        by_action: dict[str, Form] = {
            "details": forms.details,
            "comment": forms.comment,
            "propose": forms.exemption,
            "exempt": forms.exemption,
        }
        forms.sent = by_action.get(action) or Form({} if action else None)
        return forms


def details_of(finding: Finding) -> dict[str, str]:
    """What people chose; "" where the console decides."""
    chosen_day = finding.due_date if finding.due_chosen else None
    return {
        "owner": finding.owner if finding.owner_chosen else "",
        "due_date": chosen_day.isoformat() if chosen_day else "",
        "ticket": finding.ticket,
    }


@require_http_methods(["GET", "POST"])
@signed_in
def finding(request: ConsoleRequest, finding_id: UUID) -> HttpResponse:
    """One finding, and what is decided about it."""
    account = account_of(request)
    found = readable(account, rules_of(request.caller)).select_related("account", "user__account")
    row: Finding = get_object_or_404(found, pk=finding_id)
    action = request.POST.get("do", "") if request.method == "POST" else ""
    forms = Forms.of(row, request, action)
    if request.method == "POST" and decided(request, row, action, forms):
        return redirect("reports:finding", finding_id=row.pk)
    status = 400 if request.method == "POST" else 200
    return render(request, "reports/findings/finding.html", context_of(request, row, forms), status=status)


def decided(request: ConsoleRequest, row: Finding, action: str, forms: Forms) -> bool:
    """Carry out what was sent. Where it was refused, its form says why."""
    if action not in DONE:
        forms.sent = Form({})
        forms.sent.add_error(None, NO_SUCH_ACTION)
        return False
    if not forms.sent.is_valid():
        return False
    steps = steps_of(row, action, forms)
    try:
        if steps:
            execute_all(request.caller, steps)
    except IamError as error:
        add_refusal(forms.sent, error, {})
        return False
    if steps:
        messages.success(request, DONE[action])
    else:
        messages.info(request, NOTHING_CHANGED)
    return True


def steps_of(row: Finding, action: str, forms: Forms) -> list[Step]:
    """The operations behind a button."""
    named = {"FindingId": str(row.pk)}
    if action == "details":
        return [Step(f"iamconsole:{name}", {**named, **params}) for name, params in changes(row, forms)]
    params: dict[str, Any] = {}
    if action == "grant":
        proposal = proposal_of(row)
        params = {"Reason": proposal.reason, "EndsOn": proposal.ends_on.isoformat()} if proposal else {}
        if proposal is None:
            return []
    elif isinstance(forms.sent, CommentForm | ExemptionForm):
        params = forms.sent.params
    return [Step(f"iamconsole:{OPERATIONS[action]}", {**named, **params})]


def changes(row: Finding, forms: Forms) -> list[tuple[str, dict[str, str]]]:
    """The details that differ from what was chosen before, with their operations."""
    entered, before = forms.details.cleaned_data, details_of(row)
    operations = {
        "owner": ("AssignFinding", "Owner"),
        "due_date": ("SetFindingDueDate", "DueDate"),
        "ticket": ("SetFindingTicket", "Ticket"),
    }
    return [
        (operation, {parameter: entered[name]})
        for name, (operation, parameter) in operations.items()
        if entered[name] != before[name]
    ]


def context_of(request: ConsoleRequest, row: Finding, forms: Forms) -> dict[str, Any]:
    """What the template shows."""
    caller = request.caller
    shown = Row(row)
    resource = row.user.arn if row.user else "*"
    step, step_blocked = step_of(caller, row)
    proposal = proposal_of(row)
    second = FindingSettings.objects.filter(account=row.account, second_person=True).exists()
    return {
        "finding": row,
        "row": shown,
        "rule": shown.rule,
        "step": step,
        "step_blocked": step_blocked,
        "facts": facts_of(row.account),
        "controls": by_standard(shown.rule.standards),
        "history": paged(request, row.changes.order_by("-at", "-id")),
        "exemption": row.exemptions.filter(granted_at__isnull=False, ended_at=None).first(),
        "proposal": proposal,
        "proposed_by": short_name(proposal.proposed_by_arn) if proposal else "",
        "not_granted": why_not_granted(caller, row, proposal) if second and proposal else "",
        "second_person": second,
        "about_you": bool(row.user) and resource == caller.person_arn,
        "may": May(caller, resource),
        "resource": resource,
        "may_open_user": may_open_user(caller, row),
        "form": forms.sent if forms.sent.is_bound else None,
        "forms": forms,
    }


def may_open_user(caller: Caller, row: Finding) -> bool:
    return row.user is not None and not row.user.is_root and can_open(caller, "credentials", row.user)
