"""Making a credential report: a stream of rows in one read, with progress; or AWS's own, verbatim."""

import hashlib
import time
from collections.abc import Callable, Iterator

from django.db.models import Case, IntegerField, Prefetch, Value, When

from credentials.models import AccessKey
from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.gateway.client import translated
from iamconsole.operations import LinkSpec
from reports.csv_format import COLUMNS, line, row
from reports.models import CredentialReport
from users.models import Account, PasswordPolicy, User

CHUNK = 500
Progress = Callable[[int, int, str], None]
AWS_POLL_SECONDS = 2.0
AWS_TIMEOUT_SECONDS = 600
NOT_FINISHED = "AWS did not finish its credential report within ten minutes. Try again later."


def lines(account: Account, progress: Progress) -> Iterator[str]:
    """Header, root, then the users by name without case (IAM-FACTS 3.2)."""
    policy = PasswordPolicy.objects.filter(account=account).first()
    users = User.objects.filter(account=account).select_related("account")
    total = users.count()
    yield line(COLUMNS)
    for done, user in enumerate(_in_order(users).iterator(chunk_size=CHUNK), start=1):
        yield line(row(user, user.access_keys.all(), policy))
        if done % CHUNK == 0 or done == total:
            progress(done, total, "Reading users")


def _in_order(users):  # type: ignore[no-untyped-def]
    first = Case(When(kind=User.Kind.ROOT, then=Value(0)), default=Value(1), output_field=IntegerField())
    keys = Prefetch("access_keys", AccessKey.objects.order_by("access_key_id"))
    return users.order_by(first, "name_folded").prefetch_related(keys)


def generate(account: Account, progress: Progress) -> tuple[bytes, int]:
    """The exact CSV of a local account and its number of rows. No line end after the last row."""
    text = list(lines(account, progress))
    return "\n".join(text).encode(), len(text) - 1


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
