"""Roles of an installation as processes of their own: start, health, upgrade, stop."""

import base64
import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from signal import SIGCONT, SIGSTOP, SIGTERM

import psycopg
import pytest

from tests.faults.machine import ROOT, Postgres, Redis, free_port, wait_until

Process = subprocess.Popen[str]


class Installation:
    """Nothing of it is on this machine but small files of secrets: its data folder cannot be made."""

    def __init__(self, folder: Path, postgres: Postgres, redis: Redis) -> None:
        secrets = {
            "SECRET_KEY": "roles-" + "0123456789abcdef" * 4,
            "IAMCONSOLE_FIELD_KEYS": "k1:" + base64.b64encode(b"\x07" * 32).decode(),
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
        }
        for name, text in secrets.items():
            (folder / name).write_text(text + "\n")
        self.folder, self.port, self.management_port = folder, free_port(), free_port()
        self.environment = {f"{name}_FILE": str(folder / name) for name in secrets} | {
            "PATH": os.environ["PATH"],
            "HOME": "/proc/nowhere",
            "IAMCONSOLE_DATA": "/proc/nowhere/data",
            "PORT": str(self.port),
            "IAMCONSOLE_MANAGEMENT_PORT": str(self.management_port),
            "IAMCONSOLE_JOB_SWEEP_SECONDS": "1",
        }
        self.started: list[Process] = []

    def begin(self, *arguments: str, **environment: str) -> Process:
        log = (self.folder / f"{'-'.join(arguments)}.log").open("w")
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            stdout=log,
            stderr=log,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Exit status and output of a command."""
        environment = self.environment | environment
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def log(self, *arguments: str) -> str:
        return (self.folder / f"{'-'.join(arguments)}.log").read_text()

    def get(self, path: str, port: int = 0, host: str = "localhost") -> tuple[int, str]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port or self.port}{path}", headers={"Host": host}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(SIGCONT)
                process.kill()


@pytest.fixture
def installation(tmp_path: Path, postgres: Postgres, redis: Redis) -> Iterator[Installation]:
    made = Installation(tmp_path, postgres, redis)
    yield made
    made.end()


def applied(postgres: Postgres, statement: str) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(statement)


UNKNOWN = "INSERT INTO django_migrations (app, name, applied) VALUES ('users', '9999_{0}', now())"


def test_an_installation_from_its_first_upgrade_to_its_end(installation, postgres):
    status, text = installation.run("serve", "web")
    assert (status, "Run `manage.py migrate` once" in text, "Traceback" in text) == (1, True, False), text

    # Two upgrades at once: one migrates, the other waits and says so.
    both = [installation.begin("migrate", "--verbosity", str(number)) for number in (0, 1)]
    assert [process.wait(120) for process in both] == [0, 0]
    texts = installation.log("migrate", "--verbosity", "0") + installation.log("migrate", "--verbosity", "1")
    assert texts.count("Waiting for it ...") == 1, texts
    assert "Traceback" not in texts
    assert "One-time root password" in installation.run("root_reset")[1]

    roles = {role: installation.begin("serve", role) for role in ("web", "worker", "scheduler")}
    assert wait_until(lambda: installation.get("/readyz") == (200, "ok"), 60), installation.log(
        "serve", "web"
    )
    assert installation.get("/signin/")[0] == 200
    assert installation.get("/static/console/mark.svg")[0] == 200
    for role in roles:
        assert wait_until(lambda: installation.run("healthcheck", role, "--ready")[0] == 0), role  # noqa: B023
    for number in range(3):
        assert "database: ok" in installation.get("/readyz", installation.management_port + number)[1]
        assert installation.get("/startedz", installation.management_port + number)[0] == 200
    assert wait_until(lambda: "sweep_jobs" in installation.log("serve", "worker"))

    # A worker that hangs is noticed; so is one that is gone.
    roles["worker"].send_signal(SIGSTOP)
    assert installation.run("healthcheck", "worker")[0] == 1
    roles["worker"].send_signal(SIGCONT)
    assert installation.run("healthcheck", "worker") == (0, "ok\n")

    # The tables of a later release: what runs goes on, what starts says so, or does not start.
    applied(postgres, UNKNOWN.format("more_expand"))
    assert installation.get("/readyz") == (200, "ok")
    second = installation.begin("serve", "scheduler", IAMCONSOLE_MANAGEMENT_PORT=str(free_port()))
    words = "newer than this release, but compatible with it"
    assert wait_until(lambda: words in installation.log("serve", "scheduler"), 60)
    applied(postgres, UNKNOWN.format("other"))
    elsewhere = {"PORT": str(free_port()), "IAMCONSOLE_DATA": str(installation.folder / "data")}
    for command in ("serve", "web"), ("up",):
        status, text = installation.run(*command, **elsewhere)
        assert (status, "users.9999_other, which this release lacks" in text) == (1, True), text
        assert "Traceback" not in text
    assert installation.get("/readyz") == (200, "ok")

    for process in (*roles.values(), second):
        process.send_signal(SIGTERM)
    assert [process.wait(30) for process in (*roles.values(), second)] == [0, 0, 0, 0]
    assert installation.run("healthcheck", "web")[0] == 1


COUNTED = re.compile(r'^iamconsole_requests_total\{[^}]*route="credentials:sign-in"[^}]*\} ([0-9.]+)$', re.M)
SLOW_FORM = b"POST /signin/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"


def test_two_web_servers_of_one_machine(installation):
    """Each counts its own requests, and the one that ends answers what is on its way to it."""
    assert installation.run("migrate")[0] == 0
    ports = {"PORT": str(free_port()), "IAMCONSOLE_MANAGEMENT_PORT": str(free_port())}
    webs = [installation.begin("serve", "web"), installation.begin("serve", "web", **ports)]
    for environment in ({}, ports):
        status, text = installation.run("healthcheck", "web", "--ready", "--wait", "60", **environment)
        assert status == 0, text
    for port in (installation.port, installation.port, int(ports["PORT"])):
        assert installation.get("/signin/", port)[0] == 200
    counted = []
    for port in (installation.management_port, int(ports["IAMCONSOLE_MANAGEMENT_PORT"])):
        text = installation.get("/metrics", port)[1]
        counted.append(sum(float(value) for value in COUNTED.findall(text)))
        assert float(re.findall(r"^iamconsole_disk_free_bytes ([0-9.e+]+)$", text, re.M)[0]) > 0
    assert counted == [2, 1]
    assert "Traceback" not in installation.log("serve", "web")

    half, silent = (socket.create_connection(("127.0.0.1", installation.port), 10) for _ in range(2))
    with half, silent:
        half.sendall(SLOW_FORM)
        assert installation.get("/healthz")[0] == 200  # those before it have been accepted
        webs[0].send_signal(SIGTERM)
        assert wait_until(lambda: installation.get("/healthz")[0] == 0), "it takes no new clients"
        half.sendall(b"a=b ")
        silent.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert half.recv(100).startswith(b"HTTP/1.1 403")  # the form has no token
        assert silent.recv(100).startswith(b"HTTP/1.1 200")
    assert webs[0].wait(30) == 0


def test_health_is_told_while_all_pages_wait_for_a_frozen_database(installation, postgres, redis):
    assert installation.run("migrate")[0] == 0
    web = installation.begin("serve", "web")
    assert wait_until(lambda: installation.get("/readyz") == (200, "ok"), 60)
    redis.stop()
    assert wait_until(lambda: installation.get("/readyz") == (200, "ok; attention: broker"))
    postgres.freeze()
    with contextlib.suppress(OSError):
        for _ in range(3 * 8):  # more than there are threads
            threading.Thread(target=installation.get, args=["/signin/"], daemon=True).start()
    time.sleep(1)
    for path, expected, limit in (
        ("/healthz", (200, "ok"), 1.5),
        ("/startedz", (200, "ok"), 1.5),
        ("/readyz", (503, "database"), 6),
    ):
        for host in ("localhost", "10.1.2.3"):  # probes ask by address
            began = time.monotonic()
            status, text = installation.get(path, host=host)
            assert (status, expected[1] in text) == (expected[0], True), (path, status, text)
            assert time.monotonic() - began < limit, path
    assert installation.get("/readyz", installation.management_port)[0] == 503
    assert installation.run("healthcheck", "web") == (0, "ok\n")
    postgres.thaw()
    assert wait_until(lambda: installation.get("/readyz")[0] == 200)
    web.send_signal(SIGTERM)
    assert web.wait(30) == 0
