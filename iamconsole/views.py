"""Pages of the core itself: jobs, refusals."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from iamconsole.addresses import acting_in, redirect, reverse

from . import half_way, next_steps, undo, work
from .counting import counted
from .errors import AccessDenied, IamError
from .history import history_page
from .job_kinds import panels_of, quiet_kinds
from .jobs import caller_in
from .models import Job, JobRow
from .operations import execute, require
from .operations.cancel_job import CANCEL_JOB, may_cancel
from .sync.accounts import SYNC
from .web import CallerRequest, act, or_404, page_anew, safe_next, signed_in

ROWS_PER_PAGE = 50
STOP_POLLING = 286  # htmx goes on asking after any error
# What is chosen on the page of a job that stopped half-way -> operation, and what is said afterwards.
DECISIONS = {
    "continue": (half_way.CONTINUE, "The rest of the steps has been started."),
    "undo": (half_way.UNDO, "Undoing the finished steps has been started."),
    "close": (half_way.CLOSE, "The job was closed. What it did stays as it is."),
}
FORGED = (
    "This form was opened in another session or has expired. Go back, reload the page and submit it again."
)


@require_GET
@signed_in
def job_list(request: CallerRequest) -> HttpResponse:
    """A page of the account's jobs, newest first."""
    caller = request.caller
    require(caller, "iamconsole:ListJobs")
    jobs = Job.objects.filter(account_id=caller.account_id).exclude(kind__in=quiet_kinds())
    page = history_page([jobs], request.GET, ROWS_PER_PAGE, ("-created_at", "-id"))
    shown = [(job, next_steps.link_in_list(job)) for job in page.rows]
    waiting = (job.why_waiting for job, _ in shown if job.state == Job.State.WAITING)
    context = {"page": page, "jobs": shown, "total": counted(jobs), "why_waiting": next(waiting, "")}
    return render(request, "jobs.html", context)


@require_GET
@signed_in
def job_panel(request: CallerRequest, job_id: str) -> HttpResponse:
    """One job; only its panel when htmx asks for it, which stops asking where the job is not to be seen."""
    try:
        job = seen_job(request, job_id)
    except (AccessDenied, Http404):
        if not request.htmx:
            raise
        return HttpResponse("The job is no longer to be seen. Load the page again.", status=STOP_POLLING)
    with acting_in(job.account_id):
        return job_page(request, job)


def job_page(request: CallerRequest, job: Job) -> HttpResponse:
    """The job for ``request.caller``, who acts in its account."""
    htmx = request.htmx
    if htmx and not job.open and (htmx.current_url_abs_path != request.path or has_results(job)):
        # The page around the panel shows what the job has made: have it loaded again.
        return page_anew()
    context: dict[str, Any] = {
        "job": job,
        "may_cancel": may_cancel(request.caller, job),
        "title": "Progress"
        if htmx and htmx.current_url_abs_path == request.path
        else "",  # its page names it
        **half_way.choices(request.caller, job),
    }
    if not htmx:
        context |= {**job_rows(request, job), "panels": panels_of(job)}
        context |= job_links(request, job, context)
        context["undo"] = offers = undo_offers(request, job, context)
        context["undo_all"] = next(iter(offers.values()), None)
    return render(request, "job_panel.html" if htmx else "job.html", context)


def has_results(job: Job) -> bool:
    """Whether the job's own page shows more than its panel."""
    return "plan" in job.result or bool(job.steps) or job.rows.exists() or bool(panels_of(job))


def job_rows(request: CallerRequest, job: Job) -> dict[str, Any]:
    """The results of a job that has rows: all of them, or those of one state."""
    counts = dict(job.rows.order_by().values_list("state").annotate(count=Count("pk")))
    state = request.GET.get("state", "")
    rows = job.rows.filter(state=state) if state in JobRow.State.values else job.rows.all()
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return {"rows": page if counts else None, "counts": counts, "state": state}


def job_links(request: CallerRequest, job: Job, context: Mapping[str, Any]) -> dict[str, Any]:
    """Where the rows lead to, what to do next, and why something was refused."""
    rows = list(context["rows"] or ())
    messages_of = {row.number: row.message for row in rows} | {0: job.error}
    step, link = next_steps.next_step(job, context["counts"].get(JobRow.State.FAILED, 0))
    return {
        "addresses": job.words.rows_at(job, {row.key for row in rows}) if rows else {},
        "next_step": step,
        "next_link": link,
        "why": next_steps.why_refused(request.caller, job, messages_of),
    }


def undo_offers(request: CallerRequest, job: Job, context: Mapping[str, Any]) -> dict[int, undo.Offer]:
    """Row or step -> what the person can undo of it. A job that stopped half-way has its own way back."""
    if job.open or "half_way" in context:
        return {}
    together = job.kind == work.KIND
    numbers = range(1, len(job.steps) + 1) if together else (row.number for row in context["rows"] or ())
    return undo.offers_of(request, job.id, numbers, together=together)


@require_POST
@signed_in
def undo_changes(request: CallerRequest, work_id: str, row: int | None = None) -> HttpResponse:
    """Take back what the person has changed by a request or a job, or by one of the job's rows."""
    changes = list(undo.changes_of(request.user.user_id, work_id, row))  # type: ignore[union-attr]
    back = safe_next(request, reverse("home"))
    try:
        undo.check_open(changes)
        request.caller = or_404("", caller_in(request, changes[0].account_id))
        job = undo.take_back(request.caller, changes)
    except IamError as error:
        messages.error(request, error.for_people)
        return redirect(back)
    if job:
        return redirect("job", job_id=job.id)
    messages.success(request, f"Undone: {', '.join(change.label for change in changes)}.")
    return redirect(back)


@require_POST
@signed_in
def cancel_job(request: CallerRequest, job_id: str) -> HttpResponse:
    """Cancel a waiting or running job."""
    act_in_account_of(request, job_id)
    try:
        execute(request.caller, CANCEL_JOB, JobId=str(job_id))
    except AccessDenied:
        raise
    except IamError as error:
        messages.info(request, error.message)
    else:
        messages.success(request, "The job was cancelled.")
    return redirect("job", job_id=job_id)


@require_POST
@signed_in
def decide_job(request: CallerRequest, job_id: str, choice: str) -> HttpResponse:
    """What becomes of a job that stopped half-way: the rest, back, or nothing more."""
    job = act_in_account_of(request, job_id)
    operation, done = DECISIONS[choice]
    facts = act(request, operation, done, JobId=str(job_id))
    with acting_in(job.account_id):
        return redirect("job", job_id=facts["Job"].id if facts else job_id)


def seen_job(request: CallerRequest, job_id: str) -> Job:
    """A job that the person started or may list in its account; a sync also for whoever sees the account."""
    job = act_in_account_of(request, job_id)
    shown = job.kind == SYNC and request.caller.permits("iamconsole:ListAccounts")
    if not (shown or job.belongs_to(request.caller.person_id)):
        require(request.caller, "iamconsole:ListJobs")
    return job


def act_in_account_of(request: CallerRequest, job_id: str) -> Job:
    """The job, with ``request.caller`` as the person in its account; 404 where there is no role to take."""
    job = get_object_or_404(Job, id=job_id)
    caller = caller_in(request, job.account_id)
    if caller is None:
        raise Http404
    request.caller = caller
    return job


def csrf_failure(request: CallerRequest, reason: str = "") -> HttpResponse:
    """The page for a form without a valid token."""
    return render(request, "403.html", {"message": FORGED}, status=403)
