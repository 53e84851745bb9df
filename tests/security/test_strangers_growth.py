"""Strangers neither grow the database nor choose how much is hashed: no session, no row per name, no hash
above a limit. The walk over all addresses finds the next view that writes for somebody who is nobody.
"""

import json
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from credentials.guesses import throttle, unknown_names
from credentials.models import ConsoleSession, Throttle, UnknownNames
from credentials.sessions import rows as sessions
from credentials.tasks import sweep_sign_in
from iamconsole.celery import app as celery
from iamconsole.models import Event
from tests.cast import HOME_ID, PASSWORD, ROOT_EMAIL
from tests.client import Client
from tests.hashers import QuickHasher
from tests.security.test_sign_in_attacks import guess, later

pytestmark = pytest.mark.django_db
WRONG = "wrong-Horse-1"
INSERT = re.compile(r'INSERT (?:OR \w+ )?INTO "(\w+)"')
PARAMETER = re.compile(r"<(?:(\w+):)?\w+>")
COUNTED = ("address", "everywhere", "passkey", "password-link")
FORMS = [
    {},
    {"account": HOME_ID, "user_name": "nobody", "password": WRONG, "email": "nobody@example.com"},
    {
        "challenge": "x",
        "credential": "{}",
        "code": "000000",
        "new": WRONG,
        "confirm": WRONG,
        "kept_form": "none",
    },
]


def sizes():
    """How many rows each table has; counters of addresses apart, of which there is one per kind."""
    counts = {model._meta.label: model.objects.count() for model in apps.get_models()}
    counts["credentials.Throttle"] = Throttle.objects.exclude(scope__in=COUNTED).count()
    return counts


def planted():
    client = Client()
    for name, value in {
        "sid": "x" * 32,
        "csrf": "y" * 32,
        "passkey": "z" * 32,
        "messages": "forged:mac",
    }.items():
        client.cookies[name] = value
    return client


class Hashes:
    """Counts what is hashed and compared."""

    def __init__(self, monkeypatch):
        self.number = 0
        for name in ("encode", "verify"):
            monkeypatch.setattr(QuickHasher, name, self.counted(getattr(QuickHasher, name)))

    def counted(self, work):
        def wrapped(*args, **kwargs):
            self.number += 1
            return work(*args, **kwargs)

        return wrapped


