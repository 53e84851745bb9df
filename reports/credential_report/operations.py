"""GenerateCredentialReport, GetCredentialReport, and the console's history of reports (IAM-FACTS 3.3)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from iamconsole import jobs
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.sufficing import Suffices
from reports.credential_report.jobs import KIND, exclusive_key
from reports.models import CredentialReport
from users.callers.build import starter_of
from users.lookups import find_account

FRESH = timedelta(hours=4)
NOT_HERE = "There is no report with that ID in this account, or it was removed after its time."
NONE_YET = "No report exists. Starting a new report generation task"


def latest(call: Call) -> CredentialReport | None:
    return CredentialReport.objects.filter(account__account_id=call.account_id).first()


def lasts(call: Call, report: CredentialReport) -> bool:
    """Whether it is given out still. One that was uploaded is all there is of its account: the rows made of
    it hold less.
    """
    return report.source == CredentialReport.Source.UPLOAD or call.now - report.generated_at < FRESH


@operation("GenerateCredentialReport")
class GenerateCredentialReport(Operation):
    """AWS's rule: one report in four hours. The console's button starts a job of its own instead."""

    acts = True  # the job's end is the Event

    def act(self, call: Call) -> Facts:
        report = latest(call)
        if report and lasts(call, report):
            return {"State": "COMPLETE"}
        if jobs.open_job(exclusive_key(call.account_id)):
            return {"State": "INPROGRESS"}
        try:
            key, starter = exclusive_key(call.account_id), starter_of(call.caller)
            jobs.start(call.caller, KIND, exclusive_key=key, starter=starter)
        except jobs.AlreadyOpen:
            return {"State": "INPROGRESS"}
        return {"State": "STARTED", "Description": NONE_YET}


@operation("GetCredentialReport")
class GetCredentialReport(Operation):
    reads = True
    audited = True

    def read(self, call: Call) -> Facts:
        report = latest(call)
        if report is None:
            running = jobs.open_job(exclusive_key(call.account_id))
            raise IamError("ReportInProgress" if running else "ReportNotPresent", "")
        if not lasts(call, report):
            raise IamError("ReportExpired", "")
        return {
            "Content": report.csv,
            "ReportFormat": "text/csv",
            "GeneratedTime": report.generated_at,
        }


@operation("iamconsole:DownloadCredentialReport")
class DownloadCredentialReport(Operation):
    """A report of the history, exact or for spreadsheets; leaves an Event."""

    suffices = Suffices("iam:GetCredentialReport", "AWS asks for nothing else to hand out the report.")
    reads = True
    audited = True

    def resources(self, call: Call) -> Sequence[str]:
        return [find_account(call.account_id).arn]

    def read(self, call: Call) -> Facts:
        reports = CredentialReport.objects.filter(account__account_id=call.account_id)
        try:
            report = reports.filter(id=UUID(call.params["ReportId"])).first()
        except ValueError:  # no UUID, so no report has it
            report = None
        if report is None:
            raise IamError("ReportNotPresent", NOT_HERE)
        return {"Report": report}
