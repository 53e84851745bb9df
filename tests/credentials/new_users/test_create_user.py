"""Creating one user: ways in, names, passwords, permissions, all or nothing."""

import json
import re
from html import unescape

import pytest

from credentials.models import AccessKey, LoginProfile
from iamconsole.models import Event, OneTimeSecret
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_user
from tests.credentials.wizard import begin, create, details_of, shown, step, to_review, values
from users.models import InlinePolicy, ManagedPolicy, PasswordPolicy, PolicyAttachment, User

pytestmark = pytest.mark.django_db
CHANGE_PASSWORD = "arn:aws:iam::aws:policy/IAMUserChangePassword"
GOOD = "fresh-Horse-9-stable"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


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
        as_alice,
        path="/staff/",
        console_access="on",
        access_key="on",
        picks={"policies": [ADMINISTRATOR_ACCESS]},
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
    create(as_alice, console_access="on", reset_required="on", picks={"policies": [CHANGE_PASSWORD]})
    assert policies_of("dora") == {CHANGE_PASSWORD}
    create(as_alice, "emil", console_access="on")
    assert policies_of("emil") == set()


@pytest.mark.parametrize("name", ["Bob", "BOB", "bob"])
def test_names_that_differ_only_by_case_are_refused_at_the_field(as_alice, bob, name):
    answer = create(as_alice, name, path="/x/", access_key="on", key_use="outside", key_description="ci")
    text = answer.content.decode()
    assert f"User with name {name} already exists." in text
    assert 'id="id_user_names_error"' in text
    # Everything typed is kept.
    assert f">\n{name}</textarea>" in text
    assert 'value="/x/"' in text
    assert 'value="ci"' in text
    assert re.search(r'name="access_key"[^>]*checked', text)
    assert re.search(r'value="outside"[^>]*checked', text)
    assert User.objects.filter(name_folded="bob").count() == 1


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "Enter a user name, or several"),
        (" \r\n\t", "Enter a user name, or several"),
        ("a b", "Line 1: “a b” has space."),
        ("zoë", "Line 1: “zoë” has ë. Use letters (A–Z, a–z), digits and"),
        ("a/b", "“a/b” has /."),
        ("ab\u200b", "has zero width space."),
        ("a\u2028b", "has line separator."),
        ("\u3000ab", "has ideographic space."),
        ("fine\r\n\r\nno\u0430", "Line 3: “no\u0430” has \u0430."),
        ("x" * 65, "has 65 characters. Use at most 64."),
        ("Ann\nbob\nANN", "Line 3: “ANN” is already on line 1."),
        ("\n".join(f"u{n}" for n in range(21)), "You entered 21 names. You can create up to 20 users"),
    ],
)
def test_other_names_are_refused_with_the_remedy(as_alice, name, error):
    text = unescape(create(as_alice, name, access_key="on").content.decode())
    assert error in text
    assert 'id="id_user_names_error"' in text
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
        ("fresh-Horse-9-\u4e2d", "a character that IAM does not accept"),
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
    review = to_review(as_alice, console_access="on", access_key="on", picks={"policies": arns[:10]})
    ManagedPolicy.objects.get(arn=arns[9]).delete()  # meanwhile, by somebody else
    answer = as_alice.post(review)
    assert f"Policy {arns[9]} does not exist or is not attachable." in answer.content.decode()
    assert not User.objects.filter(user_name="dora").exists()
    assert not OneTimeSecret.objects.filter(purpose="credentials").exists()
    # The draft is still there: what failed can be taken out.
    assert arns[0].rpartition("/")[2] in as_alice.get(review).content.decode()


def test_more_policies_than_the_quota_are_refused_at_their_step(as_alice):
    arns = list(ManagedPolicy.objects.values_list("arn", flat=True)[:11])
    answer = create(as_alice, access_key="on", picks={"policies": arns})
    assert "You chose 11 policies. A user can have up to 10." in answer.content.decode()


