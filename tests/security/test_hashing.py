"""Hashing never takes all threads: half of them hash, and who finds no place is told to come again.

Nothing of such a request counts as a wrong guess, and nothing is changed.
"""

import threading
import time
from contextlib import contextmanager

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.db import connections
from django.urls import reverse

from credentials.models import Throttle
from iamconsole import hashers
from iamconsole.celery import bound_hashing
from iamconsole.errors import HashingBusy
from iamconsole.hashers import PLACES, HashingPlaces, web_bounds
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, ROOT_EMAIL
from tests.client import Client
from tests.query.clients import key_of, routed
from tests.security.test_sign_in_attacks import ROOT, SIGN_IN, WRONG, guess, typed
from users.models import PasswordPolicy

FRESH = "fresh-Lantern-42-x"
LINK = "/signin/link/"


@contextmanager
def held(places=PLACES):
    """Another thread has a place, until the end of the block."""
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with places.taken():
            inside.set()
            leave.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(60)
    try:
        yield leave
    finally:
        leave.set()
        thread.join()


@pytest.fixture
def full(settings):
    """All places of this process are taken."""
    settings.WEB_THREADS = 1
    with held():
        yield


def busy(answer):
    return answer.status_code == 503 and answer["Retry-After"] and "try again" in answer.content.decode()


def failures():
    return list(Throttle.objects.filter(count__gt=0)), list(Event.objects.filter(outcome="failed"))


# The places.


@pytest.mark.parametrize("threads", range(1, 33))
def test_half_of_the_threads_hash_and_some_do_not_even_wait(settings, threads):
    settings.WEB_THREADS = threads
    bounds = web_bounds()
    assert 1 <= bounds.places <= max(1, threads / 2)
    assert threads == 1 or bounds.places + bounds.waiting < threads, "one is left for all other requests"


def test_of_many_threads_no_more_than_half_hash_at_a_time(settings, monkeypatch):
    settings.WEB_THREADS = 4
    now, most, answers = [], [], []
    argon2 = hashers.Argon2PasswordHasher.encode

    def slow(self, password, salt):
        now.append(1)
        most.append(len(now))
        time.sleep(0.05)
        now.pop()
        return argon2(self, password, salt)

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "encode", slow)

    together = threading.Barrier(12)

    def hash_one():
        together.wait()
        try:
            answers.append(make_password(PASSWORD))
        except HashingBusy as error:
            answers.append(error)

    threads = [threading.Thread(target=hash_one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 2
    assert len(answers) == 12
    assert any(isinstance(answer, HashingBusy) for answer in answers)


def test_who_waits_gets_the_place_and_who_waits_too_long_is_told(settings, monkeypatch):
    settings.WEB_THREADS = 2
    monkeypatch.setattr(hashers, "web_bounds", lambda: hashers.Bounds(1, 1, 30))
    places, done = HashingPlaces(), []

    def wait():
        with places.taken():
            done.append("hashed")

    with held(places) as leave:
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not places._waiting:
            time.sleep(0.001)
        with pytest.raises(HashingBusy):  # one waits already
            places._take(hashers.Bounds(1, 1, 30))
        leave.set()
        waiting.join()
    assert done == ["hashed"]
    with held(places), pytest.raises(HashingBusy):
        places._take(hashers.Bounds(1, 1, 0.01))
    with places.taken():  # nothing was lost on the way
        assert (places._hashing, places._waiting) == (1, 0)


def test_one_thread_takes_one_place_for_all_of_its_hashes(settings):
    settings.WEB_THREADS = 2
    with PLACES.taken():
        hashed = make_password(PASSWORD)
        assert check_password(PASSWORD, hashed)
    with pytest.raises(ZeroDivisionError), PLACES.taken():
        1 / 0  # noqa: B018
    assert PLACES._hashing == 0


def test_a_worker_has_bounds_of_its_own(monkeypatch):
    places = HashingPlaces()
    monkeypatch.setattr(hashers, "PLACES", places)

    class Worker:
        concurrency = 6

    bound_hashing(sender=Worker())
    assert places._bounds == hashers.Bounds(3, 6, hashers.JOB_WAIT_SECONDS)


# The doors: every one of them says so, and nothing counts.


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "form"), [
    (SIGN_IN, typed("bob")), (SIGN_IN, typed("bob", WRONG)), (SIGN_IN, typed("nobody", WRONG)),
    (ROOT, {"email": ROOT_EMAIL, "password": WRONG}), (ROOT, {"email": "x@example.com", "password": WRONG}),
])  # fmt: skip
def test_a_sign_in_without_a_place_is_no_guess(bob, full, path, form):
    for _ in range(12):
        assert busy(Client().post(path, form))
    counted, failed = failures()
    assert {row.key for row in counted} <= {"nobody"}
    assert failed == []
    assert Client().get("/healthz").content == b"ok"
    assert Client().get(SIGN_IN).status_code == 200


