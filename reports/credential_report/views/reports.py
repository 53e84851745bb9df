"""The credential report: make one, watch it, download it, look back."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from iamconsole import jobs
from iamconsole.addresses import redirect
from iamconsole.counting import counted
from iamconsole.credential_report import for_spreadsheets
from iamconsole.downloads import CSV_FORMS, CSV_TYPE, SPREADSHEET, known_form, whole_file
from iamconsole.history import history_page
from iamconsole.models import Job
from iamconsole.operations import Caller, May, execute, require
from iamconsole.operations.cancel_job import may_cancel
from iamconsole.web import signed_in
from reports.credential_report.jobs import KIND, exclusive_key
from reports.models import CredentialReport
from users.callers.build import starter_of
from users.models import Account
from users.pages import own_caller
from users.requests import ConsoleRequest

PAGE_SIZE = 25
NEWEST_FIRST = ("-generated_at", "-id")
QUEUE_SILENT_SECONDS = 5
SAID_FOR = timedelta(minutes=10)  # how long the page says that a report is ready
WAITS = "The queue does not answer yet. The report starts as soon as it does. Nothing is lost."


@require_GET
@signed_in
def credential_report(request: ConsoleRequest) -> HttpResponse:
    """The latest job, and the reports made so far."""
    caller: Caller = request.caller
    require(caller, "iam:GetCredentialReport")
    account = Account.objects.get(account_id=caller.account_id)
    reports = CredentialReport.objects.filter(account=account).defer("content")
    latest = Job.objects.filter(kind=KIND, account_id=account.account_id).first()
    page = history_page([reports], request.GET, PAGE_SIZE, NEWEST_FIRST)
    context = {
        "account": account,
        "job": latest if latest and latest.state != Job.State.DONE else None,
        "ready": ready_report(latest, caller),
        "may_cancel": latest is not None and may_cancel(caller, latest),
        "waits": WAITS if latest and silent(latest) else "",
        "page": page,
        "total": counted(reports),
        "comparable": len(page.rows) > 1 or bool(page.older or page.newer),
        "may_import": request.user.account.is_home
        and own_caller(request).permits("iamconsole:ImportAccount", account.arn),
        "may": May(caller),
    }
    return render(request, "reports/credential_report/credential_report.html", context)


def ready_report(job: Job | None, caller: Caller) -> CredentialReport | None:
    """The report that the person has just had made."""
    if job is None or job.state != Job.State.DONE or not job.belongs_to(caller.person_id):
        return None
    if job.finished_at is None or timezone.now() - job.finished_at > SAID_FOR:
        return None
    return CredentialReport.objects.defer("content").filter(job_id=job.id).first()


def silent(job: Job) -> bool:
    """Whether a job waits longer than a living queue lets it."""
    age = (timezone.now() - job.created_at).total_seconds()
    return job.state == Job.State.WAITING and (job.sent_at is None or age > QUEUE_SILENT_SECONDS)


@require_POST
@signed_in
def generate_credential_report(request: ConsoleRequest) -> HttpResponse:
    """Start the job; a second press shows the one that runs."""
    caller: Caller = request.caller
    require(caller, "iam:GenerateCredentialReport")
    try:
        jobs.start(
            caller,
            KIND,
            exclusive_key=exclusive_key(caller.account_id),
            starter=starter_of(caller),
        )
    except jobs.AlreadyOpen as error:
        messages.info(request, error.message)
    return redirect("reports:credential-report")


@require_GET
@signed_in
def download_credential_report(request: ConsoleRequest, report_id: str, form: str) -> HttpResponse:
    """One report of the history: ``exact`` as AWS writes it, or ``spreadsheet``."""
    caller: Caller = request.caller
    known_form(form, CSV_FORMS)
    report: CredentialReport = execute(
        caller, "iamconsole:DownloadCredentialReport", ReportId=str(report_id)
    )["Report"]
    content = report.csv
    name = report.file_name
    if form == SPREADSHEET:
        content, name = for_spreadsheets(content), name.replace(".csv", "_spreadsheet.csv")
    return whole_file(content, CSV_TYPE, name)
