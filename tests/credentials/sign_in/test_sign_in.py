"""Signing in: one answer for every failure, guesses counted first, codes used once."""

import re
import time

import pytest

from credentials.models import VirtualMFADevice
from iamconsole.models import Event
from tests.cast import PASSWORD, ROOT_EMAIL
from tests.client import Client
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


def test_root_does_not_sign_in_as_iam_user_nor_the_other_way(client, bob, home):
    for name in ("root", "", ROOT_EMAIL):
        assert client.post(SIGN_IN, typed(bob, user_name=name)).status_code == 400
    assert client.post("/signin/root/", {"email": "bob", "password": PASSWORD}).status_code == 400


def test_fields_tell_browsers_what_they_are(client, bob):
    page = client.get(SIGN_IN).content.decode()
    for name in ("username webauthn", "current-password"):
        assert f'autocomplete="{name}"' in page
    client.post(SIGN_IN, typed(bob))  # no device: signed in; the code page is looked at with one
    other = Client()
    enrol(bob)
    other.post(SIGN_IN, typed(bob))
    assert 'autocomplete="one-time-code"' in other.get(CODE).content.decode()


def test_typing_starts_where_something_is_missing(client, home):
    def focused(page):
        return re.search(r'<input[^>]*name="(\w+)"[^>]*autofocus', page.content.decode())[1]

    assert focused(client.get(SIGN_IN)) == "account"
    assert focused(client.get(f"{SIGN_IN}?account=northwind")) == "user_name"
    assert focused(client.get("/signin/root/")) == "email"


def test_the_account_is_remembered_only_when_asked(client, bob):
    client.post(SIGN_IN, typed(bob))
    assert not client.cookies.get("account") or not client.cookies["account"].value
    address = client.post("/signout/")["Location"]
    assert address == f"{SIGN_IN}?account=northwind"  # of this sign-out only: nothing is kept
    client.post(SIGN_IN, typed(bob, account="northwind", remember="on"))
    client.post("/signout/")
    cookie = client.cookies["account"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert "bob" not in cookie.value
    assert 'value="northwind"' in client.get(SIGN_IN).content.decode()
    client.cookies["account"] = "forged:signature"
    assert "forged" not in client.get(SIGN_IN).content.decode()


def test_a_wrong_password_remembers_nothing(client, bob):
    client.post(SIGN_IN, typed(bob, "wrong-Horse-1", remember="on"))
    assert "account" not in client.cookies


def test_who_is_signed_in_goes_home(client, bob, sign_in):
    sign_in(client, bob)
    for page in (SIGN_IN, "/signin/root/", CODE):
        assert client.get(page).url == "/"


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
    assert again.post(CODE, {"code": good}).status_code == 400, "Each code works once"


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


def test_next_goes_along_to_the_other_way_in(client, home):
    assert "/signin/root/?next=/users/" in client.get(f"{SIGN_IN}?next=/users/").content.decode()


def test_an_older_hash_is_renewed_at_sign_in(client, bob, settings):
    from django.contrib.auth.hashers import Argon2PasswordHasher, make_password

    settings.PASSWORD_HASHERS = [
        *settings.PASSWORD_HASHERS,
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    bob.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    bob.save()
    assert client.post(SIGN_IN, typed(bob)).status_code == 302
    assert client.get("/me/").status_code == 200, "the renewed hash does not end the session it began"
    bob.refresh_from_db()
    assert bob.password.startswith(Argon2PasswordHasher.algorithm)


def test_a_long_password_is_refused_quickly(client, bob):
    start = time.process_time()
    assert client.post(SIGN_IN, typed(bob, "x" * 900_000)).status_code == 400
    assert time.process_time() - start < 3
