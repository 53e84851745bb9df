"""Making a credential report: a stream of rows in one read, with progress; or AWS's own, verbatim."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from iamconsole import gateway
from iamconsole.credential_report import COLUMNS
from iamconsole.downloads import exact_line
from iamconsole.errors import IamError, NotYet
from iamconsole.operations import LinkSpec
from reports.credential_report import lines as report_lines
from reports.models import CredentialReport
from users.models import Account, User

STILL_MADE = "AWS is creating its report. This console asks again within a minute."
Progress = Callable[[int, int, str], None]
# A worker waits no longer for AWS to make a report; it is asked for again later.
AWS_SECONDS = 20
# AWS gives out a report for four hours; a time outside of them is not believed.
AWS_KEEPS = timedelta(hours=4, minutes=30)


def chunks(account: Account, progress: Progress) -> Iterator[bytes]:
    """The exact CSV of an account from its rows of this moment, one part at a time.

    LF between the rows and none after the last (IAM-FACTS 3.2).
    """
    total = User.objects.filter(account=account).count()
    yield exact_line(COLUMNS).encode()
    lines = report_lines.lines(account)
    done = 0
    while part := list(islice(lines, report_lines.CHUNK)):
        yield "\n".join(["", *part]).encode()
        done += len(part)
        progress(done, max(done, total), "Reading users")


def generate(account: Account, progress: Progress) -> tuple[bytes, int]:
    """The exact CSV of a local or imported account and its number of rows."""
    counted = 0

    def count(done: int, total: int, note: str) -> None:
        nonlocal counted
        counted = done
        progress(done, total, note)

    content = b"".join(chunks(account, count))
    return content, counted


def fetch_from_aws(link: LinkSpec, progress: Progress) -> tuple[bytes, int, datetime]:
    """AWS's own report byte for byte, its number of rows, and when AWS made it. Raises IamError,
    NotYet where AWS still makes it."""

    def waiting() -> None:
        progress(0, 0, "AWS is creating its report")

    try:
        report = gateway.credential_report(gateway.reader(link), AWS_SECONDS, waiting)
    except IamError as error:
        if error.code == "ReportInProgress":
            raise NotYet(STILL_MADE, error.message) from error
        raise
    rows = max(len(report.content.decode(errors="replace").splitlines()) - 1, 0)
    progress(rows, rows, "Downloaded from AWS")
    now = timezone.now()
    believed = now - AWS_KEEPS <= report.generated_at <= now
    return report.content, rows, report.generated_at if believed else now


def store(
    account: Account,
    content: bytes,
    rows: int,
    *,
    source: str,
    made_by: str,
    job_id: str,
    generated_at: datetime | None = None,
) -> CredentialReport:
    """Keep a report of now or of ``generated_at``; the same job running again replaces its own."""
    report, _ = CredentialReport.objects.update_or_create(
        job_id=job_id,
        defaults={
            "account": account,
            "source": source,
            "content": content,
            "packing": None,
            "size": len(content),
            "rows": rows,
            "sha256": hashlib.sha256(content).hexdigest(),
            "made_by_arn": made_by,
            "generated_at": generated_at or timezone.now(),
        },
    )
    return report
