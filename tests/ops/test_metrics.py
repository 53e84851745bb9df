"""Metrics: several processes are one, ended ones are folded, what hangs is named, and labels are bounded."""

import os
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from iamconsole.models import Job
from iamconsole.ops import management_port, metrics
from tests.cast import PASSWORD, make_account

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parent.parent.parent


def values(text: bytes) -> dict[tuple[str, ...], float]:
    """(name, label values in the order of their names) -> value."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_requests_sign_ins_guesses_jobs_and_accounts_are_told(client, alice, home, sign_in):
    from users.models import AccountLink

    before = values(metrics.render())
    linked = make_account("200000000002", kind="linked")
    AccountLink.objects.create(account=linked, sync_every=4)
    make_account("200000000003")
    Job.objects.create(kind="operations", account_id=home.account_id)
    Job.objects.create(kind="of-another-release", account_id=home.account_id)
    form = {"account": home.account_id, "user_name": "alice", "password": "wrong"}
    sign_in(client, alice)
    stranger = type(client)()
    for _ in range(11):
        stranger.post("/signin/", form)
    client.get("/")
    for path in ("/no/such/page-canary", "/signin/link/canary-token/", "/api/?X-Amz-Signature=canary"):
        client.get(path)
    client.generic("BREW", "/")
    text = metrics.render()
    assert b"canary" not in text
    assert PASSWORD.encode() not in text
    found = values(text)

    def more(*key: str) -> float:
        return found.get(key, 0) - before.get(key, 0)

    assert more("iamconsole_requests_total", "GET", "home", "200") == 1
    assert more("iamconsole_requests_total", "GET", "none", "404") == 1
    assert more("iamconsole_requests_total", "GET", "api", "400") == 1
    assert sum(more(*key) for key in found if key[:2] == ("iamconsole_requests_total", "other")) == 1
    assert more("iamconsole_request_seconds_count", "home") == 1
    assert more("iamconsole_sign_ins_total", "password") == 10
    assert sum(more(*key) for key in found if key[0] == "iamconsole_guesses_held_total") == 1
    assert found["iamconsole_jobs", "operations", "waiting"] == 1
    assert found["iamconsole_jobs", "other", "waiting"] == 1
    assert found["iamconsole_jobs", "operations", "running"] == 0
    assert {key for key in found if key[0] == "iamconsole_account_sync_age_seconds"} == {
        ("iamconsole_account_sync_age_seconds", "200000000002")
    }
    assert found["iamconsole_account_sync_every_seconds", "200000000002"] == 4 * 3600
    assert found["iamconsole_mails", "waiting"] == 0
    assert found["iamconsole_disk_free_bytes",] > 0
    assert any(key[0] == "iamconsole_build_info" and value == 1 for key, value in found.items())


def test_what_hangs_is_named_and_the_rest_is_told(monkeypatch, home):
    hangs = threading.Event()
    monkeypatch.setattr(metrics, "_read", dict(metrics._read))
    metrics.gauge("iamconsole_hanging", "Hangs.", (), lambda: [((), hangs.wait(60))])
    began = time.monotonic()
    found = values(metrics.render())
    hangs.set()
    assert time.monotonic() - began < 30, "not the minute that it hangs"
    assert found[metrics.MISSING, "iamconsole_hanging"] == 1
    assert ("iamconsole_disk_free_bytes",) in found


def test_the_management_port_alone_serves_them(client, alice, sign_in, home, monkeypatch):
    sign_in(client, alice)
    assert client.get("/metrics").status_code == 404
    monkeypatch.setattr(management_port, "_open", [])
    management_port.listen("web", {"IAMCONSOLE_MANAGEMENT_PORT": "39517"})
    management_port.serve()
    with urllib.request.urlopen("http://127.0.0.1:39517/metrics", timeout=30) as answer:
        assert "iamconsole_build_info" in answer.read().decode()
    for listening in management_port._open:
        listening.close()


COUNTS = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django; django.setup()
from iamconsole.ops import job_metrics, metrics, requests
from django.conf import settings
from pathlib import Path
settings.RUN_DIR = Path(sys.argv[1])
metrics.keep("web")
children = []
for number in (1, 2):
    pid = os.fork()
    if not pid:
        requests.REQUESTS.labels("home", "GET", "200").inc(number)
        requests.SECONDS.labels("home").observe(0.2)
        os._exit(0)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
requests.REQUESTS.labels("home", "GET", "200").inc(4)
metrics._read.clear()
for _ in range(2):
    sys.stdout.buffer.write(b"---\\n" + metrics.render())
print("---", *sorted(path.name for path in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("*.db")), os.getpid())
"""


def test_processes_are_one_and_what_ended_stays_counted_without_its_files(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", COUNTS, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        env=dict(os.environ),
    ).stdout.decode()
    _, first, second = told.split("---\n")
    second, _, files = second.partition("--- ")
    for text in (first, second):
        found = values(text.encode())
        assert found["iamconsole_requests_total", "GET", "home", "200"] == 7
        assert found["iamconsole_request_seconds_count", "home"] == 2
    left = files.split()
    pid = left.pop()
    assert left == sorted(["counter_0.db", f"counter_{pid}.db", "histogram_0.db"])
