"""Creating a user on one page: ways in, names, passwords, permissions, all or nothing."""

import re
from html import unescape

import pytest
from django.urls import reverse

from credentials.models import AccessKey, LoginProfile
from iamconsole.models import Event, OneTimeSecret
from tests.cast import ADMINISTRATOR_ACCESS
from users.models import ManagedPolicy, PasswordPolicy, PolicyAttachment, User

pytestmark = pytest.mark.django_db
CREATE = reverse("credentials:create-user")
CHANGE_PASSWORD = "arn:aws:iam::aws:policy/IAMUserChangePassword"
GOOD = "fresh-Horse-9-stable"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def create(client, name="dora", **fields):
    sent = {"user_name": name, "password_kind": "generated", **fields}
    return client.post(CREATE, {key: value for key, value in sent.items() if value is not None})


def shown(client, answer):
    """The text of the secret-once page that an answer leads to."""
    assert answer.status_code == 302, re.findall(r"ui-field-error.*?</p>", answer.content.decode(), re.S)
    return client.get(answer["Location"]).content.decode()


def values(text):
    rows = re.findall(r'<dt>([^<]+)</dt>.*?class="ui-secret-value">([^<]*)<', text, re.S)
    return {label: unescape(value) for label, value in rows}


def policies_of(name):
    return set(PolicyAttachment.objects.filter(user__user_name=name).values_list("policy__arn", flat=True))


def test_a_person_gets_a_password_that_works(as_alice, client, home, sign_in):
    answer = create(as_alice, console_access="on", reset_required="on")
    secrets = values(shown(as_alice, answer))
    assert secrets["Console sign-in URL"].endswith("/signin/?account=northwind")
    assert secrets["User name"] == "dora"
    assert len(secrets["Console password"]) == 20
    assert "Access key ID" not in secrets
    dora = User.objects.get(user_name="dora")
    assert dora.login_profile.password_reset_required
    assert not dora.access_keys.exists()
    client.logout()
    sign_in(client, dora, password=secrets["Console password"])


def test_a_program_gets_a_key_and_no_password(as_alice):
    secrets = values(shown(as_alice, create(as_alice, access_key="on")))
    key = AccessKey.objects.get(user__user_name="dora")
    assert secrets["Access key ID"] == key.access_key_id
    assert len(secrets["Secret access key"]) == 40
    assert "Console password" not in secrets
    assert not LoginProfile.objects.filter(user=key.user).exists()


def test_both_ways_in_with_path_and_policies(as_alice):
    answer = create(
        as_alice, path="/staff/", console_access="on", access_key="on", policies=[ADMINISTRATOR_ACCESS]
    )
    secrets = values(shown(as_alice, answer))
    assert {"Console password", "Secret access key"} <= set(secrets)
    dora = User.objects.get(user_name="dora")
    assert dora.arn == "arn:aws:iam::100000000001:user/staff/dora"
    assert policies_of("dora") == {ADMINISTRATOR_ACCESS}
    assert not dora.login_profile.password_reset_required
    actions = Event.objects.filter(resource=dora.arn, outcome="allowed").order_by("at")
    assert {event.action for event in actions} == {
        "iam:CreateUser",
        "iam:CreateLoginProfile",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
    }


def test_neither_way_in_is_refused(as_alice):
    answer = create(as_alice)
    assert "Choose console access, an access key, or both" in answer.content.decode()
    assert not User.objects.filter(user_name="dora").exists()


@pytest.mark.parametrize("allowed", [True, False])
def test_who_must_change_the_password_may_do_so(as_alice, home, allowed):
    PasswordPolicy.objects.create(account=home, allow_users_to_change_password=allowed)
    create(as_alice, console_access="on", reset_required="on")
    assert policies_of("dora") == (set() if allowed else {CHANGE_PASSWORD})


def test_without_a_password_policy_change_password_is_attached_once(as_alice):
    create(as_alice, console_access="on", reset_required="on", policies=[CHANGE_PASSWORD])
    assert policies_of("dora") == {CHANGE_PASSWORD}
    create(as_alice, "emil", console_access="on")
    assert policies_of("emil") == set()


