"""Signing in: one answer for every failure, guesses counted first, codes used once."""

import statistics
import threading
import time

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from credentials import throttle
from credentials.models import Throttle, VirtualMFADevice
from iamconsole.models import Event
from tests.cast import PASSWORD, give_password
from tests.credentials.authenticator import code, enrol

pytestmark = pytest.mark.django_db
SIGN_IN, CODE = "/signin/", "/signin/mfa/"


def typed(user, password=PASSWORD, **changes):
    form = {"account": user.account.account_id, "user_name": user.user_name, "password": password}
    return {**form, **changes}


@pytest.mark.parametrize("account", ["100000000001", "1000-0000-0001", "northwind", " NORTHWIND "])
def test_the_account_may_be_its_id_or_alias(client, bob, account):
    answer = client.post(SIGN_IN, typed(bob, account=account))
    assert (answer.status_code, answer.url) == (302, "/")


def test_every_failure_is_one_answer(bob, charlie):
    attempts = {
        "wrong password": typed(bob, "wrong-Horse-1"),
        "unknown user": typed(bob, user_name="nobody"),
        "unknown account": typed(bob, account="999999999999"),
        "no console access": typed(charlie),
    }
    answers = {}
    for name, form in attempts.items():
        answer = Client().post(SIGN_IN, form)
        text = answer.content.decode()
        for value in form.values():
            text = text.replace(value, "")
        tokens = text.split('name="csrfmiddlewaretoken"')
        page = tokens[0] + "".join(token.split(">", 1)[1] for token in tokens[1:])
        answers[name] = (answer.status_code, page, sorted(answer.headers), sorted(answer.cookies))
    first = answers.pop("wrong password")
    assert first[0] == 400
    assert all(answer == first for answer in answers.values())
    assert "wrong-Horse-1" not in first[1]


def test_unknown_names_take_as_long_as_known_ones(bob, monkeypatch):
    def seconds(form):
        Throttle.objects.all().delete()
        start = time.perf_counter()
        Client().post(SIGN_IN, form)
        return time.perf_counter() - start

    pairs = [
        (seconds(typed(bob, "wrong-Horse-1")), seconds(typed(bob, user_name=f"nobody{n}"))) for n in range(9)
    ]
    known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.6 < known / unknown < 1.6


def test_eleven_guesses_hold_the_name_under_every_spelling(client, bob):
    spellings = ["bob", "BOB", " bob", "bob ", "b\u200bob", "ｂｏｂ"]
    for n in range(10):
        client.post(SIGN_IN, typed(bob, "wrong-Horse-1", user_name=spellings[n % len(spellings)]))
    assert client.post(SIGN_IN, typed(bob)).status_code == 400, "held: the right password is refused too"
    assert Throttle.objects.get(scope="password").count == 11
    reasons = Event.objects.filter(action="iamconsole:SignIn").values_list("detail__Reason", flat=True)
    assert "held" in reasons


def test_a_held_name_holds_nobody_else_and_no_open_session(client, alice, bob, sign_in):
    sign_in(client, bob)
    for _ in range(11):
        Client().post(SIGN_IN, typed(bob, "wrong-Horse-1"))
    assert client.get("/me/").status_code == 200
    assert Client().post(SIGN_IN, typed(alice)).status_code == 302


def test_forwarded_addresses_are_nobodys_word(client, bob):
    client.post(SIGN_IN, typed(bob, "wrong-Horse-1"), headers={"X-Forwarded-For": "203.0.113.9"})
    assert Event.objects.latest("at").source_ip == "127.0.0.1"


def test_an_unknown_name_is_not_written_down(client, home):
    client.post(SIGN_IN, {"account": "northwind", "user_name": "my-Secret-1-typed", "password": "x"})
    assert "my-Secret-1-typed" not in str(list(Event.objects.values()))


def test_the_code_is_asked_after_the_password_and_opens_once(client, bob):
    device = enrol(bob)
    answer = client.post(SIGN_IN, typed(bob))
    assert answer.url == CODE
    assert client.get("/me/").status_code == 302, "a password alone opens nothing"
    key = client.session.session_key
    good = code(device)
    assert client.post(CODE, {"code": good}).url == "/"
    assert client.session.session_key != key, "the session key changes with the second factor"
    assert client.get("/me/").status_code == 200
    again = Client()
    again.post(SIGN_IN, typed(bob))
    assert again.post(CODE, {"code": good}).status_code == 400, "each code works once"


