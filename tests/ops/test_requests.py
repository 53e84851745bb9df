"""One request ID from the front through answer, log, event, job, worker and AWS; what the log may not hold."""

import io
import json
import logging

import pytest
from django.urls import reverse

from iamconsole import jobs
from iamconsole.models import Event, Job
from iamconsole.operations import execute
from iamconsole.ops import json_logs, request_ids
from iamconsole.ops.logs import OneLineFormatter, SecretsFilter
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = "front-7f3a9c.0001"


@pytest.fixture
def lines():
    """The JSON lines of what is logged."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_logs.formatter())
    handler.addFilter(SecretsFilter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def test_an_id_of_a_trusted_proxy_goes_through_all_that_follows(
    client, alice, bob, caller, sign_in, settings, lines
):
    sign_in(client, alice)
    # From a stranger, or not well formed: another one is made.
    for given in (GIVEN, "short", "a b c d e f g h", "x" * 65, "evil\r\nX: y"):
        settings.TRUSTED_PROXIES = [] if given == GIVEN else ["127.0.0.1"]
        made = client.get("/", headers={"X-Request-ID": given}).headers["X-Request-ID"]
        assert made != given
        assert len(made) == 36
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    address = reverse("users:edit-user", kwargs={"user_id": bob.user_id})
    headers = {"X-Request-ID": GIVEN, "X-Forwarded-For": "203.0.113.7"}
    answer = client.get(reverse("reports:export-events"), headers=headers)
    assert answer.headers["X-Request-ID"] == GIVEN
    list(answer.streaming_content)
    event = Event.objects.get(request_id=GIVEN)
    assert event.action == "iamconsole:ExportEvents"
    answer.close()
    assert request_ids.current() == ""
    # The page finds it by its ID, and shows it.
    page = client.get(reverse("reports:events"), {"q": GIVEN}).content.decode()
    assert GIVEN in page
    assert page.count('class="is-more"') == 1
    request = next(line for line in lines() if line.get("request_id") == GIVEN and "route" in line)
    assert (request["route"], request["method"], request["status"]) == ("reports:export-events", "GET", 200)
    assert address not in json.dumps(lines())

    # A job keeps it, and the worker's lines and events have it.
    @jobs.job_kind("asks-for-its-id")
    def run(run):
        logging.getLogger("worker").warning("in the worker")
        execute(run.caller(), "TagUser", UserName="bob", Tags=[{"Key": "a", "Value": "b"}])

    with request_ids.about("front-of-a-job-1"):
        from users.callers.build import starter_of

        who = caller(alice)
        job = jobs.start(who, "asks-for-its-id", starter=starter_of(who))
    assert Job.objects.get(id=job.id).request_id == "front-of-a-job-1"
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert job.state == "done", job.error
    worker = next(line for line in lines() if line["logger"] == "worker")
    assert worker["request_id"] == "front-of-a-job-1"
    assert Event.objects.get(action="iam:TagUser").request_id == "front-of-a-job-1"
    jobs._kinds.pop("asks-for-its-id")
    # What this release wrote before it had the column says "".
    line = OneLineFormatter().format(logging.makeLogRecord({"name": "n", "levelname": "INFO", "msg": "m"}))
    assert line.endswith("INFO n m")
    with request_ids.about("an-id-of-this-line"):
        record = logging.makeLogRecord({"name": "n", "levelname": "INFO", "msg": "m"})
        assert OneLineFormatter().format(record).endswith("INFO n [an-id-of-this-line] m")


def test_json_lines_hold_what_is_listed_and_no_secret(lines):
    canary = "canary-V8sQ2"
    log = logging.getLogger("any")

    def fails(password: str) -> None:
        raise ValueError(f"password={password}")

    try:
        fails(canary)
    except ValueError:
        log.exception(
            "SecretAccessKey: %s", canary, extra={"request": {"password": canary}, "route": f"token={canary}"}
        )
    log.warning("two\nlines", stack_info=True)
    first, second = lines()
    assert canary not in json.dumps([first, second])
    assert "request" not in first
    assert "ValueError" in first["exception"]
    assert second["message"] == "two\nlines"
    assert "test_requests.py" in second["stack"]
    assert {"time", "level", "logger", "process"} <= first.keys()


def test_the_api_answers_with_the_same_id(client, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    answer = client.post("/api/", {"Action": "ListUsers"}, headers={"X-Request-ID": GIVEN})
    assert answer.headers["X-Request-ID"] == answer.headers["x-amzn-RequestId"] == GIVEN
    assert f"<RequestId>{GIVEN}</RequestId>" in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