@pytest.mark.parametrize("name", ["Bob", "BOB", "bob"])
def test_names_that_differ_only_by_case_are_refused_at_the_field(as_alice, bob, name):
    answer = create(as_alice, name, path="/x/", access_key="on", policies=[ADMINISTRATOR_ACCESS])
    text = answer.content.decode()
    assert f"User with name {name} already exists." in text
    assert 'id="id_user_name_error"' in text
    # Everything typed is kept.
    assert f'value="{name}"' in text
    assert 'value="/x/"' in text
    assert re.search(r'name="access_key"[^>]*checked', text)
    assert re.search(rf'value="{ADMINISTRATOR_ACCESS}"[^>]*checked', text)
    assert User.objects.filter(name_folded="bob").count() == 1


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "Enter a user name."),
        ("a b", "“a b” has characters that a user name cannot have"),
        ("zoë", "“zoë” has characters"),
        ("a/b", "“a/b” has characters"),
        ("x" * 65, "A user name has up to 64 characters; this one has 65."),
    ],
)
def test_other_names_are_refused_with_the_remedy(as_alice, name, error):
    text = create(as_alice, name, access_key="on").content.decode()
    assert error in text
    assert 'id="id_user_name_error"' in text
    assert not AccessKey.objects.exists()


@pytest.mark.parametrize("name", ["x" * 64, "a+b=c,d.e@f_g-h"])
def test_names_at_the_limits_are_taken(as_alice, name):
    assert create(as_alice, name, access_key="on").status_code == 302
    assert User.objects.filter(user_name=name).exists()


def test_a_wrong_path_is_refused_at_its_field(as_alice):
    text = create(as_alice, path="staff", access_key="on").content.decode()
    assert 'id="id_path_error"' in text
    assert "It must begin and end with /" in text


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("", "Enter the custom password"),
        ("short", "At least 8 characters"),
        ("onlysmallletters", "At least 3 of"),
        ("fresh-Horse-9-\u4e2d", "Member must satisfy regular expression pattern"),
    ],
)
def test_a_custom_password_is_held_against_the_rules(as_alice, password, error):
    answer = create(as_alice, console_access="on", password_kind="custom", password=password)
    text = answer.content.decode()
    assert error in text
    assert 'id="id_password_error"' in text
    assert not User.objects.filter(user_name="dora").exists()


def test_a_typed_password_never_comes_back(as_alice):
    answer = create(as_alice, "a b", console_access="on", password_kind="custom", password=GOOD)
    assert GOOD not in answer.content.decode()


def test_a_custom_password_is_the_one_that_works(as_alice, client, sign_in):
    answer = create(as_alice, console_access="on", password_kind="custom", password=GOOD)
    assert values(shown(as_alice, answer))["Console password"] == GOOD
    client.logout()
    sign_in(client, User.objects.get(user_name="dora"), password=GOOD)


def test_one_step_that_fails_undoes_all(as_alice):
    arns = list(ManagedPolicy.objects.values_list("arn", flat=True)[:11])
    answer = create(as_alice, console_access="on", access_key="on", policies=arns)
    assert "Cannot exceed quota for PoliciesPerUser: 10" in answer.content.decode()
    assert not User.objects.filter(user_name="dora").exists()
    assert not OneTimeSecret.objects.exists()


def test_the_rules_are_shown_before_typing(as_alice, home):
    PasswordPolicy.objects.create(account=home, minimum_password_length=17, require_symbols=True)
    text = as_alice.get(CREATE).content.decode()
    assert "At least 17 characters" in text
    assert "A symbol" in text


def test_only_who_may_create_users(client, bob, sign_in):
    assert client.get(CREATE).status_code == 302
    sign_in(client, bob)
    assert client.get(CREATE).status_code == 403
    assert create(client, access_key="on").status_code == 403
    assert not User.objects.filter(user_name="dora").exists()


def test_who_may_create_but_not_attach_creates_nothing(client, home, sign_in):
    from tests.cast import PASSWORD, make_user
    from users.models import InlinePolicy

    henry = make_user(home, "henry", password=PASSWORD)
    document = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",'
        ' "Action": ["iam:CreateUser", "iam:CreateAccessKey"]}]}'
    )
    InlinePolicy.objects.create(user=henry, policy_name="p", name_folded="p", document=document)
    sign_in(client, henry)
    answer = create(client, access_key="on", policies=[ADMINISTRATOR_ACCESS])
    assert "not authorized to perform: iam:AttachUserPolicy" in answer.content.decode()
    assert not User.objects.filter(user_name="dora").exists()
