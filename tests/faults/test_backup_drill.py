"""The drill: backed up while people work, everything killed, restored elsewhere, and they work on.

With real processes, from SQLite to PostgreSQL and back, so that both databases are left and entered.
"""

import base64
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
import pytest
import requests
from django_otp.oath import TOTP

from tests.cast import PASSWORD
from tests.faults.machine import ROOT, free_port, send, wait_until

PASSPHRASE = "correct horse battery staple"
FILL = """
import base64, json, uuid
from credentials.models import VirtualMFADevice
from iamconsole import crypto
from iamconsole.management.commands.create_account import home_caller
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from tests.credentials.authenticator import enrol
from users.models import Account, AccountLink
home = Account.objects.get(is_home=True)
alice = make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
seed = enrol(alice).seed()
linked = make_account("200000000002", name="linked", kind="linked")
link = AccountLink(account=linked, method="key", access_key_id="AKIA" + "A" * 16, seal_id=uuid.uuid4(), sync_every=0)
link.sealed_secret = crypto.seal("secret of the link", link.place)
link.save()
key = execute(home_caller(), "CreateAccessKey", UserName="alice")["AccessKey"]
print(json.dumps({"account": home.account_id, "seed": seed, "key": [key["AccessKeyId"], key["SecretAccessKey"]]}))
"""
OPEN_LINK = """
from iamconsole import crypto
from users.models import AccountLink, User
from iamconsole.models import Event
link = AccountLink.objects.get()
print(crypto.unseal(link.sealed_secret, link.place))
print(User.objects.filter(user_name__startswith="w-").count(), Event.objects.filter(action="iam:CreateUser").count())
"""
# By SQL, past the models, which refuse it too.
CHANGE_EVENTS = """
from django.db import Error, connection, transaction
for sql in ("UPDATE iamconsole_event SET action = 'x'", "DELETE FROM iamconsole_event"):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM iamconsole_event")
            assert cursor.fetchone()[0] > 5
            cursor.execute(sql)
        print("done")
    except Error as error:
        assert "Events can" in str(error), error
        print("refused")
"""
DEMO = """
from iamconsole.demo.production import make_demo
make_demo()
"""
FULL = Path("/dev/full")


class Place:
    """An installation: its data folder, its database, and the processes of ``up`` while it runs."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.data, self.port = folder / "data", free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PORT": str(self.port),
            "IAMCONSOLE_DATA": str(self.data),
            "IAMCONSOLE_WEB_PROCESSES": "1",
            "IAMCONSOLE_BACKUP_PASSPHRASE": PASSPHRASE,
            "PYTHONIOENCODING": "utf-8",
            **({"DATABASE_URL": database} if database else {}),
        }
        self.process: subprocess.Popen[str] | None = None
        folder.mkdir()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def up(self) -> None:
        command = [sys.executable, "manage.py", "up"]
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, **output)
        for line in self.process.stdout:
            if line.startswith("╰"):
                return
        pytest.fail("it did not start")

    def kill(self) -> None:
        """Everything at once, as when the machine loses its power."""
        if self.process is not None:
            send(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=20)
            self.process.stdout.close()
            self.process = None

    def manage(self, *command: str, status: int = 0, **more: Any) -> str:
        done = self.started(*command, **more)
        out, err = done.communicate(timeout=200)
        assert done.returncode == status, (out, err)
        return (out or "") + err

    def started(self, *command: str, **more: Any) -> subprocess.Popen[str]:
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        given = {"cwd": ROOT, "env": self.environment, "text": True, **streams, **more}
        return subprocess.Popen([sys.executable, "manage.py", *command], **given)

    def iam(self, key: list[str]) -> Any:
        config = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=30)
        session = boto3.session.Session(*key, region_name="us-east-1")
        return session.client("iam", endpoint_url=f"{self.url}/api/", config=config)


class Writer(threading.Thread):
    """A program that creates users until everything is killed, and knows which were acknowledged."""

    def __init__(self, iam: Any, prefix: str) -> None:
        super().__init__(daemon=True)
        self.iam, self.prefix, self.acknowledged = iam, prefix, []

    def run(self) -> None:
        for number in range(10_000):
            name = f"{self.prefix}{number:05}"
            try:
                self.iam.create_user(UserName=name)
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
                return
            self.acknowledged.append(name)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[list[Place]]:
    started: list[Place] = []
    yield started
    for place in started:
        place.kill()


def sign_in(place: Place, of: dict[str, Any], code: str) -> requests.Session:
    """Name, password and code, as a person types them."""
    browser = requests.Session()
    form = {"account": of["account"], "user_name": "alice", "password": PASSWORD}
    answer = post(browser, f"{place.url}/signin/", form)
    post(browser, answer.url, {"code": code})
    return browser


def post(browser: requests.Session, url: str, form: dict[str, str]) -> requests.Response:
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(url).text)[1]
    return browser.post(url, {**form, "csrfmiddlewaretoken": token}, headers={"Referer": url})


def backed_up_while_writing(place: Place, of: dict[str, Any], prefix: str, file: Path) -> list[str]:
    """Take a backup beside a writer, then kill everything. Returns who was there before the backup began."""
    writer = Writer(place.iam(of["key"]), prefix)
    writer.start()
    assert wait_until(lambda: len(writer.acknowledged) >= 5)
    before = list(writer.acknowledged)
    assert "with the keys" in place.manage("backup", str(file))
    during = len(writer.acknowledged)
    assert wait_until(lambda: len(writer.acknowledged) > during), "it is written to after the backup too"
    place.kill()
    writer.join(timeout=40)
    assert during > len(before), "writes went on"
    return before


def test_the_drill(tmp_path, postgres, places):
    first = Place(tmp_path / "first")
    second = Place(tmp_path / "second", postgres.url)
    third = Place(tmp_path / "third")
    places += [first, second, third]
    first.up()
    of = json.loads(first.manage("shell", "-v", "0", "-c", FILL))
    there: list[str] = []
    for number, (here, new) in enumerate([(first, second), (second, third)]):
        there += backed_up_while_writing(here, of, f"w-{number}-", file := tmp_path / f"{number}.backup")
        assert file.stat().st_mode & 0o777 == 0o600
        assert "Restored" in new.manage("restore", str(file))
        assert "not empty" in new.manage("restore", str(file), status=1)
        new.up()
        iam = new.iam(of["key"])
        names = {
            user["UserName"] for page in iam.get_paginator("list_users").paginate() for user in page["Users"]
        }
        assert set(there) <= names
        link, counts = new.manage("shell", "-v", "0", "-c", OPEN_LINK).splitlines()
        assert link == "secret of the link"
        users, events = counts.split()
        assert users == events, "each user is there with its event, or neither"
        assert new.manage("shell", "-v", "0", "-c", CHANGE_EVENTS).split() == ["refused"] * 2
        assert "old key" not in new.manage("rotate_encryption_key", "--check")
    code = f"{TOTP(base64.b32decode(of['seed'])).token():06d}"
    browser = sign_in(third, of, code)
    assert "w-0-00000" in browser.get(f"{third.url}/{of['account']}/users/?q=w-0-00000").text


def test_every_table_of_the_demo_comes_back(tmp_path, postgres, places):
    """Through PostgreSQL into SQLite again: compared by SQL alone, which knows nothing of models."""
    first, third = Place(tmp_path / "first"), Place(tmp_path / "third")
    second = Place(tmp_path / "second", postgres.url)
    first.data.mkdir()
    keys = first.data / "keys"
    keys.mkdir()
    (keys / "secret.key").write_text("s" * 60)
    (keys / "field.keys").write_text("k1:" + "QUFB" * 10 + "QUE=")
    first.manage("migrate", "-v", "0")
    first.manage("shell", "-v", "0", "-c", DEMO)
    for here, new, name in ((first, second, "a"), (second, third, "b")):
        here.manage("backup", str(tmp_path / name))
        new.manage("restore", str(tmp_path / name))
    wanted, found = (rows_of(place.data / "iamconsole.sqlite3") for place in (first, third))
    assert wanted.keys() == found.keys()
    assert sum(map(len, wanted.values())) > 3000
    left_out = {"django_session", "credentials_consolesession", "iamconsole_onetimesecret"}
    own = {"django_migrations", "sqlite_sequence"}  # when tables were made here, and numbers given out
    for table, rows in wanted.items():
        if table in left_out:
            assert not found[table]
        elif table not in own:
            mine = [row for row in found[table] if row not in rows and "iamconsole:Record" not in row]
            lost = [row for row in rows if row not in found[table] and "iamconsole:Record" not in row]
            assert (mine, lost) == ([], []), table


def rows_of(path: Path) -> dict[str, set[str]]:
    """Every row of every table, with JSON as PostgreSQL keeps it too: its keys in any order."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        tables = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: {
                json.dumps({name: in_order(row[name]) for name in sorted(row.keys())}, default=bytes.hex)
                for row in file.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            }
            for table in tables
        }


