"""How guesses are counted (the attacks themselves are in tests/security/test_sign_in_attacks.py)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credentials.models import Throttle
from credentials.tasks import sweep_sign_in
from tests.cast import HOME_ID, PASSWORD
from tests.client import Client
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


def test_the_counter_of_a_name_that_is_no_account_is_its_own(bob):
    for _ in range(10):
        guess("bob", account="999999999999")
    assert guess("bob", PASSWORD) == 302


def test_a_letter_that_only_a_database_takes_for_equal_is_nobody(home):
    """PostgreSQL's UPPER may make I of a dotless ı: that would be a fresh budget for each such letter."""
    User.objects.filter(kind="root").update(email="admin@example.com")
    answer = Client().post(ROOT, {"email": "adm\u0131n@example.com", "password": PASSWORD})
    assert answer.status_code == 400


def test_what_is_right_uses_nothing_up(bob):
    """Sixty people behind one address, or one person sixty times a day, are no attack."""
    for _ in range(3):
        guess("bob")
    for _ in range(3):
        assert guess("bob", PASSWORD) == 302
    counts = dict(Throttle.objects.values_list("scope", "count"))
    # The second and third right one came from an address that is known by then.
    assert counts == {"password": 0, "password-known": 0, "password-day": 3, "address": 3, "everywhere": 3}


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


def test_rows_of_long_ago_are_swept_by_the_schedule(bob):
    Throttle.objects.create(scope="password", key="x", window_start=timezone.now() - timedelta(days=3))
    sweep_sign_in.run()
    assert not Throttle.objects.filter(key="x").exists()