def test_the_rules_are_shown_before_typing(as_alice, home):
    PasswordPolicy.objects.create(account=home, minimum_password_length=17, require_symbols=True)
    text = as_alice.get(begin(as_alice)).content.decode()
    assert "At least 17 characters" in text
    assert "A symbol" in text


def test_who_may_not_create_users_is_told_at_the_name(client, bob, sign_in):
    assert begin(client).startswith("/signin/")
    sign_in(client, bob)
    details = begin(client)
    assert client.get(details).status_code == 200
    answer = client.post(details, details_of(access_key="on"))
    assert "not authorized to perform: iam:CreateUser" in answer.content.decode()
    assert 'id="id_user_names_error"' in answer.content.decode()
    assert Event.objects.filter(principal_arn=bob.arn, action="iam:CreateUser", outcome="denied").exists()
    for later in ("permissions", "tags", "review"):
        assert client.get(step(details, later)).status_code == 404
        assert client.post(step(details, later)).status_code == 404
    assert not User.objects.filter(user_name="dora").exists()


def with_policy(account, name, statement):
    henry = make_user(account, name, password=PASSWORD)
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    InlinePolicy.objects.create(user=henry, policy_name="p", name_folded="p", document=document)
    return henry


def test_who_may_create_but_not_attach_creates_nothing(client, home, sign_in):
    allowed = ["iam:CreateUser", "iam:CreateAccessKey", "iam:ListPolicies"]
    henry = with_policy(home, "henry", {"Effect": "Allow", "Resource": "*", "Action": allowed})
    sign_in(client, henry)
    review = to_review(client, access_key="on", picks={"policies": [ADMINISTRATOR_ACCESS]})
    page = client.get(review).content.decode()
    assert "You cannot do AttachUserPolicy for dora" in page
    assert not Event.objects.filter(outcome="denied").exists(), "nothing was asked for yet"
    answer = client.post(review)
    assert "not authorized to perform: iam:AttachUserPolicy" in answer.content.decode()
    assert not User.objects.filter(user_name="dora").exists()
    assert Event.objects.filter(action="iam:AttachUserPolicy", outcome="denied").exists()


def test_an_administrator_of_one_path_creates_users_there_and_nowhere_else(client, home, sign_in):
    there = f"arn:aws:iam::{home.account_id}:user/eng/*"
    henry = with_policy(home, "henry", {"Effect": "Allow", "Resource": there, "Action": "iam:*"})
    sign_in(client, henry)
    refused = create(client, access_key="on", path="/ops/")
    assert f"on resource: arn:aws:iam::{home.account_id}:user/ops/dora" in refused.content.decode()
    answer = create(client, access_key="on", path="/eng/")
    assert "Secret access key" in values(shown(client, answer))
    assert User.objects.get(user_name="dora").path == "/eng/"


def test_who_is_held_to_a_boundary_creates_users_with_it(client, home, sign_in):
    """The delegation of IAM's own guide: create and attach only where the boundary is set."""
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    only = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    some = ["iam:CreateUser", "iam:AttachUserPolicy"]
    statements = [
        {"Effect": "Allow", "Resource": "*", "Action": some, "Condition": only},
        {"Effect": "Allow", "Resource": "*", "Action": ["iam:ListPolicies", "iam:CreateAccessKey"]},
    ]
    henry = with_policy(home, "henry", statements)
    sign_in(client, henry)
    audit = "arn:aws:iam::aws:policy/SecurityAudit"
    refused = create(client, access_key="on", picks={"policies": [audit]})
    assert "not authorized to perform: iam:CreateUser" in refused.content.decode()
    assert not User.objects.filter(user_name="dora").exists()
    answer = create(client, access_key="on", picks={"policies": [audit], "boundary": [boundary]})
    assert answer.status_code == 302
    dora = User.objects.get(user_name="dora")
    assert (dora.permissions_boundary.arn, policies_of("dora")) == (boundary, {audit})
