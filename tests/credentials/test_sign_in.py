"""Signing in: one answer for every failure, guesses counted first, codes used once."""

import re
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from credentials import throttle
from credentials.models import Throttle, VirtualMFADevice
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, ROOT_EMAIL
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


def test_unknown_names_take_as_long_as_known_ones(settings, alice, bob, charlie):
    """Alice's policies are not read before she is in, and nobody's name saves the hash (SECURITY 1.1, 1)."""
    settings.PASSWORD_HASHERS = ["iamconsole.hashers.ConsoleArgon2PasswordHasher"]
    for person in (alice, bob):
        person.set_password(PASSWORD)
        person.save()

    def seconds(form):
        Throttle.objects.all().delete()
        start = time.process_time()
        Client().post(SIGN_IN, form)
        return time.process_time() - start

    forms = {
        "administrator": typed(alice, "wrong-Horse-1"),
        "no policy": typed(bob, "wrong-Horse-1"),
        "no password": typed(charlie, "wrong-Horse-1"),
        "unknown name": typed(bob, "wrong-Horse-1", user_name="nobody"),
        "unknown account": typed(bob, "wrong-Horse-1", account="999999999999"),
    }
    # Time of the processor, in turns, and the best of each: what other processes do must not count.
    turns = [{name: seconds(form) for name, form in forms.items()} for _ in range(9)][1:]
    times = {name: min(turn[name] for turn in turns) for name in forms}
    assert max(times.values()) / min(times.values()) < 1.3, times


def test_a_failure_asks_the_database_the_same_for_every_name(alice, bob):
    """Time is noisy, queries are not: no name may cost more of them than another, but for one look-up."""
    counts = {}
    for name in ("alice", "bob", "nobody"):
        Throttle.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            Client().post(SIGN_IN, typed(bob, "wrong-Horse-1", user_name=name))
        counts[name] = len(queries)
    assert counts["alice"] == counts["bob"]
    assert abs(counts["nobody"] - counts["bob"]) <= 1


def test_roots_failures_are_one_answer_too(home):
    pages = set()
    for email in (ROOT_EMAIL, "nobody@example.com"):
        answer = Client().post("/signin/root/", {"email": email, "password": "wrong-Horse-1"})
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()).replace(
            email, ""
        )
        pages.add((answer.status_code, page, tuple(sorted(answer.headers)), tuple(sorted(answer.cookies))))
    assert len(pages) == 1
    assert "wrong-Horse-1" not in page


def test_a_held_name_is_answered_like_a_wrong_password(client, bob):
    def page(answer):
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())

    first = client.post(SIGN_IN, typed(bob, "wrong-Horse-1"))
    for _ in range(10):
        held = client.post(SIGN_IN, typed(bob, "wrong-Horse-1"))
    assert (held.status_code, page(held)) == (first.status_code, page(first))
    right = client.post(SIGN_IN, typed(bob))
    assert (right.status_code, page(right)) == (first.status_code, page(first))


def test_the_right_password_of_a_removed_login_profile_is_like_a_wrong_one(client, alice, bob, caller):
    execute(caller(alice), "DeleteLoginProfile", UserName="bob")
    assert client.post(SIGN_IN, typed(bob)).status_code == 400
    assert "sid" not in client.cookies


@pytest.mark.parametrize("header", ["X-Forwarded-User", "Remote-User", "X-Auth-User", "X-Remote-User"])
def test_no_header_is_an_identity(client, alice, header):
    assert client.get("/me/", headers={header: "alice"}, REMOTE_USER="alice").status_code == 302


@pytest.mark.parametrize(
    "form", [{}, {"account": "northwind"}, {"account": "northwind", "user_name": "bob"},
             {"password": PASSWORD}, {"account": "northwind", "user_name": "bob", "password": ""},
             {"account": "", "user_name": "", "password": PASSWORD}],
)  # fmt: skip
def test_a_partial_form_opens_nothing(client, bob, form):
    assert client.post(SIGN_IN, form).status_code == 400
    assert client.post("/signin/root/", form).status_code == 400
    assert client.post(CODE, form).url == SIGN_IN
    assert client.get("/me/").status_code == 302


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
    client.post("/signout/")
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


ELSEWHERE = [
    "https://evil.example/", "HTTPS://evil.example", "http:evil.example", "http:/evil.example",
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "\x08//evil.example", " //evil.example", "//user@evil.example", "javascript:x",
    "java\nscript:x", "data:text/html,x", "https://testserver@evil.example",
    "https://testserver.evil.example", "//evil.example\\@testserver", "ftp://testserver/",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_next_stays_on_this_site(bob, target):
    answers = [Client().post(SIGN_IN, typed(bob, next=target))]
    answers.append(Client().post(SIGN_IN, typed(bob), query_params={"next": target}))
    device, half = enrol(bob), Client()
    half.post(SIGN_IN, typed(bob, next=target))
    answers.append(half.post(CODE, {"code": code(device)}))
    assert [answer.url for answer in answers] == ["/"] * 3
    assert target not in Client().get(SIGN_IN, {"next": target}).content.decode()


def test_next_goes_along_to_the_other_way_in(client, home):
    assert "/signin/root/?next=/users/" in client.get(f"{SIGN_IN}?next=/users/").content.decode()


def test_a_forged_host_is_refused(client, bob):
    answer = client.post(SIGN_IN, typed(bob), headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()
    assert "sid" not in client.cookies


def test_next_is_followed_on_this_site(client, bob):
    assert client.post(SIGN_IN, typed(bob, next="/me/")).url == "/me/"


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
    start = time.perf_counter()
    assert client.post(SIGN_IN, typed(bob, "x" * 900_000)).status_code == 400
    assert time.perf_counter() - start < 3


def test_folding_makes_one_name_of_many():
    assert {throttle.fold(name) for name in ("Bob", "bob ", "ＢＯＢ", "b\u200bob", "BOB\x00")} == {"bob"}
