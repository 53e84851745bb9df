"""The tab with the services that a user, group or policy last accessed, and its files."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from iamconsole.addresses import redirect, reverse
from iamconsole.downloads import CSV_FORMS, known_form, rows_file
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event, Job
from iamconsole.not_known import NotKnown
from iamconsole.operations import May, events, execute, require
from iamconsole.web import signed_in
from reports.last_accessed import services
from reports.last_accessed.newest import last_uses
from reports.last_accessed.operations import recorded_actions
from reports.last_accessed.reading import GENERATE, KIND, NOT_THERE, TRACKED_PARTITIONS, id_of
from reports.last_accessed.rows import COLUMNS, ServiceRow, exported, from_facts, from_kept
from reports.last_accessed.services import Principal
from reports.models import LastAccessedReport
from users.asking_who import may_read
from users.models import Account
from users.pages import group_of, user_context, user_of
from users.policies.page import policy_context, policy_of
from users.requests import ConsoleRequest

READ = "iam:GetServiceLastAccessedDetails"
PER_PAGE = 50
WHAT = "last accessed services"
NOT_IN_REPORT = "A credential report does not contain them."
NOT_ASKED = "AWS was not asked about this {kind} yet."


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom the tab is about: what differs between the three kinds of page."""

    thing: Principal
    kind: str
    name: str
    account: Account
    args: tuple[Any, ...]

    @property
    def url(self) -> str:
        return reverse(f"reports:{self.kind}-services", args=self.args)

    @property
    def template(self) -> str:
        return f"reports/last_accessed/{self.kind}_services.html"

    def context(self, request: ConsoleRequest) -> dict[str, Any]:
        """What the head of its pages shows."""
        if self.kind == "user":
            return user_context(request, self.thing)  # type: ignore[arg-type]
        if self.kind == "policy":
            return policy_context(request, self.thing)  # type: ignore[arg-type]
        may = May(request.caller, self.thing.arn)
        return {"group": self.thing, "read_only": request.caller.read_only, "may": may}


def owner_of(request: ConsoleRequest, user_id: str = "", group_id: str = "", policy_pk: int = 0) -> Owner:
    """The one that the address names; 404 for one of another account."""
    if user_id:
        user = user_of(request, user_id)
        return Owner(user, "user", user.user_name, user.account, (user_id,))
    if group_id:
        group = group_of(request, group_id)
        return Owner(group, "group", group.group_name, group.account, (group_id,))
    policy = policy_of(request, policy_pk)
    account = Account.objects.get(account_id=request.caller.account_id)
    return Owner(policy, "policy", policy.policy_name, account, (policy_pk,))


@dataclass(frozen=True, slots=True)
class Accessed:
    """What is known of the services of one principal: rows as of a moment, or why there are none."""

    rows: list[ServiceRow]
    read_at: datetime | None = None
    not_known: NotKnown | None = None
    error: str = ""


def accessed_by(owner: Owner) -> Accessed:
    """From AWS's report for a linked account, from the console's own events for a local one."""
    account = owner.account
    if account.kind == Account.Kind.LOCAL:
        return Accessed(here(owner), timezone.now())
    if account.partition not in TRACKED_PARTITIONS:
        return Accessed([], not_known=NotKnown(WHAT, NOT_THERE.format(partition=account.partition)))
    report = LastAccessedReport.objects.filter(account=account, principal_id=id_of(owner.thing)).first()
    if report and report.read_at:
        return Accessed(from_kept(report.services), report.read_at, error=report.error)
    imported = account.kind == Account.Kind.IMPORTED and not account.snapshot_at
    why = report.error if report else NOT_IN_REPORT if imported else NOT_ASKED.format(kind=owner.kind)
    return Accessed([], not_known=NotKnown(WHAT, why))


def here(owner: Owner) -> list[ServiceRow]:
    """What the events of a local account and the last use of its keys tell."""
    account_id = owner.account.account_id
    found = last_uses(owner.thing, account_id, timezone.now())
    facts = services.service_facts(services.granted(owner.thing), found, recorded_actions())
    return from_facts(facts, services.TOLD_BY_EVENTS)


@require_GET
@signed_in
def last_accessed_services(request: ConsoleRequest, **named: Any) -> HttpResponse:
    """All services that policies grant, or those that were not used for 90 days."""
    owner = owner_of(request, **named)
    require(request.caller, READ, "*")
    accessed, now = accessed_by(owner), timezone.now()
    unused = [row for row in accessed.rows if row.is_unused(now)]
    shown = unused if request.GET.get("unused") else accessed.rows
    linked = owner.account.kind == Account.Kind.LINKED
    context = {
        **owner.context(request),
        "asks_who": may_read(request.caller),
        "owner": owner,
        "accessed": accessed,
        "unused": len(unused),
        "only_unused": bool(request.GET.get("unused")),
        "page": Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        "linked": linked,
        "readable": linked and owner.account.partition in TRACKED_PARTITIONS,
        "may_generate": request.caller.permits(GENERATE, owner.thing.arn),
        "job": open_job(owner) if linked else None,
        "period": services.TRACKED.days,
    }
    return render(request, owner.template, context)


def open_job(owner: Owner) -> Job | None:
    """The reading that waits or runs."""
    jobs = Job.objects.filter(kind=KIND, account_id=owner.account.account_id, state__in=Job.OPEN_STATES)
    return jobs.filter(args__arn=owner.thing.arn).first()


@require_POST
@signed_in
def read_last_accessed(request: ConsoleRequest, **named: Any) -> HttpResponse:
    """Ask AWS for the report; the tab shows it when it is there."""
    owner = owner_of(request, **named)
    try:
        execute(request.caller, "iamconsole:ReadLastAccessed", Arn=owner.thing.arn)
    except AccessDenied:
        raise
    except IamError as error:
        messages.error(request, error.message)
    return redirect(owner.url)


@require_GET
@signed_in
def export_last_accessed(request: ConsoleRequest, form: str, **named: Any) -> StreamingHttpResponse:
    """All rows, or the unused ones, as CSV; an event itself."""
    owner = owner_of(request, **named)
    require(request.caller, READ, "*")
    known_form(form, CSV_FORMS)
    now = timezone.now()
    rows = [row for row in accessed_by(owner).rows if not request.GET.get("unused") or row.is_unused(now)]
    detail = {"Arn": owner.thing.arn, "Form": form}
    action = "iamconsole:ExportLastAccessed"
    events.write(request.caller, action, owner.account.arn, Event.Outcome.ALLOWED, detail=detail)
    return rows_file(COLUMNS, exported(rows), form, f"last_accessed_{owner.name}_{now:%Y-%m-%d}")
