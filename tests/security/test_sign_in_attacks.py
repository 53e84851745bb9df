"""Attacks on the sign-in by password, one test per case of the list in SECURITY 1.1-1.11."""

import multiprocessing
import re
import statistics
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from credentials.guesses import throttle
from credentials.models import KnownAddress, Throttle, UnknownNames
from iamconsole.errors import AccessDenied
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import HOME_ID, PASSWORD, ROOT_EMAIL, give_password, make_user
from tests.client import Client
from tests.credentials.authenticator import code, enrol

pytestmark = pytest.mark.django_db
SIGN_IN, ROOT, CODE = "/signin/", "/signin/root/", "/signin/mfa/"
WRONG = "wrong-Horse-1"


def typed(user_name, password=PASSWORD, **changes):
    return {"account": HOME_ID, "user_name": user_name, "password": password, **changes}


def guess(user_name, password=WRONG, client=None, account=HOME_ID, **extra):
    return (
        (client or Client()).post(SIGN_IN, typed(user_name, password, account=account), **extra).status_code
    )


def answer_of(response, *values):
    """What a stranger can compare: status, page, header names, cookies, target."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    for value in values:
        text = text.replace(value, "")
    cookies = sorted((name, cookie["path"], cookie["samesite"]) for name, cookie in response.cookies.items())
    return response.status_code, response.get("Location"), text, sorted(response.headers), cookies


def later(**span):
    """Move every counter into the past, as if that much time had gone by."""
    for row in Throttle.objects.all():
        Throttle.objects.filter(pk=row.pk).update(window_start=row.window_start - timedelta(**span))


def reasons(user):
    """How each failed attempt of the user was written down, oldest first."""
    failed = Event.objects.filter(action="iamconsole:SignIn", outcome="failed", resource=user.arn)
    return list(failed.order_by("at").values_list("detail__Reason", flat=True))


@pytest.mark.long
def test_01_a_name_that_exists_takes_as_long_as_one_that_does_not(
    settings, alice, bob, charlie, home, caller
):
    """Medians of 24 attempts each, in turns, of the processor's time: what else runs here must not count."""
    settings.PASSWORD_HASHERS = ["iamconsole.hashers.ConsoleArgon2PasswordHasher"]
    disabled = make_user(home, "disabled", password=PASSWORD)
    for person in (alice, bob, disabled):
        person.set_password(PASSWORD)
        person.save()
    execute(caller(alice), "DeleteLoginProfile", UserName="disabled")

    def seconds(name):
        Throttle.objects.all().delete()
        UnknownNames.objects.update(cells={})
        start = time.process_time()
        guess(name)
        return time.process_time() - start

    names = ["alice", "bob", "charlie", "disabled", "nobody"]
    turns = [{name: seconds(name) for name in names} for _ in range(25)][1:]
    medians = {name: statistics.median(turn[name] for turn in turns) for name in names}
    assert max(medians.values()) / min(medians.values()) < 1.1, medians


def test_01_a_failure_asks_the_database_the_same_for_every_name(alice, bob):
    """Time is noisy, queries are not: no name may cost more of them than another, but for one look-up."""
    guess("somebody")  # what is made once for everybody is there
    Throttle.objects.exclude(key__in=["all", throttle.NOBODY]).delete()
    statements = {name: [asked(name) for _ in range(13)] for name in ("alice", "bob", "nobody", "no one")}
    assert statements["bob"] == statements["alice"] == statements["nobody"] == statements["no one"]
    assert statements["bob"][12] != statements["bob"][9], "the last ones are held"


def asked(name):
    """What the first guess from an address asks of the database, as far as a clock could tell it."""
    Throttle.objects.filter(scope="address").delete()
    with CaptureQueriesContext(connection) as queries:
        guess(name)
    return [re.sub(r"'[^']*'|[0-9]+", "?", line["sql"]) for line in queries if line["sql"][:9] != "SAVEPOINT"]


def test_02_every_failure_is_one_answer(bob, charlie, home):
    enrol(make_user(home, "with-mfa", password=PASSWORD))
    attempts = {
        "wrong password": typed("bob", WRONG),
        "wrong password, MFA": typed("with-mfa", WRONG),
        "unknown user": typed("nobody", WRONG),
        "unknown account": typed("bob", WRONG, account="999999999999"),
        "no console access": typed("charlie"),
    }
    answers = {
        name: answer_of(Client().post(SIGN_IN, form), *form.values()) for name, form in attempts.items()
    }
    first = answers.pop("wrong password")
    assert first[0] == 400
    assert all(answer == first for answer in answers.values())
    assert WRONG not in first[2]