@pytest.fixture
def hashes(monkeypatch):
    return Hashes(monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("browser", [Client, planted], ids=["no cookie", "forged cookies"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_address_lets_a_stranger_add_rows(bob, browser, method):
    """Every route, by what the sign-in forms send too. Failed sign-ins leave Events, within their limits."""
    guess("nobody", WRONG)  # what stands for all unknown names is made once
    before, inserts = sizes(), set()
    for path in every_path():
        for form in FORMS[:1] if method == "get" else FORMS:
            with CaptureQueriesContext(connection) as queries:
                getattr(browser(), method)(path, form)
            inserts |= {(path, INSERT.match(q["sql"])[1]) for q in queries if INSERT.match(q["sql"])}
    allowed = {"credentials_throttle", "iamconsole_event"}
    assert not {(path, table) for path, table in inserts if table not in allowed}
    assert not {path for path, _ in inserts if not path.startswith("/signin/")}
    after = sizes() | {"iamconsole.Event": before["iamconsole.Event"]}
    assert after == before
    failed = Event.objects.filter(outcome="failed")
    assert failed.exclude(action="iamconsole:SignIn").count() == 0


def every_path():
    found = ["/" + PARAMETER.sub(sample, route) for route in routes(get_resolver().url_patterns)]
    assert len(found) > 150, "the walk has lost its way"
    return [*found, "/no-such-page/"]


def routes(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern)


def sample(parameter):
    return {"uuid": "00000000-0000-0000-0000-000000000000", "int": "1"}.get(parameter[1], "x")


def test_sign_outs_and_links_of_strangers_make_no_session(client):
    for _ in range(throttle.PASSWORD_LINK[1] + 3):  # also above the limit, where a message is shown
        client.get("/signin/link/x/")
        planted().post("/signout/")
    assert "Too many attempts with password links" in client.get("/signin/").content.decode()
    assert not Session.objects.exists()


def test_a_right_sign_in_still_has_its_messages_in_the_session(client, bob, sign_in):
    sign_in(client, bob)
    client.post("/me/mfa/assign/", {"do": "start-over"})
    page = client.post("/signout/", follow=True).content.decode()
    assert "You are signed out." in page
    assert "You are signed out." not in client.get("/signin/").content.decode(), "shown once"
    assert not Session.objects.exists(), "a sign-out leaves none behind"


@pytest.mark.parametrize("name", ["bob", "nobody"])
def test_a_held_guess_costs_no_hash_and_writes_one_counter(bob, hashes, name):
    for _ in range(10):
        guess(name)
    assert hashes.number == 10
    before = sizes()
    with CaptureQueriesContext(connection) as queries:
        for _ in range(5):
            guess(name, PASSWORD)
    assert hashes.number == 10
    assert sizes() == before
    written = [line["sql"] for line in queries if line["sql"].split()[0] in ("UPDATE", "INSERT", "DELETE")]
    assert len(written) == 5
    assert all('UPDATE "credentials_throttle"' in sql for sql in written)
    assert Throttle.objects.get(scope="address").held == 5


@pytest.mark.parametrize("root", [False, True])
def test_an_address_above_its_limit_costs_no_hash_whatever_it_tries(bob, hashes, root):
    for _ in range(100):
        throttle.count(throttle.ADDRESS, "127.0.0.1")
    before = sizes()
    for n in range(20):
        if root:
            Client().post(
                "/signin/root/", {"email": ROOT_EMAIL if n % 2 else f"{n}@x.org", "password": WRONG}
            )
        else:
            guess("bob" if n % 2 else f"name-{n}")
    assert hashes.number == 0
    assert sizes() == before


@pytest.mark.long
def test_rows_do_not_grow_with_names_tried(home):
    """From ever new addresses, below all limits: four times the names, not a row more."""

    def rows(names):
        for n in range(names):
            guess(f"name-{n}", account=["northwind", "999999999999", f"{n:012}"][n % 3])
        return sizes() | {"iamconsole.Event": 0}

    few = rows(10)
    assert rows(40) == few
    assert UnknownNames.objects.count() == unknown_names.PAGES


@pytest.mark.long
def test_cells_are_bounded_and_forgotten(home):
    now = timezone.now()
    for n in range(2000):
        unknown_names.locked(f"name-{n}", ["password", "password-day"]).save(now, changed=True)
    assert all(len(row.cells) <= unknown_names.CELLS_PER_PAGE for row in UnknownNames.objects.all())
    old = now + timedelta(days=2)
    unknown_names.locked("name-1", ["password", "password-day"]).save(old, changed=False)
    assert min(len(row.cells) for row in UnknownNames.objects.all()) == 0


def test_a_name_that_does_not_exist_is_held_like_one_that_does(bob, hashes):
    """Ten guesses from ten addresses, then an eleventh: the clock must not tell who exists."""
    costs = {}
    for name in ("bob", "nobody"):
        before, cost = hashes.number, []
        for n in range(13):
            guess(name, REMOTE_ADDR=f"198.51.{len(costs)}.{n}")
            cost.append(hashes.number - before)
        costs[name] = cost
    assert costs["bob"] == costs["nobody"] == [*range(1, 11), 10, 10, 10]


def test_a_twin_in_another_spelling_tells_nothing(bob, hashes):
    for name in ("bob", "nobody"):
        for n in range(10):
            guess(f"{name[0]}\u200b{name[1:]}", REMOTE_ADDR=f"198.51.100.{n}")
        before = hashes.number
        guess(name, REMOTE_ADDR="198.51.100.99")
        assert hashes.number == before, "held by the other spelling, whether it exists or not"


@pytest.mark.long
def test_an_auditor_finds_how_many_were_not_evaluated_and_from_where(alice, bob):
    for n in range(130):
        guess("bob" if n % 2 else f"name-{n % 7}", REMOTE_ADDR="2001:db8:0:7::9")
    events = Event.objects.filter(action="iamconsole:SignIn", outcome="failed")
    assert events.count() <= 110, "what is held is not written down one by one"
    later(minutes=16)
    guess("alice", REMOTE_ADDR="2001:db8:0:7::10")
    told = events.get(detail__Reason="not-evaluated")
    evaluated = events.filter(detail__Reason="password").count() - 1  # the last guess is of the new window
    assert told.detail["Attempts"] == 130 - evaluated
    assert told.source_ip == "2001:db8:0:7::"
    assert told.note == f"Attempts that were not checked: {130 - evaluated}"
    assert events.filter(detail__Reason="held", resource=bob.arn).count() == 1


def test_the_sweep_writes_down_what_was_held_and_leaves_nothing_old(bob):
    for _ in range(12):
        guess("bob")
    later(minutes=16)
    sweep_sign_in.run()
    assert Event.objects.get(detail__Reason="not-evaluated").detail["Attempts"] == 2
    assert set(Throttle.objects.values_list("scope", flat=True)) == {"password", "password-day"}
    later(days=1)
    sweep_sign_in.run()
    assert not Throttle.objects.exists()


def test_the_schedule_sweeps_in_bounded_steps(home, monkeypatch):
    assert celery.conf.beat_schedule["sweep-sign-in"]["task"] == sweep_sign_in.name
    old = timezone.now() - timedelta(days=3)
    Throttle.objects.bulk_create(
        Throttle(scope="address", key=f"192.0.2.{n}", window_start=old) for n in range(5)
    )
    monkeypatch.setattr(throttle, "SWEPT_AT_ONCE", 3)
    monkeypatch.setattr(sessions, "SWEPT_AT_ONCE", 3)
    root = home.users.get(kind="root")
    for n in range(5):
        ConsoleSession.objects.create(user=root, session_mac=str(n), created_at=old)
    for left in (2, 0):
        sweep_sign_in.run()
        assert (Throttle.objects.count(), ConsoleSession.objects.count()) == (left, left)


def test_a_challenge_before_the_sign_in_rests_nowhere_and_belongs_to_one_browser(client):
    options = reverse("credentials:passkey-options")
    before = sizes()
    first, second = client.post(options).json(), Client().post(options).json()
    assert sizes() == before
    assert first["publicKey"]["challenge"] != second["publicKey"]["challenge"]
    assert "nobody" not in json.dumps(first)
