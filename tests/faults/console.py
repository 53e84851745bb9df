"""A console of a test's own: its database filled, its web server as ``manage.py up`` starts it, its clients."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config

from tests.faults.machine import ROOT, free_port, send, wait_until

WEB = """import django; django.setup()
from django.conf import settings
from iamconsole.ops import roles
roles.run("web", bind="127.0.0.1", port=settings.PORT)"""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
LONGEST = 15.0  # seconds until an answer, whatever fails


class Console:
    """``there`` is what ``tests.faults.prepared`` prints; ``people`` is Alice's browser."""

    def __init__(self, folder: Path, database_url: str = "", **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"http://localhost:{self.port}"
        own = ("PATH", "HOME", "LANG")
        self.environment = {name: os.environ[name] for name in own if name in os.environ} | {
            "DJANGO_SETTINGS_MODULE": "iamconsole.settings",
            "IAMCONSOLE_DATA": str(folder),
            "PORT": str(self.port),
            "DATABASE_URL": database_url,
            "IAMCONSOLE_MANAGEMENT_PORT": str(free_port()),
            "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",  # nobody listens there
            "IAMCONSOLE_SYNCS_AT_ONCE": "1",
            **settings,
        }
        command = [sys.executable, "-m", "tests.faults.prepared"]
        made = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        self.there: dict[str, Any] = json.loads(made.stdout)
        self.process: subprocess.Popen[bytes] | None = None
        self.people = requests.Session()

    def start(self) -> None:
        with (self.folder / "web.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WEB], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        assert wait_until(self._listens, 60), self.log()

    def stop(self) -> None:
        if self.process is not None:
            send(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=20)
        self.people.close()

    def log(self) -> str:
        return (self.folder / "web.log").read_text()

    def _listens(self) -> bool:
        try:
            return requests.get(f"{self.address}/robots.txt", timeout=2).ok
        except requests.RequestException:
            return False

    def sign_in(self) -> None:
        """As Alice, who stays signed in."""
        url = self.address + self.there["sign_in"]
        token = TOKEN.search(self.people.get(url, timeout=60).text)
        assert token
        form = {name: self.there[name] for name in ("account", "user_name", "password")}
        answer = self.people.post(url, {**form, "csrfmiddlewaretoken": token[1]}, timeout=60)
        assert answer.status_code == 200, answer.text
        assert "/signin/" not in answer.url

    def token(self) -> str:
        """What a form of Alice's browser carries."""
        page = self.people.get(self.address + self.there["pages"]["users:create-group"], timeout=60)
        found = TOKEN.search(page.text)
        assert found, page.text
        return found[1]

    def ask(self, path: str, method: str = "GET", **sent: Any) -> requests.Response:
        """One request of Alice's browser, however many are on their way; ``took`` in seconds."""
        began = time.monotonic()
        answer = requests.request(
            method,
            self.address + path,
            cookies=self.people.cookies.get_dict(),
            allow_redirects=False,
            timeout=60,
            **sent,
        )
        answer.took = time.monotonic() - began  # type: ignore[attr-defined]
        return answer

    def ask_all(self, paths: list[str], at_once: int = 8, **sent: Any) -> list[requests.Response]:
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(lambda path: self.ask(path, **sent), paths))

    def client(self, name: str = "iam") -> Any:
        """boto3 with Alice's key, which asks once."""
        key_id, secret = self.there["key"]
        return boto3.client(
            name,
            endpoint_url=f"{self.address}/api/",
            region_name="us-east-1",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )
