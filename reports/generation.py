"""Making a credential report: a stream of rows in one read, with progress; or AWS's own, verbatim."""

import csv
import hashlib
import io
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.gateway.client import translated
from iamconsole.operations import LinkSpec
from reports import report_rows
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
    rows = report_rows.rows(account)
    done = 0
    while part := list(islice(rows, report_rows.CHUNK)):
        yield b"\n" + text_of(part).encode()
        done += len(part)
        progress(done, max(done, total), "Reading users")


def text_of(rows: Iterable[report_rows.Cells]) -> str:
    """Rows as CSV, without the end of the last line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()[:-1]


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
