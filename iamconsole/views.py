"""Pages of the frame itself: home, jobs, refusals."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from credentials.handover import sign_in_url
from iamconsole.addresses import acting_in, redirect
from users.administrators import somebody_administers
from users.models import Account, ManagedPolicy, User
from users.operations.jobs import CANCEL_JOB, may_cancel
from users.requests import ConsoleRequest
from users.sync_runs import run_of_job
from users.views.accounts import role_caller

from .dashboard import dashboard
from .errors import AccessDenied, IamError
from .models import Event, Job, JobRow
from .operations import execute, require
from .web import signed_in

ROWS_PER_PAGE = 50
FORGED = "This form was opened in another session or has expired. Go back, reload the page and send it again."


@require_GET
@signed_in
def home(request: ConsoleRequest) -> HttpResponse:
    """First steps until there is a user, then the dashboard; own access for whoever may see no users."""
    caller = request.caller
    if not caller.permits("iam:ListUsers"):
        return redirect("credentials:my-security-credentials")
    account = Account.objects.select_related("link").get(account_id=caller.account_id)
    if not User.objects.filter(account=account, kind=User.Kind.USER).exists():
        return welcome(request, account)
    context = {
        **dashboard(caller, account),
        "may_create": not caller.read_only and caller.permits("iam:CreateUser", account.arns.any_user),
        "may_sync": caller.link and caller.permits("iamconsole:SyncAccount", account.arn),
        "may_alias": not caller.read_only and caller.permits("iam:CreateAccountAlias"),
        "sign_in_url": "" if caller.read_only else sign_in_url(account),
        "mfa": caller.mfa_at is not None,
    }
    return render(request, "dashboard.html", context)


def welcome(request: ConsoleRequest, account: Account) -> HttpResponse:
    """What to do in an empty account."""
    caller, steps = request.caller, first_steps(request, account)
    context: dict[str, Any] = {"steps": steps, "health": health(), "account": account}
    context["done"] = sum(bool(step["done"]) for step in steps)
    context["next"] = next((step["key"] for step in steps if not step["done"]), "")
    may_list = caller.permits("iamconsole:ListEvents", account.arn)
    context["recent"] = (
        Event.objects.select_related("notice").filter(account_id=account.account_id)[:8] if may_list else []
    )
    return render(request, "home.html", context)


def first_steps(request: ConsoleRequest, account: Account) -> list[dict[str, object]]:
    """What to do after the first start, each with whether it is done."""
    root = User.objects.select_related("login_profile").filter(account=account, kind=User.Kind.ROOT).first()
    steps: list[dict[str, object]] = []
    profile = getattr(root, "login_profile", None)
    if profile and account.kind == Account.Kind.LOCAL:  # elsewhere root's password is not ours
        steps.append({"key": "root-password", "done": not profile.password_reset_required})
    if root:
        steps.append({"key": "root-mfa", "done": root.mfa_count > 0})
    steps.append({"key": "administrator", "done": somebody_administers(account)})
    if account.is_home:
        steps.append({"key": "link", "done": Account.objects.filter(kind=Account.Kind.LINKED).exists()})
    steps.append({"key": "password-policy", "done": hasattr(account, "password_policy")})
    return steps


def health() -> dict[str, object]:
    """How the parts of the installation are, for the home page."""
    finished = Job.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()
    return {
        "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
        "queue": "Redis" if settings.REDIS_URL else "Embedded Valkey",
        "last_job": finished,
        "waiting": Job.objects.filter(state=Job.State.WAITING).count(),
        "stuck": jobs_are_stuck(),
        "version": settings.VERSION,
        "policies": ManagedPolicy.objects.catalogue().count(),
    }


def jobs_are_stuck() -> bool:
    """Whether a job waits for longer than a living worker would let it."""
    late = timezone.now() - timedelta(seconds=2 * settings.JOB_STALE_SECONDS)
    return Job.objects.filter(state=Job.State.WAITING, created_at__lt=late).exists()


@require_GET
@signed_in
def job_list(request: ConsoleRequest) -> HttpResponse:
    """The account's jobs, newest first."""
    caller = request.caller
    require(caller, "iamconsole:ListJobs")
    jobs = Job.objects.filter(account_id=caller.account_id).exclude(kind__in=Job.QUIET)
    return render(request, "jobs.html", {"jobs": jobs[:100]})


@require_GET
@signed_in
def job_panel(request: ConsoleRequest, job_id: str) -> HttpResponse:
    """One job; only its panel when htmx asks for it."""
    job = seen_job(request, job_id)
    with acting_in(job.account_id):
        return job_page(request, job)


def job_page(request: ConsoleRequest, job: Job) -> HttpResponse:
    """The job for ``request.caller``, who acts in its account."""
    htmx = request.htmx
    if htmx and not job.open and (htmx.current_url_abs_path != request.path or has_results(job)):
        # The page around the panel shows what the job has made: have it loaded again.
        return HttpResponse(headers={"HX-Refresh": "true"})
    context: dict[str, Any] = {"job": job, "may_cancel": may_cancel(request.caller, job)}
    if not htmx:
        context |= {**job_rows(request, job), "sync_run": run_of_job(job.id)}
    return render(request, "job_panel.html" if htmx else "job.html", context)


def has_results(job: Job) -> bool:
    """Whether the job's own page shows more than its panel."""
    return "plan" in job.result or job.rows.exists()


def job_rows(request: ConsoleRequest, job: Job) -> dict[str, Any]:
    """The results of a job that has rows: all of them, or those of one state."""
    counts = dict(job.rows.order_by().values_list("state").annotate(count=Count("pk")))
    state = request.GET.get("state", "")
    rows = job.rows.filter(state=state) if state in JobRow.State.values else job.rows.all()
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return {"rows": page if counts else None, "counts": counts, "state": state}


@require_POST
@signed_in
def cancel_job(request: ConsoleRequest, job_id: str) -> HttpResponse:
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


def seen_job(request: ConsoleRequest, job_id: str) -> Job:
    """A job that the person started, or may list in its account."""
    job = act_in_account_of(request, job_id)
    if not job.belongs_to(request.caller.person_id):
        require(request.caller, "iamconsole:ListJobs")
    return job


def act_in_account_of(request: ConsoleRequest, job_id: str) -> Job:
    """The job, with ``request.caller`` as the person in its account; 404 where there is no role to take."""
    job = get_object_or_404(Job, id=job_id)
    account = Account.objects.select_related("link").filter(account_id=job.account_id).first()
    caller = role_caller(request, account) if account else None
    if caller is None:
        raise Http404
    request.caller = caller
    return job


def csrf_failure(request: ConsoleRequest, reason: str = "") -> HttpResponse:
    """The page for a form without a valid token."""
    return render(request, "403.html", {"message": FORGED}, status=403)
