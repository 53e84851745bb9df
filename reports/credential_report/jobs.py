"""The job that makes a credential report."""

from django.db import transaction

from iamconsole.addresses import reverse
from iamconsole.job_kinds import Link
from iamconsole.jobs import JobRun, job_kind
from iamconsole.models import Event, Job
from iamconsole.operations import events, require
from reports.credential_report import generation
from reports.models import CredentialReport
from users.callers.build import account_of_job

KIND = "credential-report"


def exclusive_key(account_id: str) -> str:
    """One report of an account in the making at a time."""
    return f"{KIND}:{account_id}"


@job_kind(KIND)
def make_report(run: JobRun) -> dict[str, str]:
    """Generate a local account's report, or fetch a linked one's from AWS; keep it in the history."""
    caller = run.caller()
    require(caller, "iam:GenerateCredentialReport")
    account = account_of_job(run.job.account_id)

    def progress(done: int, total: int, note: str) -> None:
        run.progress(done, total, note)

    if made := CredentialReport.objects.filter(job_id=run.job.id).first():
        return {"report_id": str(made.id)}  # it was made, and the worker could not say so
    generated_at = None
    if account.link_spec:
        content, rows, generated_at = generation.fetch_from_aws(account.link_spec, progress)
        source = CredentialReport.Source.AWS
    else:
        content, rows = generation.generate(account, progress)
        source = CredentialReport.Source.CONSOLE
    run.progress(rows, rows, "Storing the report")
    with transaction.atomic():
        report = generation.store(
            account,
            content,
            rows,
            source=source,
            made_by=caller.person_arn,
            job_id=str(run.job.id),
            generated_at=generated_at,
        )
        events.write(
            caller,
            "iam:GenerateCredentialReport",
            account.arn,
            Event.Outcome.ALLOWED,
            detail={"ReportId": str(report.id), "Rows": rows},
        )
    return {"report_id": str(report.id)}


def links_of_report(job: Job) -> list[Link]:
    """From a job that made a report to its file and to all reports."""
    links = []
    if report := job.result.get("report_id"):
        url = reverse("reports:download-credential-report", args=[report, "exact"])
        links.append(Link("View report", reverse("reports:view-credential-report", args=[report])))
        links.append(Link("Download CSV", url, icon="download"))
    if job.state == Job.State.DONE:
        links.append(Link("Show all reports", reverse("reports:credential-report")))
    return links


def report_again(job: Job) -> Link:
    return Link("Generate a report again", reverse("reports:credential-report"))