@pytest.mark.parametrize("spell", ["{0:.3} {0:.6}", " {0}", "+{0}", "{0}\n", "0{0}"])
def test_a_code_spelled_otherwise_is_refused(client, bob, spell):
    device = enrol(bob)
    client.post(SIGN_IN, typed(bob))
    assert client.post(CODE, {"code": spell.format(code(device))}).status_code == 400


def test_full_width_digits_are_not_a_code(client, bob):
    device = enrol(bob)
    client.post(SIGN_IN, typed(bob))
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code(device))
    assert client.post(CODE, {"code": wide}).status_code == 400


@pytest.mark.parametrize(("drift", "accepted"), [(-3, False), (-1, True), (0, True), (1, True), (3, False)])
def test_one_step_either_side_is_accepted(client, bob, drift, accepted):
    device = enrol(bob)
    client.post(SIGN_IN, typed(bob))
    assert (client.post(CODE, {"code": code(device, drift)}).status_code == 302) is accepted


def test_codes_are_counted_apart_from_passwords(bob):
    device = enrol(bob)
    for _ in range(5):
        client = Client()
        client.post(SIGN_IN, typed(bob))
        client.post(CODE, {"code": "000000"})
    client = Client()
    assert client.post(SIGN_IN, typed(bob)).url == CODE, "passwords are not held by codes"
    assert client.post(CODE, {"code": code(device)}).status_code == 400, "the sixth code is not looked at"


def test_the_code_page_needs_the_password_first(client, bob):
    enrol(bob)
    assert client.get(CODE).url == SIGN_IN
    assert client.post(CODE, {"code": "123456"}).url == SIGN_IN


def test_an_mfa_device_whose_seed_is_elsewhere_refuses_with_the_way_out(client, bob):
    device = enrol(bob)
    VirtualMFADevice.objects.filter(pk=device.pk).update(sealed_seed="")
    answer = client.post(SIGN_IN, typed(bob), follow=True)
    assert "enrolled at AWS" in answer.content.decode()
    assert client.get("/me/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_one_code_in_eight_sessions_at_once_opens_one(bob):
    device = enrol(bob)
    clients = [Client() for _ in range(4)]
    for client in clients:
        client.post(SIGN_IN, typed(bob))
    good, results, ready = code(device), [], threading.Barrier(len(clients))

    def send(client):
        ready.wait()
        results.append(client.post(CODE, {"code": good}).status_code)
        connection.close()

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [302, 400, 400, 400]


def test_a_session_from_before_is_not_adopted(client, bob):
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sid"] = session.session_key
    client.post(SIGN_IN, typed(bob))
    assert client.session.session_key != session.session_key
    assert "planted" not in client.session


def test_taking_console_access_away_ends_the_session(client, alice, bob, sign_in, caller):
    from iamconsole.operations import execute

    sign_in(client, bob)
    execute(caller(alice), "DeleteLoginProfile", UserName="bob")
    assert client.get("/me/").status_code == 302


def test_a_new_password_ends_other_sessions(client, bob, sign_in):
    sign_in(client, bob)
    give_password(bob, "another-Horse-8-word")
    assert client.get("/me/").status_code == 302


def test_an_idle_session_ends(client, bob, sign_in, settings):
    sign_in(client, bob)
    settings.SESSION_IDLE_SECONDS = -1
    assert client.get("/me/").url.startswith(SIGN_IN)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_next_stays_on_this_site(client, bob, target):
    assert client.post(SIGN_IN, typed(bob, next=target)).url == "/"


def test_next_is_followed_on_this_site(client, bob):
    assert client.post(SIGN_IN, typed(bob, next="/me/")).url == "/me/"


def test_signing_out_is_a_post_and_ends_the_session(client, bob, sign_in):
    sign_in(client, bob)
    key = client.session.session_key
    assert client.get(reverse("credentials:sign-out")).status_code == 405
    client.post(reverse("credentials:sign-out"))
    client.cookies["sid"] = key
    assert client.get("/me/").status_code == 302


def test_forms_without_a_token_are_refused(bob):
    assert Client(enforce_csrf_checks=True).post(SIGN_IN, typed(bob)).status_code == 403


def test_a_long_password_is_refused_quickly(client, bob):
    start = time.perf_counter()
    assert client.post(SIGN_IN, typed(bob, "x" * 900_000)).status_code == 400
    assert time.perf_counter() - start < 3


def test_folding_makes_one_name_of_many():
    assert {throttle.fold(name) for name in ("Bob", "bob ", "ＢＯＢ", "b\u200bob", "BOB\x00")} == {"bob"}
