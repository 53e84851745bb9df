"""Unused credentials: found, exported, and the ticked ones deactivated after a look at what happens."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from credentials import living_on
from credentials.access_keys.selection import RECENT_DAYS, USED_MEANWHILE, YES, seal_of
from credentials.sessions.revoking import RevokeTick, is_ticked, step_of
from iamconsole import choices
from iamconsole.addresses import redirect, reverse
from iamconsole.choices import Choice
from iamconsole.credential_report import NONE as NOT_KNOWN
from iamconsole.downloads import CSV_FORMS, known_form, minute, moment, rows_file
from iamconsole.errors import IamError
from iamconsole.models import Event, Job
from iamconsole.not_known import NotKnown
from iamconsole.operations import events, require
from iamconsole.web import signed_in
from reports.models import CredentialReport
from reports.unused import deactivation, unused
from reports.unused.deactivation import Planned
from reports.unused.forms import RuleForm
from reports.unused.tables import UnusedTable, WithoutCredentialTable, days_since
from reports.unused.unused import KEY, KINDS, Rule
from users.models import Account
from users.requests import ConsoleRequest
from users.steps import run

PAGE_SIZES = (25, 50, 100)
CHOICE = "unused-credentials"
NONE = "none"  # the list of users without a usable credential
OUTCOME = "deactivated"  # session key: what the last deactivation did, row by row
HEADER = [
    "user",
    "account_id",
    "credential",
    "access_key_id",
    "created",
    "last_used",
    "last_used_service",
    "last_used_region",
    "unused_days",
]
NOTHING_TICKED = "Select the credentials to deactivate first."
TOO_MANY = (
    "You selected {ticked:,} credentials. You can deactivate up to {most} at a time. Nothing was changed."
)
READ_ONLY = "This account is read-only."
NONE_CHANGED = "No credential was changed."
NOTHING_LEFT = "None of these can be deactivated."


def account_of(request: ConsoleRequest) -> Account:
    """The caller's account, for those who may read its credentials' last use."""
    require(request.caller, "iam:GetCredentialReport")
    return Account.objects.select_related("link").get(account_id=request.caller.account_id)


@require_GET
@signed_in
def unused_credentials(request: ConsoleRequest) -> HttpResponse:
    """The list under the rule of the address: sorted and paged by the database."""
    account, rule = account_of(request), Rule.of(request.GET)
    show = NONE if request.GET.get("kind") == NONE else rule.kind
    table: Any = table_of(request, account, rule, show)
    size = page_size(request)
    table.paginate(per_page=size)
    table.page = table.paginator.get_page(request.GET.get("page"))
    uploads = CredentialReport.objects.filter(account=account, source="upload")
    context = {
        "table": table,
        "rule": rule,
        "show": show,
        "form": RuleForm(rule, request.GET),
        "counts": unused.counts(account, rule) | {"none": unused.without_credential(account, rule).count()},
        "account": account,
        "unread": unread(account, show),
        "read_only": request.caller.read_only,
        "uploaded_at": uploads.values_list("generated_at", flat=True).first(),
        "may_change": not request.caller.read_only and not undecided(account),
        "sizes": PAGE_SIZES,
        "size": size,
        "query": request.GET.urlencode(),
    }
    return render(request, "reports/unused/unused_credentials.html", context)


def unread(account: Account, show: str) -> NotKnown | None:
    """Why the list may lack credentials, or hold some that are used."""
    facts = ("passwords", "access_keys") if show == NONE else ("last_use", "passwords", "access_keys")
    return next(filter(None, (account.not_known[fact] for fact in facts)), None)


def undecided(account: Account) -> NotKnown | None:
    """Why nothing is deactivated as unused. While the first sync runs, the rows
    that are here have been read.
    """
    if account.kind == Account.Kind.LINKED and account.link.synced_at is None:
        return None
    return unread(account, "")


def table_of(request: ConsoleRequest, account: Account, rule: Rule, show: str) -> Any:
    """One of the two tables. A sort by a column that is not there is none."""
    sort = request.GET.get("sort", "")
    if show == NONE:
        table: Any = WithoutCredentialTable
        rows: Any = unused.without_credential(account, rule)
        default = "user"
    else:
        table, rows, default = UnusedTable, unused.unused(account, rule), "-idle"
    order = sort if sort.lstrip("-") in table.base_columns and sort.lstrip("-") != "select" else default
    left_out = ("select",) if request.caller.read_only or undecided(account) else ()
    return table(rows, order_by=order, exclude=left_out)


def page_size(request: ConsoleRequest) -> int:
    """One of the sizes on offer."""
    wanted = request.GET.get("size", "")
    return int(wanted) if wanted in map(str, PAGE_SIZES) else PAGE_SIZES[0]


@require_GET
@signed_in
def export_unused_credentials(request: ConsoleRequest, form: str) -> StreamingHttpResponse:
    """The unused credentials of the view as CSV, exact or for spreadsheets; an event itself."""
    account, rule = account_of(request), Rule.of(request.GET)
    known_form(form, CSV_FORMS)
    detail = {"Filters": request.GET.dict(), "Form": form}
    events.write(
        request.caller,
        "iamconsole:ExportUnusedCredentials",
        account.arn,
        Event.Outcome.ALLOWED,
        detail=detail,
    )
    name = f"unused_credentials_{account.account_id}_{timezone.now():%Y-%m-%d}"
    return rows_file(HEADER, exported_rows(account, rule), form, name)


def exported_rows(account: Account, rule: Rule) -> Iterator[list[Any]]:
    """The unused credentials, the oldest first; what is absent in the words of the credential report, what
    was not read empty.
    """
    absent = "" if account.not_known["last_use"] else NOT_KNOWN
    for row in unused.unused(account, rule).order_by("since", "folded", "ref").iterator(chunk_size=500):
        yield [
            row["name"],
            account.account_id,
            KINDS[row["what"]],
            row["key_id"] or "",
            moment(row["created"]) or NOT_KNOWN,
            (minute if row["what"] == KEY else moment)(row["used"]) or absent,
            row["service"] or absent,
            row["region"] or absent,
            days_since(row["since"]) if row["used"] or absent else "",
        ]


@require_POST
@signed_in
def deactivate_credentials(request: ConsoleRequest) -> HttpResponse:
    """Keep which credentials were selected, for the page that confirms."""
    account, rule = account_of(request), Rule.of(request.POST)
    ticked = request.POST.getlist("credential")
    if len(ticked) > deactivation.MOST:
        messages.error(request, TOO_MANY.format(ticked=len(ticked), most=deactivation.MOST))
        return HttpResponseRedirect(list_of(rule))
    rows = deactivation.planned(request.caller, account, ticked, rule)
    if why := refused(request, account, rows):
        messages.error(request, why)
        return HttpResponseRedirect(list_of(rule))
    data = {"credentials": [row.ref for row in rows], "days": rule.days, "grace": rule.grace}
    choice_id = choices.keep(request, CHOICE, data)
    return redirect("reports:confirm-deactivation", choice_id=choice_id)


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_deactivation(request: ConsoleRequest, choice_id: UUID) -> HttpResponse:
    """What will happen to exactly which credentials; sent, it happens."""
    account = account_of(request)
    choice = choices.find(request, CHOICE, choice_id)
    if choice.done_url:
        return redirect(choice.done_url)
    rule = Rule.of({name: str(choice.data[name]) for name in ("days", "grace")})
    rows = deactivation.planned(request.caller, account, choice.data["credentials"], rule)
    if why := refused(request, account, rows):
        messages.error(request, why)
        return HttpResponseRedirect(list_of(rule))
    counts = deactivation.summary_of(rows)
    marked = deactivation.marked(rows)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and counts["all"] and is_confirmed(request, form, marked):
        return carry_out(request, choice, rows, list_of(rule))
    tick = RevokeTick() if request.caller.link else None
    context: dict[str, Any] = {
        "rows": rows,
        "counts": counts,
        "back": list_of(rule),
        "blocked": NOTHING_LEFT,
        "tick": tick,
    }
    context |= {"form": form, "marked": marked, "seal": seal_of(marked), "recent_days": RECENT_DAYS}
    context["sessions_at_aws"] = living_on.SESSIONS_AT_AWS if tick and counts["password"] else ""
    context["lives_on"] = living_on.after_keys(at_aws=bool(request.caller.link)) if counts["key"] else ""
    return render(
        request, "reports/unused/deactivate_credentials.html", context, status=400 if form.errors else 200
    )


def is_confirmed(request: ConsoleRequest, form: Form, marked: list[str]) -> bool:
    """Whether the word was typed where keys may be in use, to the keys that are marked now."""
    if marked and request.POST.get("marked", "") != seal_of(marked):
        form.add_error(None, USED_MEANWHILE)
    elif marked and request.POST.get("confirm", "").strip().lower() != YES:
        form.add_error(None, f"Type {YES} to confirm.")
    return not form.errors


def list_of(rule: Rule) -> str:
    """The list under the same rule."""
    return f"{reverse('reports:unused-credentials')}?days={rule.days}&grace={rule.grace}"


def refused(request: ConsoleRequest, account: Account, rows: list[Planned]) -> str:
    """Why none of the selected credentials is deactivated, "" where nothing forbids it."""
    if not rows:
        return NOTHING_TICKED
    fact = undecided(account)
    return str(fact) if fact else READ_ONLY if request.caller.read_only else ""


def carry_out(request: ConsoleRequest, choice: Choice, rows: list[Planned], back: str) -> HttpResponse:
    """All of it at once on a local account, step by step as a job on a linked one."""
    steps = [row.step for row in rows if not row.left]
    if request.caller.link and is_ticked(RevokeTick(request.POST)):
        users = {row.user.pk: row.user for row in rows if not row.left}
        steps += [step_of(user) for user in users.values()]  # last: no session begins after it
    show = {"title": "Deactivate unused credentials", "users": [], "done_url": back}
    try:
        with choice.carrying_out():
            outcome = run(request, steps, show)
            choice.finish(request, result_of(outcome))
    except IamError as error:
        # At AWS it may not be known whether the change was made; the sentence says so itself.
        messages.error(request, error.message if request.caller.link else f"{error.message} {NONE_CHANGED}")
        return HttpResponseRedirect(back)
    if not isinstance(outcome, Job):
        request.session[OUTCOME] = {"back": back, "rows": [told(row) for row in rows]}
    return redirect(choice.done_url)


def result_of(outcome: Any) -> str:
    """The page that shows what was done: the job's, or the list of results."""
    job = isinstance(outcome, Job)
    return reverse("job", args=[outcome.id]) if job else reverse("reports:deactivated-credentials")


def told(row: Planned) -> dict[str, Any]:
    """One row of the result."""
    return {
        "user": row.user.user_name,
        "user_id": row.user.user_id,
        "label": row.label,
        "outcome": row.left or row.done,
        "done": not row.left,
    }


@require_GET
@signed_in
def deactivated_credentials(request: ConsoleRequest) -> HttpResponse:
    """What the last deactivation of this session did, row by row."""
    account_of(request)
    kept = request.session.get(OUTCOME)
    if kept is None:
        return redirect("reports:unused-credentials")
    done = sum(row["done"] for row in kept["rows"])
    return render(request, "reports/unused/deactivated_credentials.html", {**kept, "done": done})
