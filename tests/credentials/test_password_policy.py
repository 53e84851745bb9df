"""Account settings and the password policy: nine fields, saved whole, each within IAM's range."""

import json
import re

import pytest

from iamconsole.models import Event
from tests.cast import PASSWORD, make_account, make_user
from users.models import InlinePolicy, PasswordPolicy

pytestmark = pytest.mark.django_db
SETTINGS, EDIT = "/account/", "/account/password-policy/"
WHOLE = {
    "minimum_password_length": "14",
    "require_symbols": "on",
    "require_numbers": "on",
    "require_uppercase_characters": "on",
    "require_lowercase_characters": "on",
    "allow_users_to_change_password": "on",
    "max_password_age": "90",
    "password_reuse_prevention": "24",
    "hard_expiry": "on",
}


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def saved(account):
    row = PasswordPolicy.objects.get(account=account)
    return {name: getattr(row, name) for name in WHOLE}


def test_the_account_is_shown_with_its_sign_in_link(as_alice):
    page = as_alice.get(SETTINGS).content.decode()
    assert "100000000001" in page
    assert "/signin/?account=northwind" in page
    assert "IAM default" in page
    assert "8 characters" in page


def test_the_sign_in_link_fills_the_account_in(client, home):
    page = client.get("/signin/?account=northwind").content.decode()
    assert re.search(
        r'<input[^>]*name="account"[^>]*value="northwind"|value="northwind"[^>]*name="account"', page
    )


def test_every_field_is_saved_and_shown(as_alice, home):
    assert as_alice.post(EDIT, WHOLE).url == SETTINGS
    assert saved(home) == {name: int(value) if value.isdigit() else True for name, value in WHOLE.items()}
    page = as_alice.get(SETTINGS).content.decode()
    for text in ("14 characters", "An upper-case letter, a lower-case letter, a number, a symbol", "After 90 days",
                 "An administrator has to reset it", "The last 24 may not come back"):  # fmt: skip
        assert text in page, text
    form = as_alice.get(EDIT).content.decode()
    assert form.count("checked") == 6
    assert 'value="90"' in form


def test_what_is_left_out_goes_back_to_its_default(as_alice, home):
    as_alice.post(EDIT, WHOLE)
    as_alice.post(EDIT, {"minimum_password_length": "6"})
    assert saved(home) == {**dict.fromkeys(WHOLE, False), "minimum_password_length": 6,
                           "max_password_age": None, "password_reuse_prevention": None}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("minimum_password_length", "5", "from 6 to 128"),
        ("minimum_password_length", "129", "from 6 to 128"),
        ("minimum_password_length", "", "from 6 to 128"),
        ("minimum_password_length", "x", "whole number"),
        ("max_password_age", "0", "from 1 to 1095"),
        ("max_password_age", "1096", "from 1 to 1095"),
        ("max_password_age", "-1", "from 1 to 1095"),
        ("password_reuse_prevention", "0", "from 1 to 24"),
        ("password_reuse_prevention", "25", "from 1 to 24"),
    ],
)
def test_each_number_has_its_range(as_alice, field, value, said):
    answer = as_alice.post(EDIT, {**WHOLE, field: value})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not PasswordPolicy.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("minimum_password_length", "6"), ("minimum_password_length", "128"), ("max_password_age", "1"),
     ("max_password_age", "1095"), ("password_reuse_prevention", "1"), ("password_reuse_prevention", "24")],
)  # fmt: skip
def test_the_ends_of_a_range_belong_to_it(as_alice, home, field, value):
    assert as_alice.post(EDIT, {**WHOLE, field: value}).status_code == 302
    assert saved(home)[field] == int(value)


def test_back_to_the_default_is_confirmed_and_recorded(as_alice, home):
    as_alice.post(EDIT, WHOLE)
    page = as_alice.get(EDIT).content.decode()
    assert page.index("The custom policy is deleted.") < page.index("Delete the custom policy")
    assert as_alice.post(EDIT, {"do": "default"}).url == SETTINGS
    assert "IAM default" in as_alice.get(SETTINGS).content.decode()
    assert Event.objects.filter(action="iam:DeleteAccountPasswordPolicy", outcome="allowed").count() == 1
    assert "Delete the custom policy" not in as_alice.get(EDIT).content.decode()


def test_going_back_twice_is_told_and_not_done_twice(as_alice):
    answer = as_alice.post(EDIT, {"do": "default"}, follow=True)
    assert "cannot be found" in answer.content.decode()


def test_the_policy_of_another_account_stays(as_alice, home):
    other = make_account("222222222222")
    PasswordPolicy.objects.create(account=other, minimum_password_length=33)
    as_alice.post(EDIT, WHOLE)
    as_alice.post(EDIT, {"do": "default"})
    assert PasswordPolicy.objects.get().minimum_password_length == 33


def test_nobody_without_the_right_to_changes_it(client, bob, home, sign_in):
    sign_in(client, bob)
    for form in (WHOLE, {"do": "default"}):
        assert client.post(EDIT, form).status_code == 403
    assert not PasswordPolicy.objects.exists()


def test_whoever_may_only_save_cannot_delete(client, home, sign_in):
    dora = make_user(home, "dora", password=PASSWORD)
    allow = {"Effect": "Allow", "Action": ["iam:UpdateAccountPasswordPolicy", "iam:GetAccountSummary"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Resource": "*"}]})
    InlinePolicy.objects.create(user=dora, policy_name="p", name_folded="p", document=document)
    sign_in(client, dora)
    assert client.post(EDIT, WHOLE).status_code == 302
    client.post(EDIT, {"do": "default"})
    assert PasswordPolicy.objects.exists()