def test_02_root_s_failures_are_one_answer_too(home):
    known, unknown = (
        answer_of(Client().post(ROOT, {"email": email, "password": WRONG}), email)
        for email in (ROOT_EMAIL, "nobody@example.com")
    )
    assert known == unknown
    assert WRONG not in known[2]


def test_02_a_held_name_is_answered_like_a_wrong_password(client, bob):
    first = answer_of(client.post(SIGN_IN, typed("bob", WRONG)))
    for _ in range(10):
        held = client.post(SIGN_IN, typed("bob", WRONG))
    assert answer_of(held) == first
    assert answer_of(client.post(SIGN_IN, typed("bob"))) == first
    assert reasons(bob) == ["password"] * 10 + ["held"], "ten are evaluated, no more"


def test_03_a_disabled_user_s_right_password_is_like_a_wrong_one(client, alice, bob, caller, sign_in):
    sign_in(client, bob)
    execute(caller(alice), "DeleteLoginProfile", UserName="bob")
    wrong = answer_of(Client().post(SIGN_IN, typed("bob", WRONG)))
    right = Client()
    assert answer_of(right.post(SIGN_IN, typed("bob"))) == wrong
    assert "sid" not in right.cookies
    assert client.get("/me/").status_code == 302, "the open session has ended"


def test_04_forty_addresses_are_not_forty_budgets(bob):
    for n in range(40):
        address = f"198.51.100.{n}"
        guess("bob", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}", HTTP_X_REAL_IP=address)
    assert guess("bob", PASSWORD) == 400
    assert reasons(bob).count("password") == 10


def test_04_an_address_is_held_over_many_names(bob):
    for _ in range(100):
        throttle.count(throttle.ADDRESS, "198.51.100.7")
    assert guess("bob", PASSWORD, REMOTE_ADDR="198.51.100.7") == 400
    assert guess("bob", PASSWORD, REMOTE_ADDR="::ffff:198.51.100.7") == 400, "the same line in IPv6 dress"
    assert guess("bob", PASSWORD, REMOTE_ADDR="198.51.100.8") == 302


def test_04_a_customer_s_whole_ipv6_network_is_one_address(bob):
    for n in range(100):
        throttle.count(throttle.ADDRESS, throttle.address_key(f"2001:db8:0:7::{n:x}"))
    assert guess("bob", PASSWORD, REMOTE_ADDR="2001:db8:0:7:ffff::1") == 400
    assert guess("bob", PASSWORD, REMOTE_ADDR="2001:db8:0:8::1") == 302


def test_04_in_a_storm_of_guesses_only_known_addresses_are_evaluated(bob, alice):
    """Above the ceiling of all failures a botnet gets nothing, and whoever has been here before gets in."""
    assert guess("bob", PASSWORD, REMOTE_ADDR="192.0.2.1") == 302
    Throttle.objects.filter(scope="everywhere").update(count=1000)
    assert guess("bob", PASSWORD, REMOTE_ADDR="198.51.100.7") == 400
    assert guess("alice", PASSWORD, REMOTE_ADDR="192.0.2.1") == 400, "known for bob is not known for alice"
    assert guess("bob", PASSWORD, REMOTE_ADDR="192.0.2.1") == 302
    later(minutes=5)
    assert guess("alice", PASSWORD, REMOTE_ADDR="198.51.100.7") == 302


def test_04_one_attacker_does_not_make_the_storm(bob):
    """What is held already does not count towards the ceiling: one address adds a hundred at most."""
    for _ in range(20):
        guess("bob", REMOTE_ADDR="198.51.100.7")
    assert Throttle.objects.get(scope="everywhere").count == 10


@pytest.mark.django_db(transaction=True)
def test_05_guesses_of_parallel_threads_are_all_counted(bob):
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
    assert Throttle.objects.get(scope="address").count == 25
    assert sorted(reasons(bob)) == ["held"] + ["password"] * 10, "ten are evaluated, no more"
    assert guess("bob", PASSWORD) == 400


@pytest.mark.django_db(transaction=True)
def test_05_guesses_of_parallel_processes_are_all_counted(bob):
    processes = multiprocessing.get_context("fork")
    ready = processes.Barrier(5)
    connections.close_all()  # none is shared with the children

    def send():
        ready.wait()
        for _ in range(5):
            guess("bob")
        connections.close_all()

    children = [processes.Process(target=send) for _ in range(5)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0] * 5
    assert Throttle.objects.get(scope="address").count == 25
    assert reasons(bob).count("password") == 10
    assert guess("bob", PASSWORD) == 400


