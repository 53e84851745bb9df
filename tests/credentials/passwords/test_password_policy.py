"""Account settings and the password policy: nine fields, saved whole, each within IAM's range; and what
a change of them does to passwords that exist.
"""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey, LoginProfile, PasswordHistory
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, give_password, make_account, make_user
from tests.client import Client
from users.models import InlinePolicy, PasswordPolicy, User

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
    for text in ("14 characters", "An uppercase letter, a lowercase letter, a number, a symbol", "After 90 days",
                 "An administrator has to reset it", "The last 24 cannot be reused"):  # fmt: skip
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


# What a change of the policy does to passwords that exist (IAM-FACTS 4).


def aged(user, **age) -> None:
    """Let the password of a user have been set that long ago."""
    since = timezone.now() - timedelta(**age)
    LoginProfile.objects.filter(user=user).update(password_last_changed=since)
    User.objects.filter(pk=user.pk).update(password_last_changed=since)


def own_change(client, new, old=PASSWORD, url="/me/password/"):
    return client.post(url, {"current": old, "new": new, "confirm": new})


@pytest.mark.parametrize(
    ("rule", "fails", "fits"),
    [
        ({"minimum_password_length": 40}, "fresh-Lantern-42-x", "fresh-Lantern-42-x-and-more-of-the-same-kind"),
        ({"require_symbols": True}, "freshLantern42xyz", "fresh-Lantern-42-x"),
        ({"require_numbers": True}, "fresh-Lantern-of-mine", "fresh-Lantern-42-x"),
        ({"require_uppercase_characters": True}, "fresh-lantern-42-x", "fresh-Lantern-42-x"),
        ({"require_lowercase_characters": True}, "FRESH-LANTERN-42-XYZ", "fresh-Lantern-42-x"),
    ],
)  # fmt: skip
def test_length_and_classes_bind_at_the_next_change(bob, home, sign_in, rule, fails, fits):
    old = "plain words 7 of mine" if "require_symbols" in rule else PASSWORD
    give_password(bob, old)
    client = sign_in(Client(), bob, old)
    PasswordPolicy.objects.create(account=home, allow_users_to_change_password=True, **rule)
    assert client.get("/me/").status_code == 200, "the session goes on"
    assert sign_in(Client(), bob, old).get("/me/").status_code == 200, "and the password signs in"
    answer = own_change(client, fails, old)
    assert answer.status_code == 400
    assert "The password does not meet this rule" in answer.content.decode()
    assert own_change(client, fits, old).status_code == 302


def test_expiry_binds_at_once_for_passwords_that_exist(bob, home, sign_in):
    aged(bob, days=91)
    client = sign_in(Client(), bob)
    assert client.get("/me/").status_code == 200
    policy = PasswordPolicy.objects.create(account=home, max_password_age=90)
    due = reverse("credentials:new-password")
    assert client.get("/me/").url == due, "in an open session too"
    assert sign_in(Client(), bob).get("/me/").url == due
    assert "Your password has expired. Set a new one to continue." in client.get(due).content.decode()
    policy.max_password_age = 92
    policy.save()
    assert client.get("/me/").status_code == 200, "and a longer age binds at once as well"
    policy.max_password_age = 90
    policy.save()
    assert own_change(client, "fresh-Lantern-42-x", url=due).status_code == 302
    assert client.get("/me/").status_code == 200


def test_age_is_counted_from_the_last_change(bob, home, alice, caller, sign_in):
    PasswordPolicy.objects.create(account=home, max_password_age=90)
    aged(bob, days=89, hours=23)
    assert sign_in(Client(), bob).get("/me/").status_code == 200
    aged(bob, days=90, minutes=1)
    execute(caller(alice), "UpdateLoginProfile", UserName="bob", PasswordResetRequired=False)
    assert sign_in(Client(), bob).get("/me/").status_code == 302, "saying something else of it is no change"
    execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password="fresh-Lantern-42-x")
    assert sign_in(Client(), bob, "fresh-Lantern-42-x").get("/me/").status_code == 200


def test_hard_expiry_leaves_it_to_an_administrator_and_says_so(bob, home, sign_in):
    PasswordPolicy.objects.create(
        account=home, max_password_age=90, hard_expiry=True, allow_users_to_change_password=True
    )
    aged(bob, days=91)
    client = sign_in(Client(), bob)
    due = reverse("credentials:new-password")
    page = client.get("/me/password/", follow=True).content.decode()
    assert "An administrator has to reset it." in page
    assert 'name="new"' not in page
    own_change(client, "fresh-Lantern-42-x", url=due)
    own_change(client, "fresh-Lantern-42-x")
    assert User.objects.get(pk=bob.pk).check_password(PASSWORD)


def test_hard_expiry_does_not_bind_before_the_password_expires(bob, home, sign_in):
    PasswordPolicy.objects.create(
        account=home, max_password_age=90, hard_expiry=True, allow_users_to_change_password=True
    )
    aged(bob, days=80)
    assert own_change(sign_in(Client(), bob), "fresh-Lantern-42-x").status_code == 302


@pytest.mark.parametrize(
    ("age", "said"),
    [
        ({"days": 74, "hours": 23}, ""),
        ({"days": 75, "minutes": 1}, "Your password expires in 14 days"),
        ({"days": 88, "hours": 1}, "Your password expires in 1 day,"),
        ({"days": 89, "hours": 1}, "Your password expires within a day"),
    ],
)
def test_the_last_15_days_are_warned_of(bob, home, sign_in, age, said):
    PasswordPolicy.objects.create(account=home, max_password_age=90)
    aged(bob, **age)
    client = sign_in(Client(), bob)
    first = client.get("/", follow=True).content.decode()
    assert ("Change it under My security credentials." in first) == bool(said), "right after signing in"
    page = client.get("/me/").content.decode()
    assert said in page
    assert ("Your password expires" in page) == bool(said)


@pytest.mark.parametrize("limit", [1, 3])
def test_reuse_prevention_remembers_the_last_n(bob, home, sign_in, limit):
    """The current one counts among them."""
    give_password(bob, "first-Lantern-1-x")
    for number, name in enumerate(("second", "third", "fourth"), start=2):
        give_password(bob, f"{name}-Lantern-{number}-x")
    PasswordPolicy.objects.create(
        account=home,
        minimum_password_length=8,
        allow_users_to_change_password=True,
        password_reuse_prevention=limit,
    )
    former = ["fourth-Lantern-4-x", "third-Lantern-3-x", "second-Lantern-2-x", "first-Lantern-1-x"]
    client = sign_in(Client(), bob, former[0])
    for old in former[1:limit]:
        answer = own_change(client, old, former[0])
        assert answer.status_code == 400
        assert f"Not one of the last {limit} passwords" in answer.content.decode()
    assert own_change(client, former[limit], former[0]).status_code == 302


def test_24_are_remembered_and_no_more(bob):
    for number in range(30):
        give_password(bob, f"fresh-Lantern-{number}-x")
    assert PasswordHistory.objects.filter(user=bob).count() == 24


def test_the_policy_does_not_touch_access_keys_or_root(bob, home, alice, caller, sign_in):
    execute(caller(alice), "CreateAccessKey", UserName="bob")
    root = User.objects.root_of(home)
    PasswordPolicy.objects.create(account=home, max_password_age=90, hard_expiry=True)
    aged(bob, days=400)
    aged(root, days=400)
    assert AccessKey.objects.get(user=bob).active
    assert sign_in(Client(), root).get("/me/").status_code == 200
