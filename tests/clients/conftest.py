"""One running console with the account of ``truth``, and the environment that points a client at it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.browser.conftest import ROOT, running

from . import installed

REGION = "eu-central-1"
FILL = "from tests.clients.filling import main; main()"


@dataclass
class Console:
    """Where it is, and the key of the administrator of the account of ``truth``."""

    url: str
    data: Path
    key: dict[str, str]

    def account(self, account_id: str) -> "Console":
        """An empty account of its own for a client that changes something."""
        made = manage(self.data, "create_account", "--account-id", account_id, "--json")
        return Console(self.url, self.data, made)

    def boto3(self) -> Any:
        """A client with the same key, to prepare an account and to look at it afterwards."""
        key = (self.key["AccessKeyId"], self.key["SecretAccessKey"])
        session = boto3.session.Session(*key, region_name=REGION)
        return session.client("iam", endpoint_url=f"{self.url}/api/")

    def environment(self, home: Path) -> dict[str, str]:
        """All that a client is given: no file of the person who runs the tests is read."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": f"{self.url}/api/",
            "AWS_ACCESS_KEY_ID": self.key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.key["SecretAccessKey"],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@dataclass
class Client:
    """An installed client, run with the environment of a console."""

    folder: Path
    console: Console
    home: Path

    def at(self, console: Console) -> "Client":
        return Client(self.folder, console, self.home)

    def run(
        self, program: str, *arguments: str | Path, code: int = 0, **more: str | None
    ) -> subprocess.CompletedProcess[str]:
        """One of its programs, which must end with ``code``. Of the environment ``more`` replaces or, as None, removes."""
        inside = self.folder / "bin" / program
        environment = self.console.environment(self.home) | more
        done = subprocess.run(
            [str(inside) if inside.exists() else program, *map(str, arguments)],
            cwd=self.home, env={name: value for name, value in environment.items() if value is not None},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done


def manage(data: Path, *command: str) -> dict[str, str]:
    """A command beside the running console; its one line of JSON."""
    environment = {"PATH": os.environ["PATH"], "IAMCONSOLE_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    made: dict[str, str] = json.loads(done.stdout)
    return made


@pytest.fixture(scope="session")
def console() -> Iterator[Console]:
    with running() as (_, url, data, _):
        yield Console(url, data, manage(data, "shell", "-v", "0", "-c", FILL))


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> str:
    """The client that the module is about: the name of its file."""
    name = re.sub("^test_", "", request.path.stem)
    if not installed.is_installed(name):
        text = f"{name} is not installed; `make test-clients CLIENTS={name}` installs it."
        (pytest.fail if os.environ.get("REQUIRE_CLIENTS") else pytest.skip)(text)
    return name


@pytest.fixture(scope="module")
def tool(client: str, console: Console, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """It, pointed at the account of ``truth``, in an empty home."""
    return Client(installed.folder(client), console, tmp_path_factory.mktemp(client))


@pytest.fixture(scope="module")
def aws_account(console: Console) -> Callable[[str], Console]:
    return console.account
