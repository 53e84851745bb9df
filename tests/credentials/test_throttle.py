"""Guesses are counted before they are checked: by person, in parallel, slowly, from everywhere."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from credentials import throttle
from credentials.models import Throttle
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import HOME_ID, PASSWORD, ROOT_EMAIL, make_user
from tests.credentials.authenticator import code, enrol
from users.models import User

pytestmark = pytest.mark.django_db
SIGN_IN, ROOT, CODE = "/signin/", "/signin/root/", "/signin/mfa/"
WRONG, FRESH = "wrong-Horse-1", "fresh-Lantern-42-x"


def guess(user_name, password=WRONG, account=HOME_ID, client=None, **extra):
    form = {"account": account, "user_name": user_name, "password": password}
    return (client or Client()).post(SIGN_IN, form, **extra).status_code


def guess_code(user, typed):
    client = Client()
    assert guess(user.user_name, PASSWORD, client=client) == 302
    return client.post(CODE, {"code": typed}).status_code


def later(**span):
    """Move every counter into the past, as if that much time had gone by."""
    for row in Throttle.objects.all():
        Throttle.objects.filter(pk=row.pk).update(window_start=row.window_start - timedelta(**span))


def test_id_and_alias_of_an_account_share_one_counter(bob):
    for account in [HOME_ID, "northwind", "1000-0000-0001", "NorthWind", f" {HOME_ID} "] * 2:
        guess("bob", account=account)
    assert guess("bob", PASSWORD) == 400
    assert guess("bob", PASSWORD, account="northwind") == 400


def test_the_counter_of_a_name_that_is_no_account_is_its_own(bob):
    for _ in range(10):
        guess("bob", account="999999999999")
    assert guess("bob", PASSWORD) == 302


def test_root_is_held_under_every_spelling_of_the_e_mail(home):
    for email in [ROOT_EMAIL, ROOT_EMAIL.upper(), f" {ROOT_EMAIL}", "Root@Example.com"] * 3:
        Client().post(ROOT, {"email": email, "password": WRONG})
    assert Client().post(ROOT, {"email": ROOT_EMAIL, "password": PASSWORD}).status_code == 400


def test_a_letter_that_only_a_database_takes_for_equal_is_nobody(home):
    """PostgreSQL's UPPER may make I of a dotless ı: that would be a fresh budget for each such letter."""
    User.objects.filter(kind="root").update(email="admin@example.com")
    answer = Client().post(ROOT, {"email": "adm\u0131n@example.com", "password": PASSWORD})
    assert answer.status_code == 400


def test_many_addresses_are_not_many_budgets(bob):
    for n in range(12):
        address = f"198.51.100.{n}"
        guess("bob", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}", HTTP_X_REAL_IP=address)
    assert guess("bob", PASSWORD) == 400


def test_cookies_agents_and_next_are_no_fresh_budget(bob):
    for n in range(10):
        client = Client(headers={"User-Agent": f"agent {n}"})
        client.cookies["csrf"] = f"token{n}"
        client.cookies["anything"] = str(n)
        client.post(f"{SIGN_IN}?next=/p{n}", {"account": HOME_ID, "user_name": "bob", "password": WRONG})
    assert guess("bob", PASSWORD) == 400


def test_an_address_is_held_over_many_names(bob):
    for _ in range(100):
        throttle.count(throttle.ADDRESS, "198.51.100.7")
    assert guess("bob", PASSWORD, REMOTE_ADDR="198.51.100.7") == 400
    assert guess("bob", PASSWORD, REMOTE_ADDR="198.51.100.8") == 302


def test_the_hold_ends_with_its_window(bob):
    for _ in range(11):
        guess("bob")
    later(minutes=14)
    assert guess("bob", PASSWORD) == 400
    later(minutes=2)
    assert guess("bob", PASSWORD) == 302


def test_slow_guesses_meet_the_ceiling_of_the_day(bob):
    for n in range(50):
        if n < 48:  # counted as the form does, without the work of a hash
            throttle.count(throttle.PASSWORD_DAILY, throttle.name_key(bob))
        else:
            guess("bob")
    assert guess("bob", PASSWORD) == 400
    later(days=1)
    assert guess("bob", PASSWORD) == 302


def test_what_is_right_uses_nothing_up(bob):
    """Sixty people behind one address, or one person sixty times a day, are no attack."""
    for _ in range(3):
        guess("bob")
    for _ in range(3):
        assert guess("bob", PASSWORD) == 302
    counts = dict(Throttle.objects.values_list("scope", "count"))
    assert counts == {"password": 0, "password-day": 3, "address": 3}


def test_right_codes_use_nothing_up(bob):
    device = enrol(bob)
    guess_code(bob, "000000")
    assert guess_code(bob, code(device)) == 302
    counts = dict(Throttle.objects.filter(scope__startswith="mfa").values_list("scope", "count"))
    assert counts == {"mfa": 0, "mfa-hour": 1, "mfa-day": 1}


def test_codes_meet_the_ceiling_of_the_day(bob):
    device = enrol(bob)
    Throttle.objects.create(scope="mfa-day", key=bob.user_id, count=50, window_start=timezone.now())
    assert guess_code(bob, code(device)) == 400


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_are_all_counted(bob):
    ready = threading.Barrier(25)

    def send():
        ready.wait()
        guess("bob")
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Throttle.objects.get(scope="password").count == 25
    assert guess("bob", PASSWORD) == 400


def test_a_new_password_by_an_administrator_releases_and_is_recorded(alice, bob, caller):
    for _ in range(11):
        guess("bob")
    execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password=FRESH)
    assert guess("bob", FRESH) == 302
    assert Event.objects.filter(action="iam:UpdateLoginProfile", outcome="allowed").count() == 1


def test_a_hold_is_for_one_user_of_one_account(alice, bob, home):
    twin = make_user(home, "bob.2", password=PASSWORD)
    for _ in range(11):
        guess("bob")
    assert guess(twin.user_name, PASSWORD) == 302
    assert guess("alice", PASSWORD) == 302


def test_the_old_password_is_counted_too(client, alice, sign_in):
    """Whoever finds an open session does not get to guess the password there either."""
    sign_in(client, alice)
    change = {"new": FRESH, "confirm": FRESH}
    for _ in range(10):
        client.post("/me/password/", {"current": WRONG, **change})
    answer = client.post("/me/password/", {"current": PASSWORD, **change})
    assert "Too many wrong passwords" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_rows_of_long_ago_are_swept_at_a_sign_in(bob):
    Throttle.objects.create(scope="password", key="x", window_start=timezone.now() - timedelta(days=3))
    guess("bob", PASSWORD)
    assert not Throttle.objects.filter(key="x").exists()


@pytest.mark.parametrize(
    "spelling",
    ["bob\u2028", "b\u200bob", "b\u00adob", "ＢＯＢ", "b\u0301ob", "b\ufe0fob", "BOB\x00", "\tbob "],
)
def test_every_spelling_folds_to_one(spelling):
    assert throttle.fold(spelling) == "bob"