@pytest.mark.django_db(transaction=True)
def test_05_codes_of_parallel_sessions_are_all_counted(bob):
    device = enrol(bob)
    ready = threading.Barrier(12)
    clients = [Client() for _ in range(12)]
    for client in clients:
        assert guess("bob", PASSWORD, client) == 302

    def send(client):
        ready.wait()
        client.post(CODE, {"code": "000000"})
        connections.close_all()

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reasons(bob)) == ["mfa"] * 5 + ["mfa-held"], "five are evaluated, no more"
    client = Client()
    guess("bob", PASSWORD, client)
    assert client.post(CODE, {"code": code(device)}).status_code == 400


def test_05_several_devices_are_no_several_budgets(bob):
    """A code is compared with every device of the user, so the user's counter bounds each of them."""
    enrol(bob, "phone")
    tablet = enrol(bob, "tablet")
    for _ in range(5):
        client = Client()
        guess("bob", PASSWORD, client)
        client.post(CODE, {"code": "000000"})
    assert client.post(CODE, {"code": code(tablet)}).status_code == 400


def test_06_eleven_guesses_hold_the_name_under_every_spelling(bob):
    spellings = ["bob", "BOB", " bob", "bob ", "b\u200bob", "ｂｏｂ"]
    for n in range(10):
        guess(spellings[n % len(spellings)])
    for spelling in spellings:
        assert guess(spelling, PASSWORD) == 400, "held: the right password is refused too"
    assert Throttle.objects.get(scope="password").count == 10
    assert Throttle.objects.get(scope="address").count == 10 + len(spellings)


@pytest.mark.parametrize(
    "spelling",
    ["bob\u2028", "b\u200bob", "b\u00adob", "ＢＯＢ", "b\u0301ob", "b\ufe0fob", "BOB\x00", "\tbob "],
)
def test_06_every_spelling_folds_to_one(spelling):
    assert throttle.fold(spelling) == "bob"


def test_06_id_and_alias_of_an_account_share_one_counter(bob):
    for account in [HOME_ID, "northwind", "1000-0000-0001", "NorthWind", f" {HOME_ID} "] * 2:
        guess("bob", account=account)
    assert guess("bob", PASSWORD) == 400
    assert guess("bob", PASSWORD, account="northwind") == 400


def test_06_root_is_held_under_every_spelling_of_the_e_mail(home):
    for email in [ROOT_EMAIL, ROOT_EMAIL.upper(), f" {ROOT_EMAIL}", "Root@Example.com"] * 3:
        Client().post(ROOT, {"email": email, "password": WRONG})
    assert Client().post(ROOT, {"email": ROOT_EMAIL, "password": PASSWORD}).status_code == 400


def test_07_the_hold_ends_with_its_window(bob):
    for _ in range(11):
        guess("bob")
    later(minutes=14)
    assert guess("bob", PASSWORD) == 400
    later(minutes=2)
    assert guess("bob", PASSWORD) == 302


def test_07_slow_guesses_meet_the_ceiling_of_the_day(bob):
    """One guess every three minutes never fills the short counter."""
    for _ in range(50):
        guess("bob")
        Throttle.objects.exclude(scope="password-day").delete()
    assert guess("bob", PASSWORD) == 400
    later(days=1)
    assert guess("bob", PASSWORD) == 302


def test_08_a_hold_is_for_one_user_and_for_no_open_session(client, alice, bob, home, sign_in):
    sign_in(client, bob)
    twin = make_user(home, "bob.2", password=PASSWORD)
    for _ in range(11):
        guess("bob")
    assert client.get("/me/").status_code == 200
    assert guess(twin.user_name, PASSWORD) == 302
    assert guess("alice", PASSWORD) == 302


def test_08_an_administrator_sees_the_hold_and_releases_it(client, alice, bob, sign_in):
    sign_in(client, alice)
    page = f"/users/{bob.user_id}/security-credentials/"
    assert "is held" not in client.get(page).content.decode()
    for _ in range(11):
        guess("bob")
    text = " ".join(client.get(page).content.decode().split())
    assert "Sign-in of bob is held." in text
    assert "Too many wrong passwords" in text
    answer = client.post(f"/users/{bob.user_id}/release/", follow=True)
    assert "bob was released" in answer.content.decode()
    assert "is held" not in answer.content.decode()
    assert guess("bob", PASSWORD) == 302
    event = Event.objects.get(action="iamconsole:ReleaseUser")
    assert (event.principal_arn, event.resource, event.outcome) == (alice.arn, bob.arn, "allowed")
    assert event.detail["HeldFor"] == ["wrong passwords"]


