"""Workers and schedulers as processes of their own, on a database and a broker that a test breaks."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.machine import ROOT, wait_until

PREPARE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from credentials.root.first_run import ensure_home_account
from users.models import Account, User
ensure_home_account()
home = Account.objects.get(is_home=True)
User.objects.bulk_create(
    User(account=home, user_id=f"AIDA{n:017}", user_name=f"user-{n:05}", name_folded=f"user-{n:05}")
    for n in range(USERS)
)
"""
CALLER = """
from users.callers.build import Origin, caller_for_user, starter_of
from users.models import Account, User
from iamconsole import jobs
from iamconsole.models import Job, Event
home = Account.objects.get(is_home=True)
caller = caller_for_user(User.objects.root_of(home), Origin())
"""
TAG_ALL = (
    CALLER
    + """
from credentials.bulk import job as bulk
from credentials.bulk.actions import ACTIONS
users = list(User.objects.people(home).select_related("account"))
params = {"key": "team", "value": "blue"}
print(bulk.start(caller, starter_of(caller), ACTIONS["tag"], users, params).id)
"""
)
REPORT = (
    CALLER
    + """
key = f"credential-report:{home.account_id}"
print(jobs.start(caller, "credential-report", exclusive_key=key, starter=starter_of(caller)).id)
"""
)
# A worker or scheduler whose machine's clock is so many seconds ahead.
AHEAD = """
import sys, time, datetime, time_machine
seconds = float(sys.argv.pop(1))
time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)).start()
from celery.__main__ import main
sys.argv[0] = "celery"
main()
"""


class Installation:
    """A data folder with what runs on it."""

    def __init__(self, data: Path, database: str, broker: str, **more: str) -> None:
        self.data, self.database = data, database
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("run", "valkey", "keys", "static"):
            (data / name).mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(data),
            "IAMCONSOLE_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "iamconsole.settings",
            "SECRET_KEY": "w" * 60,
            "IAMCONSOLE_FIELD_KEYS": os.environ["IAMCONSOLE_FIELD_KEYS"],
            "IAMCONSOLE_JOB_STALE_SECONDS": "3",
            "IAMCONSOLE_JOB_SWEEP_SECONDS": "1",
            "REDIS_URL": broker,
            **({"DATABASE_URL": database} if database else {}),
            **more,
        }

    def shell(self, code: str) -> str:
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        answer = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database beside the console, which may be away."""
        if self.database:
            with psycopg.connect(self.database, autocommit=True, connect_timeout=5) as connection:
                return connection.execute(sql.encode()).fetchall()
        with closing(sqlite3.connect(self.data / "iamconsole.sqlite3", timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def is_free(self, table: str) -> bool:
        """Whether nobody holds rows of a table, or with SQLite the file."""
        try:
            if self.database:
                self.query(f"SELECT 1 FROM {table} FOR UPDATE NOWAIT")  # noqa: S608
            else:
                with closing(sqlite3.connect(self.data / "iamconsole.sqlite3", timeout=0)) as connection:
                    connection.execute("BEGIN IMMEDIATE")
        except (psycopg.OperationalError, sqlite3.OperationalError):
            return False
        return True

    def states(self) -> list[str]:
        """Of all jobs, the oldest first."""
        return [row[0] for row in self.query("SELECT state FROM iamconsole_job ORDER BY created_at")]

    def number(self, table: str, condition: str = "1 = 1") -> int:
        return int(self.query(f"SELECT COUNT(*) FROM {table} WHERE {condition}")[0][0])  # noqa: S608

    def celery(self, name: str, *arguments: str, ahead: float = 0) -> None:
        """Start a worker or a scheduler under a name; with a clock that is so many seconds ahead."""
        start = ["-m", "celery"] if not ahead else ["-c", AHEAD, str(ahead)]
        command = [sys.executable, *start, "-A", "iamconsole.celery", *arguments, "--loglevel", "INFO"]
        with (self.data / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def worker(self, name: str = "worker", ahead: float = 0) -> None:
        threads = ["--pool", "threads", "--concurrency", "10", "--without-gossip", "--without-mingle"]
        self.celery(name, "worker", *threads, "--hostname", f"{name}@%h", ahead=ahead)

    def scheduler(self, name: str = "scheduler", ahead: float = 0) -> None:
        self.celery(name, "beat", "--schedule", str(self.data / name), "--pidfile", "", ahead=ahead)

    def log(self, name: str) -> str:
        return (self.data / f"{name}.log").read_text()

    def tell(self, name: str, number: signal.Signals) -> None:
        self.processes[name].send_signal(number)

    def end(self, name: str, number: signal.Signals = signal.SIGTERM, seconds: float = 40) -> int:
        """Ask a process to end. Its status."""
        process = self.processes.pop(name)
        process.send_signal(number)
        return process.wait(timeout=seconds)

    def stop(self) -> None:
        for name in list(self.processes):
            self.tell(name, signal.SIGCONT)
            self.end(name, signal.SIGKILL)


def ends(installation: Installation, state: str = "done", seconds: float = 120) -> bool:
    """Whether all jobs come to that end."""
    return wait_until(lambda: set(installation.states()) == {state}, seconds)
