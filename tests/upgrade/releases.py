"""The release before, taken from the history, and this one, as processes on one database and broker."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config

from tests.faults.machine import ROOT, free_port, send, wait_until
from tests.upgrade import PREVIOUS

ACCOUNT, PASSWORD = "123456789012", "Correct-horse-battery-1"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
WEB = ["-m", "gunicorn", "iamconsole.wsgi:application", "--worker-class"]
WEB += ["iamconsole.server.worker.BufferedWorker", "--workers", "2", "--threads", "4", "--preload"]
WORKER = ["-m", "celery", "-A", "iamconsole.celery", "worker", "--pool", "threads", "--concurrency", "4"]
WORKER += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
FIRST = """
from credentials.root.first_run import ensure_home_account
from iamconsole import sealed, static_files
sealed.ensure(); ensure_home_account(); static_files.publish()
"""


def previous(folder: Path) -> Path | None:
    """The tree of the release before; None where the history does not reach back to it."""
    command = ["git", "-C", str(ROOT), "archive", PREVIOUS]
    archive = subprocess.run(command, capture_output=True, check=False)
    if archive.returncode:
        return None
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return folder


class Releases:
    """Processes of both releases; ``old`` is the tree of the one before."""

    def __init__(self, folder: Path, old: Path, broker: str, database: str = "") -> None:
        self.folder, self.old = folder, old
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("run", "logs", "static"):
            (folder / "data" / name).mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "IAMCONSOLE_DATA": str(folder / "data"),
            "SECRET_KEY": "upgrade-" + "0123456789abcdef" * 4,
            "IAMCONSOLE_FIELD_KEYS": "k1:" + base64.b64encode(b"\x07" * 32).decode(),
            "IAMCONSOLE_BASE_URL": "https://localhost",
            "IAMCONSOLE_TRUSTED_PROXIES": "127.0.0.1",
            "IAMCONSOLE_JOB_SWEEP_SECONDS": "1",
            "REDIS_URL": broker,
            **({"DATABASE_URL": database} if database else {}),
        }

    def manage(self, tree: Path, *arguments: str) -> str:
        """What a command of a release prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=tree, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, name: str, tree: Path, *command: str, **environment: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=tree,
                env=self.environment | environment,
                stdout=log,
                stderr=log,
            )

    def old_web(self, name: str, port: int) -> None:
        self.start(name, self.old, *WEB, "--bind", f"127.0.0.1:{port}")
        assert self.is_ready(port), self.log(name)

    def old_worker(self, name: str) -> None:
        self.start(name, self.old, *WORKER, "--hostname", f"{name}@%h")

    def new_web(self, name: str, port: int) -> None:
        self.start(name, ROOT, "manage.py", "serve", "web", **self.ports(port))
        assert self.is_ready(port), self.log(name)

    def new_worker(self, name: str) -> None:
        self.start(name, ROOT, "manage.py", "serve", "worker", **self.ports(free_port()))

    @staticmethod
    def ports(port: int) -> dict[str, str]:
        return {"PORT": str(port), "IAMCONSOLE_MANAGEMENT_PORT": str(free_port())}

    def is_ready(self, port: int) -> bool:
        def answers() -> bool:
            try:
                return requests.get(
                    f"http://127.0.0.1:{port}/healthz", headers={"Host": "localhost"}, timeout=2
                ).ok
            except requests.RequestException:
                return False

        return wait_until(answers, 90)

    def stop(self, name: str) -> int:
        """Ask a process to end; its status."""
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(timeout=60)

    def end(self) -> None:
        for process in self.processes.values():
            send(process.pid, signal.SIGKILL)
            process.wait(timeout=20)
        shutil.rmtree(self.old, ignore_errors=True)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def first_run(self) -> dict[str, str]:
        """An account made by the release before, with the key of its administrator."""
        self.manage(self.old, "migrate", "--verbosity", "0")
        self.manage(self.old, "shell", "-v", "0", "-c", FIRST)
        made: dict[str, str] = json.loads(
            self.manage(self.old, "create_account", "--account-id", ACCOUNT, "--json").splitlines()[-1]
        )
        return made


class Person:
    """A browser and a client of the API, by one front."""

    def __init__(self, port: int, key: dict[str, str]) -> None:
        self.address = f"https://localhost:{port}"
        self.browser = requests.Session()
        self.browser.trust_env = self.browser.verify = False
        self.iam: Any = boto3.client(
            "iam", endpoint_url=f"{self.address}/api/", verify=False, region_name="us-east-1",
            aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )  # fmt: skip

    def get(self, path: str) -> requests.Response:
        return self.browser.get(self.address + path, timeout=60)

    def post(self, path: str, page: str, **fields: Any) -> requests.Response:
        """Fill in a form of a page."""
        token = TOKEN.search(self.get(page).text)
        assert token, page
        form = {"csrfmiddlewaretoken": token[1], **fields}
        return self.browser.post(
            self.address + path, form, headers={"Referer": self.address + page}, timeout=60
        )

    def sign_in(self, name: str) -> None:
        fields = {"account": ACCOUNT, "user_name": name, "password": PASSWORD}
        answer = self.post("/signin/", "/signin/", **fields)
        assert answer.status_code == 200
        assert "/signin/" not in answer.url, answer.text

    def tag_in_bulk(self, ids: list[str], value: str) -> requests.Response:
        """Of the users with these primary keys: chosen in the list, then confirmed."""
        users = f"/{ACCOUNT}/users/"
        confirm = self.post(f"{users}bulk/", users, do="tag", user=ids)
        path = confirm.url.removeprefix(self.address)
        return self.post(path, path, key="team", value=value)