@pytest.mark.django_db
def test_afterwards_everybody_has_all_guesses_left(bob, settings):
    settings.WEB_THREADS = 1
    with held():
        for name in ("bob", "nobody") * 12:
            guess(name)
    settings.WEB_THREADS = 64
    for _ in range(9):
        guess("bob")
    assert guess("bob", PASSWORD) == 302


@pytest.fixture
def pages(alice, bob, charlie, caller):
    """Forms that hash, each with its session made before the places were gone."""
    link = execute(caller(alice), "iamconsole:CreatePasswordLink", UserName="bob")["PasswordLink"]["Url"]
    fields = {"do": "enable", "password_kind": "custom", "password": FRESH}
    chosen = {"current": PASSWORD, "new": FRESH, "confirm": FRESH}
    return {
        "change password": ("/me/password/", chosen),
        "confirm identity": ("/me/", {"kept_form": "none", "password": PASSWORD}),
        "console access": (reverse("credentials:console-access", args=[charlie.user_id]), fields),
        "password link": (LINK, {"new": FRESH, "confirm": FRESH, "token": link.rpartition("/signin")[2]}),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["change password", "confirm identity", "console access", "password link"])
def test_a_page_without_a_place_changes_nothing(client, alice, charlie, pages, sign_in, settings, page):
    path, form = pages[page]
    if page == "password link":
        client.get("/signin" + form["token"])
    else:
        sign_in(client, alice)
    before, events = alice.password, Event.objects.count()
    counts = dict(Throttle.objects.values_list("scope", "count"))
    settings.WEB_THREADS = 1
    with held():
        answer = client.post(path, form)
    assert busy(answer), answer.status_code
    alice.refresh_from_db()
    assert (alice.password, Event.objects.count()) == (before, events)
    left = {scope: count for scope, count in Throttle.objects.values_list("scope", "count") if count}
    assert left == {scope: count for scope, count in counts.items() if count}
    settings.WEB_THREADS = 64
    assert client.post(path, form).status_code == 302, "the same form again"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("operation", ["change_password", "create_login_profile", "update_login_profile"])
def test_the_api_says_service_unavailable(alice, charlie, bob, caller, settings, operation):
    params = {
        "change_password": {"OldPassword": PASSWORD, "NewPassword": FRESH},
        "create_login_profile": {"UserName": "charlie", "Password": FRESH},
        "update_login_profile": {"UserName": "bob", "Password": FRESH},
    }[operation]
    iam = routed(*key_of(caller(alice), alice))
    settings.WEB_THREADS = 1
    with held(), pytest.raises(iam.exceptions.ClientError) as refused:
        getattr(iam, operation)(**params)
    error = refused.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (
        "ServiceUnavailable",
        503,
    )
    settings.WEB_THREADS = 64
    getattr(iam, operation)(**params)
    connections.close_all()


@pytest.mark.django_db
def test_former_passwords_are_compared_on_one_place(alice, bob, caller, settings):
    """A history of 24 takes its place once, so that it is not refused half-way."""
    PasswordPolicy.objects.create(account=bob.account, password_reuse_prevention=24)
    for n in range(5):
        execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password=f"{FRESH}-{n}")
    taken, real = [], PLACES._take
    PLACES._take = lambda bounds: (taken.append(bounds), real(bounds))
    try:
        execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password=f"{FRESH}-last")
    finally:
        del PLACES._take
    assert len(taken) == 1
