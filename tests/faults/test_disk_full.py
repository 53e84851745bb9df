"""The disk of PostgreSQL is full: everybody is told what is full, and jobs go on after relief."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.faults.console import LONGEST, Console
from tests.faults.machine import PostgresOnSmallDisk, wait_until
from tests.faults.test_jobs_once import DONE_ROWS, TAGGED
from tests.faults.workers import TAG_ALL, Installation, ends

USERS = 400
MORE_USERS = f"""
from users.models import Account, User
home = Account.objects.get(is_home=True)
User.objects.bulk_create(
    User(account=home, user_id=f"AIDA{{n:017}}", user_name=f"user-{{n:05}}", name_folded=f"user-{{n:05}}")
    for n in range({USERS})
)
"""
SENTENCE = "The disk of this console's database is full"


@pytest.fixture
def server() -> Iterator[PostgresOnSmallDisk]:
    server = PostgresOnSmallDisk()
    server.start()
    yield server
    server.remove()


def refusal(console: Console) -> str:
    """What the API says to one who creates groups until it is refused."""
    iam = console.client()
    for number in range(2000):
        try:
            iam.create_group(GroupName=f"group-{number}")
        except ClientError as error:
            return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return ""


def test_full_and_relieved(tmp_path, redis, server) -> None:
    console = Console(tmp_path, server.url, REDIS_URL=redis.url)
    workers = Installation(tmp_path, server.url, redis.url)
    stale = {"IAMCONSOLE_JOB_STALE_SECONDS": "3", "IAMCONSOLE_JOB_SWEEP_SECONDS": "1"}
    workers.environment = {**console.environment, **stale}
    try:
        console.start()
        console.sign_in()
        workers.shell(MORE_USERS)
        workers.worker()
        workers.scheduler()
        workers.shell(TAG_ALL)
        assert wait_until(lambda: workers.number("iamconsole_jobrow", DONE_ROWS) > 5, 60, 0.01)
        server.fill()
        assert refusal(console).startswith(f"ServiceUnavailable: {SENTENCE}")
        create = console.there["pages"]["users:create-group"]
        page = console.ask(console.there["pages"]["users:list"])
        assert page.status_code == 200, "what only reads goes on"
        sign_in = console.ask(console.there["sign_in"])
        assert sign_in.status_code in (200, 302)
        form = {"csrfmiddlewaretoken": console.token(), "group_name": "one-more", "name": "one-more"}
        refused = [console.ask(create, "POST", data=form | {"group_name": f"more-{n}"}) for n in range(30)]
        told = [answer for answer in refused if answer.status_code == 503]
        assert told
        assert all(SENTENCE in answer.text.replace("&#x27;", "'") for answer in told)
        assert max(answer.took for answer in refused) < LONGEST
        assert {answer.status_code for answer in refused} <= {200, 302, 503}
        assert all(process.poll() is None for process in workers.processes.values()), "nothing has died"
        assert workers.number("iamconsole_jobrow", DONE_ROWS) < USERS

        server.relieve()
        assert ends(workers), workers.query("SELECT state, error FROM iamconsole_job")
        people = workers.number("users_user", "user_name <> ''")
        assert workers.number("iamconsole_jobrow", DONE_ROWS) == workers.number("iamconsole_jobrow")
        assert USERS <= workers.number("iamconsole_event", TAGGED) <= people
        assert workers.number("iamconsole_event", TAGGED) == workers.number("iamconsole_jobrow")
        assert "Traceback" not in console.log()
    finally:
        workers.stop()
        console.stop()
