"""What is easy to guess is refused in the browser, in words; the API takes it as IAM does."""

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.passwords import rules as passwords
from credentials.passwords import strength
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, give_password
from tests.client import Client
from users.callers.build import Origin, caller_for_user, system_caller
from users.models import PasswordPolicy, User

pytestmark = pytest.mark.django_db
METER = reverse("credentials:password-strength")
GUESSABLE = "Password1!"
NEW = "fresh-Lantern-42-x"


@pytest.mark.parametrize(
    "password",
    [
        "password", "Password1", "P@ssw0rd", "Welcome1", "Qwertyuiop1", "iloveyou", "Letmein1!",
        "aaaaaaaa", "abcabcabcabc", "12345678", "northwind", "Northwind1", "bobbobbob", "Password1! ",
        "a" * 128, "aB3-" * 32, "Password1!Password1!",
    ],
)  # fmt: skip
def test_easy_to_guess(home, password):
    assert strength.is_guessable(password, strength.names_of(home, "bob"))


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD, NEW, "Tr0ub4dor&3", "four words of mine", "a" * 40 + "fresh-Lantern-42-x",
        "fresh-Lantern-42-x" + "a" * 100, "5Kq§w0ÄzR9",
    ],
)  # fmt: skip
def test_hard_to_guess(home, password):
    assert not strength.is_guessable(password, strength.names_of(home, "bob"))


def test_what_the_console_makes_is_very_strong(home):
    assert strength.score(passwords.generate(home)) == 4


def test_every_common_password_is_refused_whatever_its_case():
    assert len(strength.common_passwords()) > 19_000
    for password in sorted(strength.common_passwords())[::97]:
        assert strength.is_guessable(password.upper()), password


# Where a password is chosen.


def test_nobody_gets_one_from_an_administrator(client, alice, bob, charlie, sign_in):
    sign_in(client, alice)
    for user, do in ((bob, "reset"), (charlie, "enable")):
        url = reverse("credentials:console-access", args=[user.user_id])
        answer = client.post(url, {"do": do, "password_kind": "custom", "password": GUESSABLE})
        assert strength.GUESSABLE in answer.content.decode()
        assert not User.objects.get(pk=user.pk).check_password(GUESSABLE)


def test_nobody_chooses_one(client, bob, home, sign_in):
    PasswordPolicy.objects.create(account=home, allow_users_to_change_password=True)
    sign_in(client, bob)
    typed = {"current": PASSWORD, "new": GUESSABLE, "confirm": GUESSABLE}
    answer = client.post(reverse("credentials:change-password"), typed)
    assert (answer.status_code, strength.GUESSABLE in answer.content.decode()) == (400, True)
    assert User.objects.get(pk=bob.pk).check_password(PASSWORD)


def test_root_neither(client, home, sign_in):
    root = User.objects.root_of(home)
    give_password(root, reset_required=True)
    typed = {"current": PASSWORD, "new": GUESSABLE, "confirm": GUESSABLE}
    answer = sign_in(client, root).post(reverse("credentials:new-password"), typed)
    assert strength.GUESSABLE in answer.content.decode()


@pytest.mark.parametrize("name", ["CreateLoginProfile", "UpdateLoginProfile", "ChangePassword"])
def test_the_door_asks_console_callers_only(alice, bob, charlie, home, name):
    params = {
        "CreateLoginProfile": {"UserName": "charlie", "Password": GUESSABLE},
        "UpdateLoginProfile": {"UserName": "bob", "Password": GUESSABLE},
        "ChangePassword": {"OldPassword": PASSWORD, "NewPassword": GUESSABLE},
    }[name]
    with pytest.raises(IamError, match="too easy to guess") as refusal:
        execute(caller_for_user(alice, Origin(authenticated_at=timezone.now())), name, **params)
    assert refusal.value.code == "PasswordPolicyViolation"
    execute(caller_for_user(alice, Origin(channel="access-key")), name, **params)


def test_a_command_is_not_asked(home, bob):
    execute(system_caller(home), "UpdateLoginProfile", UserName="bob", Password=GUESSABLE)
    assert User.objects.get(pk=bob.pk).check_password(GUESSABLE)


# The meter.


def test_the_meter_says_it_in_words(client, alice, sign_in):
    sign_in(client, alice)
    for password, score, words in (
        (GUESSABLE, 1, "Too easy to guess"), ("Northwind1", 1, "Too easy to guess"),
        ("Summer-2026-x", 3, "Strong."), (PASSWORD, 4, "Very strong."), ("", 1, "Too easy to guess"),
    ):  # fmt: skip
        answer = client.post(METER, {"password": password}).json()
        assert (answer["score"], answer["words"].startswith(words)) == (score, True), password


def test_the_meter_knows_the_names_behind_a_link(home, alice, caller, bob):
    url = execute(caller(alice), "iamconsole:CreatePasswordLink", UserName="bob")["PasswordLink"]["Url"]
    client = Client()
    assert client.post(METER, {"password": "x"}).status_code == 403, "for whoever chooses a password only"
    client.get(url.removeprefix("http://localhost:8000"))
    assert client.post(METER, {"password": "bobbobbob"}).json()["score"] == 1


def test_the_meter_keeps_and_logs_nothing(client, alice, sign_in, caplog):
    sign_in(client, alice)
    caplog.set_level("DEBUG")
    answer = client.post(METER, {"password": NEW})
    assert NEW not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert NEW not in caplog.text
    assert NEW not in str(list(Event.objects.values())) + str(client.session.items())
    assert client.get(METER, {"password": NEW}).status_code == 405, "never in an address"


def test_the_meter_takes_a_post_with_its_token_only(alice, sign_in):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="credentials.backends.SignInBackend")
    assert strict.post(METER, {"password": NEW}).status_code == 403


def test_long_and_odd_passwords_are_weighed_quickly():
    import time

    begin = time.process_time()
    strength.score("4@8({[<369&#!1|7$5+%2 " * 50_000)
    assert time.process_time() - begin < 3
