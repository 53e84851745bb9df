"""The rules of a new password: the same list on every page, all failures at once, held again by the door."""

import json
import re

import pytest
from django.urls import reverse

from credentials.models import LoginProfile
from credentials.passwords import rules as passwords
from credentials.passwords import strength
from iamconsole.errors import IamError
from iamconsole.operations import execute
from tests.cast import PASSWORD
from users.models import PasswordPolicy, User

pytestmark = pytest.mark.django_db
STRICT = {
    "minimum_password_length": 16,
    "require_uppercase_characters": True,
    "require_lowercase_characters": True,
    "require_numbers": True,
    "require_symbols": True,
    "allow_users_to_change_password": True,
    "password_reuse_prevention": 5,
}


@pytest.fixture
def strict(home) -> PasswordPolicy:
    return PasswordPolicy.objects.create(account=home, **STRICT)


def rules_on(page: str) -> list[str]:
    return re.findall(r'data-rule="([a-z-]+)"', page)


def errors_at(answer, field: str) -> list[str]:
    return list(answer.context["form"].errors.get(field, []))


@pytest.fixture
def pages(client, alice, bob, charlie, sign_in):
    """Path of every page where a password is chosen -> its text; as the person who may open it."""
    LoginProfile.objects.filter(user=bob).update(password_reset_required=True)
    sign_in(client, bob)
    new = client.get(reverse("credentials:new-password"))
    LoginProfile.objects.filter(user=bob).update(password_reset_required=False)
    change = client.get(reverse("credentials:change-password"))
    client.logout()
    sign_in(client, alice)
    enable = client.get(reverse("credentials:console-access", args=[charlie.user_id]))
    reset = client.get(reverse("credentials:console-access", args=[bob.user_id]))
    create = client.get(reverse("credentials:create-user"), follow=True)
    return {
        name: answer.content.decode()
        for name, answer in {
            "new": new, "change": change, "enable": enable, "reset": reset, "create": create,
        }.items()
    }  # fmt: skip


def test_every_page_lists_the_rules_of_the_account(strict, pages):
    every = ["length", "upper", "lower", "digit", "symbol"]
    assert {name: rules_on(page) for name, page in pages.items()} == {
        "new": [*every, "server"],
        "change": [*every, "server"],
        "reset": [*every, "server"],
        "enable": every,  # nothing to come back
        "create": every,
    }
    for page in pages.values():
        assert 'data-min="16"' in page
        assert "data-reveal" in page


def test_roots_rules_are_iams_own(client, home, strict, sign_in):
    sign_in(client, User.objects.root_of(home))
    page = client.get(reverse("credentials:change-password")).content.decode()
    assert rules_on(page) == ["length", "kinds", "not-account"]


def test_the_page_knows_the_accounts_names_and_not_roots_address(client, home, sign_in, bob):
    LoginProfile.objects.filter(user=bob).update(password_reset_required=True)
    sign_in(client, bob)
    page = client.get(reverse("credentials:new-password")).content.decode()
    root = User.objects.root_of(home)
    assert root.email not in page
    rule = next(rule for rule in passwords.rules(home) if rule.id == "not-account")
    assert json.loads(rule.value) == [home.account_id, "northwind", "main"]
    assert not rule.met("NorthWind")
    assert not rule.met(root.email.upper())


def test_everything_wrong_with_an_own_new_password_is_told_at_once(client, bob, strict, sign_in):
    sign_in(client, bob)
    typed = {"current": PASSWORD, "new": "ŝort", "confirm": "other"}
    answer = client.post(reverse("credentials:change-password"), typed)
    assert answer.status_code == 400
    found = errors_at(answer, "new")
    assert [text for text in found if text.startswith("The password does not meet this rule: ")] == [
        "The password does not meet this rule: At least 16 characters.",
        "The password does not meet this rule: An uppercase letter (A–Z).",
        "The password does not meet this rule: A number (0–9).",
        f"The password does not meet this rule: A symbol ({passwords.SYMBOLS}).",
    ]
    assert "a character that IAM does not accept" in found[-1]
    assert errors_at(answer, "confirm")


def test_everything_wrong_with_a_reset_is_told_at_once(client, alice, bob, strict, sign_in):
    sign_in(client, alice)
    typed = {"do": "reset", "password_kind": "custom", "password": "x" * 129}
    answer = client.post(reverse("credentials:console-access", args=[bob.user_id]), typed)
    found = errors_at(answer, "password")
    assert len(found) == 5
    assert strength.GUESSABLE in found
    assert "The password has 129 characters. Use at most 128." in found
    assert User.objects.get(pk=bob.pk).check_password(PASSWORD)


def test_the_door_tells_rules_and_reuse_together(home, alice, bob, caller):
    PasswordPolicy.objects.create(
        account=home, minimum_password_length=30, require_symbols=True, password_reuse_prevention=2
    )
    with pytest.raises(IamError) as refusal:
        execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password=PASSWORD)
    assert refusal.value.message == "Password does not conform to the account password policy."
    assert refusal.value.broken == ["At least 30 characters", "Not one of the last 2 passwords"]


def test_reuse_alone_has_iams_sentence(home, alice, bob, strict, caller):
    PasswordPolicy.objects.update(minimum_password_length=8)
    with pytest.raises(IamError) as refusal:
        execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password=PASSWORD)
    assert "password reuse prevention" in refusal.value.message
    assert refusal.value.broken == ["Not one of the last 5 passwords"]
