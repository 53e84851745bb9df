"""AWS says nothing, or is slow for some accounts: workers end in time, and others are served meanwhile."""

import time
from collections.abc import Iterator

import boto3
import pytest

from tests.faults.machine import wait_until
from tests.faults.slow_aws import SLOW_KEY, SlowAws, slow_aws
from tests.faults.test_jobs_once import DONE_ROWS, TAGGED, install
from tests.faults.workers import CALLER, REPORT, TAG_ALL, ends
from tests.sync.conftest import AWS_ACCOUNT, empty, moto_url

__all__ = ["install", "moto_url"]
LINK = (
    CALLER
    + """
import uuid
from iamconsole import crypto
from users.models import AccountLink
def link(account_id, key, **fields):
    account = Account.objects.create(account_id=account_id, kind="linked")
    made = AccountLink(account=account, method="key", access_key_id=key, seal_id=uuid.uuid4(), **fields)
    made.sealed_secret = crypto.seal("secret", made.place)
    made.save()
    return account
"""
)
LINKED = LINK + f'link("{AWS_ACCOUNT}", "AKIA" + "G" * 16, sync_every=0)\n'
START_BOTH = (
    CALLER
    + f"""
from iamconsole.operations import execute
from users.callers.build import ADMINISTRATOR, caller_for_role
account = Account.objects.select_related("link").get(account_id="{AWS_ACCOUNT}")
administrator = caller_for_role(User.objects.root_of(home), account, ADMINISTRATOR, Origin())
execute(administrator, "iamconsole:SyncAccount")
key = f"credential-report:{{account.account_id}}"
jobs.start(administrator, "credential-report", exclusive_key=key, starter=starter_of(administrator))
"""
)
SLOW = 6
DUE = (
    LINK
    + f"""
from datetime import timedelta
from django.utils import timezone
from users.models import SyncRun
for n in range({SLOW}):
    account = link(f"50000000000{{n}}", "{SLOW_KEY}" + str(n) * 12, sync_every=1)
    ago = timezone.now() - timedelta(hours=5)
    times = {{"started_at": ago, "finished_at": ago + timedelta(minutes=9)}}
    SyncRun.objects.create(account=account, job_id=uuid.uuid4(), state="failed", **times)
link("{AWS_ACCOUNT}", "AKIA" + "G" * 16, sync_every=1)
"""
)


@pytest.fixture
def aws(moto_url) -> Iterator[SlowAws]:
    """With one user and a credential report."""
    empty(moto_url)
    keys = {"aws_access_key_id": "AKIA" + "G" * 16, "aws_secret_access_key": "secret"}
    client = boto3.client("iam", endpoint_url=moto_url, region_name="us-east-1", **keys)
    client.create_user(UserName="wilma")
    client.generate_credential_report()
    with slow_aws(moto_url) as made:
        yield made


def test_a_worker_ends_in_time_while_aws_says_nothing(install, postgres, aws) -> None:
    console = install(postgres.url, IAMCONSOLE_AWS_ENDPOINT_URL=aws.url)
    console.shell(LINKED)
    aws.speaks.clear()
    console.worker("first")
    console.shell(START_BOTH)
    assert wait_until(lambda: console.states() == ["running", "running"] and sum(aws.asked.values()) > 1)
    began = time.monotonic()
    assert console.end("first") == 0
    assert time.monotonic() - began < 30
    handed_back = "SELECT DISTINCT state, attempts, lease FROM iamconsole_job"
    assert console.query(handed_back) == [("waiting", 0, None)], "at once, not when somebody notices"
    aws.speaks.set()
    console.worker("second")
    console.scheduler()
    assert ends(console), console.log("second")[-3000:]
    assert console.number("users_user", "user_name = 'wilma'") == 1
    assert console.number("reports_credentialreport") == 1
    assert console.number("users_syncrun") == 1


def test_slow_accounts_keep_nobody_waiting(install, postgres, aws) -> None:
    """The schedule starts all seven; people start a report and fifty changes."""
    console = install(postgres.url, users=50, IAMCONSOLE_AWS_ENDPOINT_URL=aws.url)
    aws.seconds = 15.0  # within what a read waits for, again and again
    console.shell(DUE)
    console.worker()
    console.scheduler()

    def state_of(what: str) -> list[str]:
        rows = console.query(f"SELECT state FROM iamconsole_job WHERE {what}")  # noqa: S608
        return [state for (state,) in rows]

    good, slow = f"account_id = '{AWS_ACCOUNT}'", "account_id LIKE '5000000%'"
    assert wait_until(lambda: "running" in state_of(slow), 60)
    assert wait_until(lambda: state_of(good) == ["done"], 30), console.log("worker")[-2000:]
    began = time.monotonic()
    console.shell(REPORT)
    console.shell(TAG_ALL)
    done = "kind IN ('credential-report', 'bulk')"
    assert wait_until(lambda: set(state_of("kind <> 'sync'")) == {"done"}, 40), state_of(done)
    assert time.monotonic() - began < 45, "it was 150 s"
    assert console.number("iamconsole_jobrow", DONE_ROWS) == 50
    assert console.number("iamconsole_event", TAGGED) == 50
    swept = console.log("worker").count("sweep_jobs")
    assert wait_until(lambda: console.log("worker").count("sweep_jobs") > swept, 5)
    assert "running" in state_of(slow), "all of this was beside them"
    assert state_of(slow).count("running") <= 2, "half of the places"
