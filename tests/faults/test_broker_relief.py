"""Jobs that a broker in trouble kept waiting run after its relief, without anybody doing anything."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis as Client

from tests.faults.machine import ROOT, Redis, wait_until

PREPARE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from credentials.root.first_run import ensure_home_account
ensure_home_account()
"""
START = """
from users.callers.build import Origin, caller_for_user, starter_of
from users.models import Account, User
from iamconsole import jobs
root = User.objects.root_of(Account.objects.get(is_home=True))
caller = caller_for_user(root, Origin())
print(jobs.start(caller, "credential-report", starter=starter_of(caller)).why_waiting)
"""


class Parts:
    """A worker and a scheduler on a data folder and a broker; the worker is started again when it ends, as
    its supervisor does.
    """

    def __init__(self, data: Path, redis: Redis) -> None:
        self.data = data
        for name in ("run", "keys", "static"):
            (data / name).mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(data),
            "IAMCONSOLE_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "iamconsole.settings",
            "SECRET_KEY": "w" * 60,
            "IAMCONSOLE_FIELD_KEYS": os.environ["IAMCONSOLE_FIELD_KEYS"],
            "IAMCONSOLE_JOB_STALE_SECONDS": "3",
            "IAMCONSOLE_JOB_SWEEP_SECONDS": "1",
            "REDIS_URL": redis.url,
        }
        self.running: dict[str, subprocess.Popen] = {}

    def shell(self, code: str) -> str:
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def keep(self) -> None:
        """Start what does not run."""
        celery = [sys.executable, "-m", "celery", "-A", "iamconsole.celery"]
        commands = {
            "worker": [*celery, "worker", "--pool", "threads", "--concurrency", "2"],
            "beat": [*celery, "beat", "--schedule", str(self.data / "run" / "beat"), "--pidfile", ""],
        }
        for name, command in commands.items():
            if name not in self.running or self.running[name].poll() is not None:
                with (self.data / f"{name}.log").open("ab") as log:
                    self.running[name] = subprocess.Popen(
                        command, cwd=ROOT, env=self.environment, stdout=log, stderr=log
                    )

    def states(self) -> set[str]:
        self.keep()
        with closing(sqlite3.connect(self.data / "iamconsole.sqlite3", timeout=20)) as database:
            return {state for (state,) in database.execute("SELECT state FROM iamconsole_job")}

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


@pytest.fixture
def parts(tmp_path: Path, redis: Redis) -> Iterator[Parts]:
    made = Parts(tmp_path / "data", redis)
    made.shell(PREPARE)
    made.keep()
    yield made
    made.stop()


def told(redis: Redis, *command: str) -> Callable[[], None]:
    def tell() -> None:
        with Client(port=redis.port, username="operator", password="operator") as client:
            client.execute_command(*command)

    return tell


def restarted(redis: Redis) -> None:
    """With an empty store."""
    redis.stop()
    redis.start()


def test_after_relief_jobs_run_by_themselves(redis: Redis, parts: Parts) -> None:
    with Client(port=redis.port) as client:
        client.execute_command("ACL", "SETUSER", "operator", "on", ">operator", "~*", "+@all")
    troubles: list[tuple[Callable[[], None], str, Callable[[], None]]] = [
        (
            told(redis, "CONFIG", "SET", "maxmemory", "1mb"),
            "is out of memory",
            told(redis, "CONFIG", "SET", "maxmemory", "0"),
        ),
        (
            told(redis, "REPLICAOF", "127.0.0.1", "9"),
            "is a replica",
            told(redis, "REPLICAOF", "NO", "ONE"),
        ),
        (
            lambda: redis.process.send_signal(signal.SIGSTOP),
            "does not answer",
            lambda: redis.process.send_signal(signal.SIGCONT),
        ),
        (told(redis, "FLUSHALL"), "", lambda: None),  # evicted, as by allkeys-lru
        (
            lambda: (told(redis, "CONFIG", "SET", "requirepass", "other")(), told(redis, "CLIENT", "KILL", "TYPE", "normal")()),
            "refuses this console's user name or password",
            lambda: restarted(redis),
        ),
        (lambda: redis.stop(), "is not there", lambda: redis.start()),
    ]  # fmt: skip
    for break_it, why, relieve in troubles:
        break_it()
        sentence = parts.shell(START)
        assert why in sentence
        if why:
            assert "waiting" in parts.states()
        relieve()
        assert wait_until(lambda: parts.states() == {"done"}, 60), f"{why}: {parts.states()}"
