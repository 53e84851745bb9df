"""Importing an account from AWS's credential report, and removing it again (ARCHITECTURE 1)."""

import hashlib
from typing import Any

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, lasts, operation
from reports.imports import importing, reading
from reports.imports.importing import Difference
from reports.imports.reading import Report
from reports.models import CredentialReport, ReportChange
from users.accounts import readings
from users.accounts.operations.accounts import forget
from users.home import HomeOperation
from users.models import Account
from users.models.accounts import ACCOUNT_COLOURS

NAMES = 50  # how many names of a kind the Event tells; the upload's history has all
ALREADY_HERE = (
    "Account {account_id} is already here as {kind}. "
    "Its users come from there, so no report can be imported for it."
)
SNAPSHOT = (
    "Account {account_id} is a snapshot of when it was unlinked, so no report can be imported for it. "
    "Remove it first, then import the report."
)
KINDS = {Account.Kind.LOCAL: "a local account", Account.Kind.LINKED: "an account linked to AWS"}


@operation("iamconsole:ImportAccount")
class ImportAccount(HomeOperation):
    """Makes an imported account from a report, or brings one up to date. The file is kept as it is."""

    lasting = lasts.MADE

    def prepare(self, call: Call) -> None:
        super().prepare(call)
        content = call.prepared["content"] = reading.csv_of(call.params["Content"])
        report = reading.read(content)
        if report.account_id != call.params["AccountId"]:
            raise IamError(
                "InvalidInput",
                f"The report is from account {report.account_id}, not {call.params['AccountId']}.",
            )
        call.prepared["report"] = report
        call.prepared["sha256"] = hashlib.sha256(content).hexdigest()

    def lock(self, call: Call) -> None:
        accounts = Account.objects.select_for_update()
        call.account = accounts.filter(account_id=call.params["AccountId"]).first()

    def check(self, call: Call) -> None:
        if call.account and call.account.kind != Account.Kind.IMPORTED:
            kind = KINDS[call.account.kind]
            message = ALREADY_HERE.format(account_id=call.account.account_id, kind=kind)
            raise IamError("EntityAlreadyExists", message)
        if call.account and call.account.snapshot_at:
            raise IamError("EntityAlreadyExists", SNAPSHOT.format(account_id=call.account.account_id))

    def write(self, call: Call, facts: Facts) -> None:
        report: Report = call.prepared["report"]
        known = importing.known_report(call.account) if call.account else None
        call.account = call.account or new_account(report)
        if name := call.param("AccountName"):
            Account.objects.filter(pk=call.account.pk).update(name=name)
        call.found["difference"] = difference = Difference.between(known, report)
        importing.write(call.account, report, difference)
        call.found["upload"] = upload = keep(call, report)
        if known:  # of a first upload everything is new, which is no news
            ReportChange.objects.bulk_create(difference.rows(upload), batch_size=importing.BATCH)
        readings.tell(call.account)
        facts.update(ReportId=str(upload.id), New=known is None)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        """The file's size and digest stand for the file."""
        difference: Difference = call.found["difference"]
        upload: CredentialReport = call.found["upload"]
        return {
            "SHA256": upload.sha256,
            "Size": upload.size,
            "Rows": upload.rows,
            **difference.counts(),
            "names": {
                "created": [user.name for user in difference.created[:NAMES]],
                "changed": [user.name for _, user in difference.changed[:NAMES]],
                "deleted": [user.name for user in difference.deleted[:NAMES]],
            },
        }


def new_account(report: Report) -> Account:
    return Account.objects.create(
        account_id=report.account_id,
        kind=Account.Kind.IMPORTED,
        partition=report.partition,
        colour=Account.objects.count() % ACCOUNT_COLOURS + 1,
    )


def keep(call: Call, report: Report) -> CredentialReport:
    """The uploaded CSV, byte for byte, in the account's history of reports."""
    content = call.prepared["content"]
    return CredentialReport.objects.create(
        account=call.account,
        source=CredentialReport.Source.UPLOAD,
        content=content,
        size=len(content),
        rows=len(report.users) + 1,
        sha256=call.prepared["sha256"],
        made_by_arn=call.caller.person_arn,
    )


@operation("iamconsole:RemoveImportedAccount")
class RemoveImportedAccount(HomeOperation):
    """Forgets an imported account with its uploads. Events stay."""

    lasting = lasts.DELETED

    def lock(self, call: Call) -> None:
        accounts = Account.objects.select_for_update().filter(kind=Account.Kind.IMPORTED)
        call.account = accounts.filter(account_id=call.params["AccountId"]).first()
        if call.account is None:
            raise IamError("NoSuchEntity", f"There is no imported account {call.params['AccountId']}.")

    def write(self, call: Call, facts: Facts) -> None:
        forget(call.account)