def in_order(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        with contextlib.suppress(ValueError):
            return json.dumps(json.loads(value), sort_keys=True)
    return value


def test_a_bad_minute_of_backup_or_restore_leaves_nothing_half(tmp_path, postgres, places):
    first = Place(tmp_path / "first")
    places.append(first)
    first.up()
    first.manage("shell", "-v", "0", "-c", FILL)
    first.kill()
    file = tmp_path / "backup"
    first.manage("backup", str(file))
    # A disk that is full, for a file and for a pipe.
    with full_disk(tmp_path / "full") as folder:
        assert "is full, so no backup was written" in first.manage("backup", str(folder / "b"), status=1)
        assert [path.name for path in folder.iterdir()] == ["filler"]
    with FULL.open("wb") as out:
        assert "is full" in first.manage("backup", "-", status=1, stdout=out, stderr=subprocess.PIPE)
    # Killed while it loads: every start says so, and it can be started again.
    new = Place(tmp_path / "new")
    places.append(new)
    restoring = new.started("restore", str(file))
    database = new.data / "iamconsole.sqlite3"
    assert wait_until(lambda: tables_in(database) > 5, pause=0.01)
    restoring.kill()
    restoring.communicate()
    for command in (["up"], ["root_reset"], ["check", "--database", "default"]):
        assert "was not finished" in new.manage(*command, status=1), command
    assert "Restored" in new.manage("restore", str(file))
    new.manage("rotate_encryption_key", "--check")
    # Elsewhere without its keys: they are missing; nobody says that values were changed.
    bare = Place(tmp_path / "bare", postgres.url)
    first.manage("backup", str(tmp_path / "open"), "--without-keys")
    assert b"secret.key" not in (tmp_path / "open").read_bytes()
    assert "keys are missing" in bare.manage("restore", str(tmp_path / "open"), status=1)
    started = bare.manage("up", status=1)
    assert "keys are missing" in started
    checked = bare.manage("rotate_encryption_key", "--check", status=1)
    assert "The keys are missing" in checked
    assert "changed" not in checked.replace("are not changed", "")


@contextlib.contextmanager
def full_disk(folder: Path) -> Iterator[Path]:
    """A disk of 128 kB with no room on it."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def tables_in(path: Path) -> int:
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file,
    ):
        return file.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    return 0
