"""AWS accepts connections and says nothing, while many people change things: pages that need no AWS stay quick."""

import http.client
import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import ROOT, running
from tests.gateway.test_deadlines import server, silent

SECONDS = 8
LINKED = "123456789012"
PREPARE = f"""
import json
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests import sessions
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_user
from users.models import Account, AccountLink
settings.ALLOWED_HOSTS += ["testserver"]
home = Account.objects.get(is_home=True)
alice = make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
linked = Account.objects.create(account_id="{LINKED}", kind="linked")
AccountLink.objects.create(account=linked, sync_every=0, synced_at=timezone.now())
client = Client()
sessions.sign_in(client, alice, PASSWORD)
assert client.post(reverse("users:switch-account", args=["{LINKED}"])).status_code == 302
print(json.dumps([home.account_id, client.cookies[settings.SESSION_COOKIE_NAME].value]))
"""
OUTCOMES = """
from collections import Counter
from iamconsole.models import Intent
print(Counter(Intent.objects.values_list("state", flat=True)))
"""


@contextmanager
def console(aws: str):
    """A running console whose AWS is there; a way to ask it as Alice, and one to run code in it."""
    variables = {
        "IAMCONSOLE_AWS_ENDPOINT_URL": aws,
        "IAMCONSOLE_AWS_SECONDS": str(SECONDS),
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    with running(**variables) as (_, url, data, _text):
        environment = {"PATH": "/usr/bin:/bin", "IAMCONSOLE_DATA": str(data)}

        def shell(code: str) -> str:
            command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            return done.stdout

        home, session = json.loads(shell(PREPARE))
        token = "t" * 32

        def ask(path: str, **typed: str) -> tuple[int, float, str]:
            """Status, seconds and text of an answer."""
            began = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=120)
            headers = {"Host": "localhost"}
            if path != "/signin/":
                headers["Cookie"] = f"sid={session}; csrf={token}"
            headers |= {"Content-Type": "application/x-www-form-urlencoded"} if typed else {}
            body = urlencode({**typed, "csrfmiddlewaretoken": token}) if typed else None
            connection.request("POST" if typed else "GET", path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            return answer.status, time.monotonic() - began, text

        yield home, ask, shell


@pytest.mark.processes
def test_twenty_changes_that_hang_leave_half_of_the_threads():
    with server(silent) as aws, console(aws) as (home, ask, shell):
        quiet = max(ask(path)[1] for path in ("/signin/", f"/{home}/users/") for _ in range(3))
        answers, began = [], time.monotonic()

        def change(number: int) -> None:
            answers.append(ask(f"/{LINKED}/groups/create/", group_name=f"group-{number}"))

        changes = [threading.Thread(target=change, args=(number,)) for number in range(20)]
        for one in changes:
            one.start()
        time.sleep(2)  # all of them are there
        seen = [ask(path) for path in ("/signin/", f"/{home}/users/", f"/{LINKED}/users/")]
        for one in changes:
            one.join()
        took = time.monotonic() - began
        intents = shell(OUTCOMES)
    assert [status for status, _, _ in seen] == [200, 200, 200]
    assert max(seconds for _, seconds, _ in seen) < min(SECONDS / 2, 2 + 5 * quiet), "they wait for nobody"
    refused = [text for status, _, text in answers if status == 503]
    assert len(answers) == 20
    assert len(refused) in (16, 17, 18), "two threads of each process wait, and of one at least"
    assert all("AWS is slow to answer" in text for text in refused)
    assert took < SECONDS + 8
    waited = [text for status, _, text in answers if status != 503]
    assert all("the change may or may not have been made" in text for text in waited)
    assert f"'open': {20 - len(refused)}" in intents
    assert f"'refused': {len(refused)}" in intents, "AWS was not asked for them"
