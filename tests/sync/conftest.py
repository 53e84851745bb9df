"""An AWS double over HTTP (moto), and a front to it that can go silent."""

import http.server
import time
import urllib.request
from datetime import timedelta

import boto3
import pytest
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from iamconsole import jobs
from iamconsole.models import Event, Intent, Job
from iamconsole.operations import Caller, execute
from tests import past
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role
from users.models import Account

from . import aws_double, aws_service_credentials, aws_tags
from .proxy import serving

AWS_ACCOUNT = "123456789012"


@pytest.fixture(scope="session")
def moto_url():
    from moto.server import ThreadedMotoServer

    aws_service_credentials.teach()
    aws_tags.teach()
    aws_double.look_up_once()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def empty(moto_url: str) -> None:
    """Forget everything at the double, its credential report too."""
    urllib.request.urlopen(urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST")).read()


@pytest.fixture
def aws(moto_url, settings, monkeypatch):
    """An empty AWS, reached by the console's default identity; gives a boto3 client of its own.

    It has a credential report already: a new one would be waited for half a second (test_gateway).
    """
    empty(moto_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    settings.AWS_ENDPOINT_URL = moto_url
    client = boto3.client("iam", endpoint_url=moto_url, region_name="us-east-1")
    client.generate_credential_report()
    return client


class Front(http.server.BaseHTTPRequestHandler):
    """Passes requests on to moto; acts silent or refuses for the actions it was told."""

    moto_url = ""
    silent: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    code: str = "AccessDenied"  # of what is denied
    endless: frozenset[str] = frozenset()
    # Never reaches AWS; reaches it and is answered later than the console waits.
    dropped: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    # Action -> what is done once AWS has answered it; action -> what becomes of its answer.
    then: dict = {}
    rewrite: dict = {}
    asked: list = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        params = dict(pair.split("=", 1) for pair in body.decode().split("&"))
        action = params["Action"]
        self.asked.append(action)
        silent, late = action in self.silent, action in self.late
        if action in self.dropped:
            self.connection.close()
            return None
        if action in self.denied:
            return self.answer(
                403,
                b"<ErrorResponse><Error><Type>Sender</Type><Code>" + self.code.encode() + b"</Code>"
                b"<Message>Not today.</Message></Error><RequestId>x</RequestId></ErrorResponse>",
            )
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        request = urllib.request.Request(self.moto_url + self.path, body, headers)
        try:
            with urllib.request.urlopen(request) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        if action in self.then:
            self.then[action]()
        if action in self.rewrite:
            content = self.rewrite[action](params, content)
        if late:
            time.sleep(settings.AWS_SECONDS + 1)
        if silent or late:
            # AWS has acted, and nobody hears of it.
            self.connection.close()
            return None
        if action in self.endless:
            content = content.replace(
                b"<IsTruncated>false</IsTruncated>", b"<IsTruncated>true</IsTruncated><Marker>again</Marker>"
            )
        return self.answer(status, content)

    def answer(self, status, content):
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def front(aws, moto_url, settings):
    """The front, between the console and moto; what is set on it decides how it behaves."""
    own = {"moto_url": moto_url, "then": {}, "rewrite": {}, "asked": []}
    handler = type("ThisFront", (Front,), own)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with serving(server) as settings.AWS_ENDPOINT_URL:
        yield handler


def link(caller, **params) -> Account:
    """The double's account, linked."""
    execute(caller, "iamconsole:LinkAccount", **{"AccountId": AWS_ACCOUNT, "Method": "default", **params})
    return Account.objects.get(account_id=AWS_ACCOUNT)


def as_administrator(user) -> Caller:
    account = Account.objects.select_related("link").get(account_id=AWS_ACCOUNT)
    origin = Origin(session_key="s" * 32, authenticated_at=timezone.now())
    return caller_for_role(user, account, ADMINISTRATOR, origin)


def sync(user, **args) -> Job:
    """Start a sync and run it in this process; gives the ended job."""
    execute(as_administrator(user), "iamconsole:SyncAccount", **args)
    job = Job.objects.filter(kind="sync").first()
    jobs.run(str(job.id))
    job.refresh_from_db()
    return job


def later(minutes: int = 6) -> None:
    """So much time has passed since all that was asked and done here."""
    by = timedelta(minutes=minutes)
    Intent.objects.update(opened_at=F("opened_at") - by, closed_at=F("closed_at") - by)
    with past.rewritten():
        Event.objects.update(at=F("at") - by)


@pytest.fixture
def linked(alice, aws, caller):
    """A linked account that was synced once while AWS had one user."""
    aws.create_user(UserName="wilma", Path="/eng/", Tags=[{"Key": "team", "Value": "blue"}])
    account = link(caller(alice))
    job = sync(alice)
    assert job.state == "done", job.error
    return account