def test_08_codes_are_released_too(alice, bob, caller):
    device = enrol(bob)
    client = Client()
    guess("bob", PASSWORD, client)
    for _ in range(6):
        client.post(CODE, {"code": "000000"})
    assert throttle.hold_of(bob).reasons == ("wrong codes",)
    execute(caller(alice), "iamconsole:ReleaseUser", UserName="bob")
    assert throttle.hold_of(bob) is None
    assert client.post(CODE, {"code": code(device)}).status_code == 302


def test_08_nobody_releases_oneself_without_a_policy(bob, charlie, caller):
    for _ in range(11):
        guess("bob")
    for person in (bob, charlie):
        with pytest.raises(AccessDenied):
            execute(caller(person), "iamconsole:ReleaseUser", UserName="bob")
    assert throttle.hold_of(bob)


def test_08_a_release_does_not_free_the_address(alice, bob, caller):
    """It holds other guesses too, and its owner may be the attacker."""
    for _ in range(100):
        throttle.count(throttle.ADDRESS, "198.51.100.7")
    execute(caller(alice), "iamconsole:ReleaseUser", UserName="bob")
    assert guess("bob", PASSWORD, REMOTE_ADDR="198.51.100.7") == 400


def test_08_the_activity_tells_what_happened(client, alice, bob, sign_in):
    assert guess("bob", PASSWORD, REMOTE_ADDR="192.0.2.1") == 302
    assert guess("bob", PASSWORD, REMOTE_ADDR="198.51.100.7") == 302
    for _ in range(11):
        guess("bob")
    text = sign_in(client, alice).get(f"/users/{bob.user_id}/activity/").content.decode()
    for words in ("Wrong password", "Held: too many attempts", "From a new address"):
        assert words in text
    assert text.count("From a new address") == 1, "the first sign-in ever is not from a new one"
    assert set(KnownAddress.objects.filter(user=bob).values_list("address", flat=True)) == {
        "192.0.2.1",
        "198.51.100.7",
    }


def test_08_a_new_password_by_an_administrator_releases_too(alice, bob, caller):
    for _ in range(11):
        guess("bob")
    execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password="fresh-Lantern-42-x")
    assert guess("bob", "fresh-Lantern-42-x") == 302
    assert Event.objects.filter(action="iam:UpdateLoginProfile", outcome="allowed").count() == 1


def test_09_cookies_agents_and_next_are_no_fresh_budget(bob):
    for n in range(10):
        client = Client(headers={"User-Agent": f"agent {n}", "Accept-Language": f"x-{n}"})
        client.cookies["csrf"] = f"token{n}"
        client.cookies["sid"] = f"planted{n}"
        client.cookies["anything"] = str(n)
        client.post(f"{SIGN_IN}?next=/p{n}", typed("bob", WRONG, next=f"/q{n}"), secure=bool(n % 2))
    assert guess("bob", PASSWORD) == 400


@pytest.mark.parametrize("header", ["X-Forwarded-User", "Remote-User", "X-Auth-User", "X-Remote-User"])
def test_10_no_header_is_an_identity(client, alice, header):
    assert client.get("/me/", headers={header: "alice"}, REMOTE_USER="alice").status_code == 302


def test_10_forwarded_addresses_are_nobody_s_word(client, bob):
    client.post(SIGN_IN, typed("bob", WRONG), headers={"X-Forwarded-For": "203.0.113.9"})
    assert Event.objects.latest("at").source_ip == "127.0.0.1"


@pytest.mark.parametrize(
    "form", [{}, {"account": "northwind"}, {"account": "northwind", "user_name": "bob"},
             {"password": PASSWORD}, {"account": "northwind", "user_name": "bob", "password": ""},
             {"account": "", "user_name": "", "password": PASSWORD}],
)  # fmt: skip
def test_11_a_partial_form_opens_nothing(client, bob, form):
    assert client.post(SIGN_IN, form).status_code == 400
    assert client.post(ROOT, form).status_code == 400
    assert client.post(CODE, form).url == SIGN_IN
    assert client.get("/me/").status_code == 302


def test_11_steps_out_of_order_open_nothing(client, bob):
    device = enrol(bob)
    assert client.post(CODE, {"code": code(device)}).url == SIGN_IN, "a code before the password"
    guess("bob", PASSWORD, client)
    for step in ({}, {"code": ""}, {"code": "12345"}):
        assert client.post(CODE, step).status_code == 400
    client.post(SIGN_IN, {})  # an empty step back leaves the half-open session half open
    for page in ("/me/", "/users/", "/signin/new-password/"):
        assert client.get(page).status_code == 302
        assert client.get(page).url.startswith("/signin/")
    give_password(bob, "fresh-Lantern-42-x")  # changed between the two steps
    assert client.post(CODE, {"code": code(device)}).url == SIGN_IN
