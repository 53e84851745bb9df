"""Traces and errors go to a receiver over HTTP, with names, times and the request ID, and without any value."""

import gzip
import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from iamconsole.ops import telemetry

ROOT = Path(__file__).parent.parent.parent
OPENED = {
    "": bytes,
    "gzip": gzip.decompress,
    "br": lambda body: importlib.import_module("brotli").decompress(body),  # where it is installed
}
CANARY = "canaryV8sQ2"
SENDS = f"""
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django; django.setup()
import logging
from django.conf import settings
from django.test import Client
from django.test.utils import setup_test_environment
from iamconsole.ops import request_ids, telemetry
setup_test_environment()
telemetry.begin("web", "9.9", os.environ["TRACES"], os.environ["DSN"])
settings.TRUSTED_PROXIES = ["127.0.0.1"]
client = Client(raise_request_exception=False)
headers = {{"X-Request-ID": "front-of-traces-1", "Cookie": "sid={CANARY}", "Authorization": "Bearer {CANARY}"}}
client.get("/robots.txt?token={CANARY}", headers=headers)
# The database of this process has no tables: an error, with locals and a body.
client.post("/signin/", {{"account": "{CANARY}", "user_name": "{CANARY}", "password": "{CANARY}"}}, headers=headers)
with request_ids.about("of-an-error-1"):
    try:
        password = "{CANARY}"
        with telemetry.span("job sync", "consumer", job_id="j"):
            telemetry.past("AWS iam:GetUser", 1, outcome="ok", aws_request_id="of-aws-1")
            raise ValueError("user {CANARY} with password=" + password)
    except ValueError:
        logging.getLogger("iamconsole.jobs").exception("Job %s failed", "{CANARY}", extra={{"more": "{CANARY}"}})
import sentry_sdk
sentry_sdk.flush(10)
telemetry._tracers[0].span_processor.force_flush(10_000)
"""


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An address, and what was sent to it: path and body."""
    received: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, OPENED[self.headers.get("Content-Encoding", "")](body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}", received
    server.shutdown()
    server.server_close()


def test_a_collector_and_a_sentry_get_names_and_no_values(receiver):
    address, received = receiver
    environment = {**os.environ, "TRACES": f"http://{address}", "DSN": f"http://key@{address}/1"}
    done = subprocess.run(
        [sys.executable, "-c", SENDS], cwd=ROOT, env=environment, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    traces = b"".join(body for path, body in received if path == "/v1/traces")
    errors = b"".join(body for path, body in received if path.startswith("/api/1/"))
    for told in (
        b"GET robots",
        b"POST credentials:sign-in",
        b"front-of-traces-1",
        b"job sync",
        b"AWS iam:GetUser",
    ):
        assert told in traces, told
    for told in (b"of-aws-1", b"of-an-error-1", b"ValueError", b"iamconsole"):
        assert told in traces, told
    for told in (b"of-an-error-1", b"ValueError", b"Job %s failed", b"lineno"):
        assert told in errors, told
    everything = b"".join(body for _, body in received)
    assert CANARY.encode() not in everything
    for value in (b"SELECT", b"testserver", b"127.0.0.1", b"vars"):
        assert value not in everything, value


def test_a_setting_without_its_library_is_one_sentence(monkeypatch):
    monkeypatch.setitem(telemetry.NEEDS, "SENTRY_DSN", "no_such_library.of_sentry")
    given = {"SENTRY_DSN": "https://key@sentry.example.com/1", "OTEL_EXPORTER_OTLP_ENDPOINT": ""}
    [sentence] = telemetry.missing(given)
    assert sentence.startswith("SENTRY_DSN is set, but what it needs is not installed.")
    assert "requirements-telemetry.txt" in sentence
    assert telemetry.missing(dict.fromkeys(given, "")) == []
