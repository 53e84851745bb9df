"""Making a credential report: a stream of rows in one read, with progress; or AWS's own, verbatim."""

import hashlib
import time
from collections.abc import Callable, Iterator
from itertools import islice

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.gateway.client import translated
from iamconsole.operations import LinkSpec
from reports import report_lines
from reports.csv_format import COLUMNS, line
from reports.models import CredentialReport
from users.models import Account, User

Progress = Callable[[int, int, str], None]
AWS_POLL_SECONDS = 2.0
AWS_TIMEOUT_SECONDS = 600
NOT_FINISHED = "AWS did not finish its credential report within ten minutes. Try again later."


def chunks(account: Account, progress: Progress) -> Iterator[bytes]:
    """The exact CSV of an account from its rows of this moment, one part at a time.

    LF between the rows and none after the last (IAM-FACTS 3.2).
    """
    total = User.objects.filter(account=account).count()
    yield line(COLUMNS).encode()
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


def fetch_from_aws(link: LinkSpec, progress: Progress) -> tuple[bytes, int]:
    """AWS's own report, byte for byte. Raises IamError."""
    client = gateway.reader(link)
    deadline = time.monotonic() + AWS_TIMEOUT_SECONDS
    with translated(changing=False):
        while client.generate_credential_report()["State"] != "COMPLETE":
            progress(0, 0, "AWS is making its report")
            if time.monotonic() > deadline:
                raise IamError("ServiceUnavailable", NOT_FINISHED)
            time.sleep(AWS_POLL_SECONDS)
        content = client.get_credential_report()["Content"]
    rows = max(len(content.decode().splitlines()) - 1, 0)
    progress(rows, rows, "Downloaded from AWS")
    return content, rows


def store(
    account: Account, content: bytes, rows: int, *, source: str, made_by: str, job_id: str
) -> CredentialReport:
    """Keep a report; the same job running again replaces its own."""
    report, _ = CredentialReport.objects.update_or_create(
        job_id=job_id,
        defaults={
            "account": account,
            "source": source,
            "content": content,
            "size": len(content),
            "rows": rows,
            "sha256": hashlib.sha256(content).hexdigest(),
            "made_by_arn": made_by,
        },
    )
    return report
