"""Who uses a user, a person or a program, and the address to write to: known to the console only."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credentials import summary
from credentials.models import AccessKey
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, give_password, make_user
from tests.credentials.wizard import create, to_review
from tests.findings import lines
from users.models import InlinePolicy, ListPreferences, User

pytestmark = pytest.mark.django_db
UPDATE = "iamconsole:UpdateUserProfile"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def again(user):
    return User.objects.get(pk=user.pk)


def edit_url(user):
    return reverse("users:edit-user", args=[user.user_id])


def give_key(user, number=1):
    AccessKey.objects.create(user=user, slot=number, access_key_id=f"AKIA{user.pk:08}{number:08}")
    summary.refresh(user)


def test_what_is_left_out_stays_and_empty_takes_away(alice, charlie, caller):
    by = caller(alice)
    execute(by, UPDATE, UserName="charlie", UserType="workload", EmailAddress="ops@example.com")
    execute(by, UPDATE, UserName="charlie", UserType="person")
    assert (again(charlie).user_type, again(charlie).email) == ("person", "ops@example.com")
    execute(by, UPDATE, UserName="charlie", EmailAddress="")
    execute(by, UPDATE, UserName="charlie")
    assert (again(charlie).user_type, again(charlie).email) == ("person", "")
    execute(by, UPDATE, UserName="charlie", UserType="unset")
    assert again(charlie).user_type == ""
    assert Event.objects.filter(action=UPDATE, resource=charlie.arn, outcome="allowed").count() == 5


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"UserType": "robot"}, "ValidationError"),
        ({"UserType": ""}, "ValidationError"),
        ({"EmailAddress": "no address"}, "InvalidInput"),
        ({"EmailAddress": "a@" + "b" * 260}, "ValidationError"),
        ({"UserName": "nobody", "UserType": "person"}, "NoSuchEntity"),
    ],
)
def test_what_makes_no_sense_is_refused(alice, charlie, caller, params, code):
    with pytest.raises(IamError) as refused:
        execute(caller(alice), UPDATE, **{"UserName": "charlie", **params})
    assert refused.value.code == code
    assert (again(charlie).user_type, again(charlie).email) == ("", "")


def test_two_users_may_have_the_address_of_root(home, alice, bob, charlie, caller):
    address = User.objects.root_of(home).email
    for name in ("bob", "charlie"):
        execute(caller(alice), UPDATE, UserName=name, EmailAddress=address)
    assert again(bob).email == again(charlie).email == address


def test_an_imported_account_is_read_only(home, alice, charlie, caller):
    home.kind = "imported"
    home.save()
    charlie.account.refresh_from_db()
    alice.account.refresh_from_db()
    with pytest.raises(IamError, match="read-only"):
        execute(caller(alice), UPDATE, UserName="charlie", UserType="person")


def test_the_own_address_is_everybody_s_and_the_type_is_not(client, bob, caller, sign_in):
    for params in ({"UserType": "workload"}, {"UserType": "unset", "EmailAddress": "b@example.com"}):
        with pytest.raises(AccessDenied):
            execute(caller(bob), UPDATE, **params)
    sign_in(client, bob)
    assert "Add e-mail address" in client.get("/me/").content.decode()
    url = reverse("credentials:own-email-address")
    wrong = client.post(url, {"email": "bob at home"})
    assert "This is not an e-mail address." in wrong.content.decode()
    answer = client.post(url, {"email": "bob@example.com"}, follow=True)
    assert "bob@example.com is saved but not confirmed" in answer.content.decode()
    assert (again(bob).email, again(bob).unconfirmed_email) == ("", "bob@example.com")
    assert client.get(edit_url(bob)).status_code == 403
    client.post(url, {"email": ""})
    assert (again(bob).email, again(bob).unconfirmed_email) == ("", "")


def test_root_s_address_is_not_changed_there(client, home, sign_in):
    root = User.objects.root_of(home)
    sign_in(client, root)
    assert client.get(reverse("credentials:own-email-address")).status_code == 400
    client.post(reverse("credentials:own-email-address"), {"email": "evil@example.com"})
    assert again(root).email == root.email
    assert "Add e-mail address" not in client.get("/me/").content.decode()


def test_type_and_name_are_saved_together_or_not_at_all(as_alice, alice, charlie):
    sent = {"user_name": "etl", "path": "/", "user_type": "workload", "email": "data@example.com"}
    taken = as_alice.post(edit_url(charlie), {**sent, "user_name": "ALICE"})
    assert "User with name ALICE already exists." in taken.content.decode()
    assert (again(charlie).user_type, again(charlie).user_name) == ("", "charlie")
    answer = as_alice.post(edit_url(charlie), sent, follow=True)
    text = answer.content.decode()
    assert "User etl was saved." in text
    assert "Workload" in text
    assert "data@example.com" in text
    changed = again(charlie)
    assert (changed.user_name, changed.user_type, changed.email) == ("etl", "workload", "data@example.com")
    same = as_alice.post(edit_url(charlie), sent, follow=True)
    assert "User etl was not changed." in same.content.decode()
    wrong = as_alice.post(edit_url(charlie), {**sent, "user_type": "robot"})
    assert "robot is not a type." in wrong.content.decode()


def test_who_may_only_say_who_uses_it_sees_only_that(client, home, charlie, sign_in):
    henry = make_user(home, "henry", password=PASSWORD)
    statement = {"Effect": "Allow", "Action": ["iam:GetUser", UPDATE], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    InlinePolicy.objects.create(user=henry, policy_name="p", name_folded="p", document=document)
    sign_in(client, henry)
    page = client.get(edit_url(charlie)).content.decode()
    assert "Used by" in page
    assert "Name and path are part of the ARN." not in page
    client.post(edit_url(charlie), {"user_type": "person", "user_name": "stolen"})
    assert (again(charlie).user_type, again(charlie).user_name) == ("person", "charlie")


def test_the_wizard_asks_and_warns(as_alice):
    review = to_review(as_alice, "etl", user_type="workload", console_access="on")
    text = as_alice.get(review).content.decode()
    assert "Console access for a workload" in text
    assert "iamconsole:UpdateUserProfile" in text
    create(as_alice, "etl\nmailer", user_type="workload", access_key="on")
    found = User.objects.filter(user_name__in=["etl", "mailer"])
    assert [user.user_type for user in found] == ["workload", "workload"]
    review = to_review(as_alice, "ana", user_type="person", access_key="on")
    assert "Access key for a person" in as_alice.get(review).content.decode()
    create(as_alice, "dora", console_access="on")
    assert User.objects.get(user_name="dora").user_type == ""


def test_the_list_has_a_column_and_a_filter(as_alice, alice, bob, charlie):
    User.objects.filter(pk=charlie.pk).update(user_type="workload", email="ops@example.com")
    User.objects.filter(pk=alice.pk).update(user_type="person")
    ListPreferences.objects.create(user=alice, columns=["user_name", "user_type", "email"])
    found = {}
    for kind in ("workload", "person", "unset"):
        text = as_alice.get(reverse("users:list"), {"type": kind}).content.decode()
        found[kind] = [name for name in ("alice", "bob", "charlie") if f'title="{name}"' in text]
    assert found == {"workload": ["charlie"], "person": ["alice"], "unset": ["bob"]}
    text = as_alice.get(reverse("users:list"), {"type": "workload"}).content.decode()
    assert "Used by: workload" in text
    assert "ops@example.com" in text
    wrong = as_alice.get(reverse("users:list"), {"type": "robot"}).content.decode()
    assert "A filter of this address makes no sense" in wrong
    export = as_alice.get(reverse("users:export", args=["exact"]), {"type": "workload"})
    lines = b"".join(export.streaming_content).decode().splitlines()
    assert lines == ["user_name,user_type,email", "charlie,workload,ops@example.com"]


def test_the_columns_cost_no_query(as_alice, alice, home):
    ListPreferences.objects.create(user=alice, columns=["user_name", "user_type", "email"])

    def queries():
        with CaptureQueriesContext(connection) as kept:
            as_alice.get(reverse("users:list"), {"type": "workload"})
        return len(kept)

    User.objects.filter(pk=make_user(home, "w0").pk).update(user_type="workload")
    queries()  # what is looked up once per process
    few = queries()
    for number in range(1, 20):
        make_user(home, f"w{number}")
    User.objects.filter(user_name__startswith="w").update(user_type="workload")
    assert queries() == few


def test_recommendations_tell_people_from_programs(home, as_alice, bob, charlie):
    assert not [title for title in lines(home) if "orkload" in title or "erson" in title]
    User.objects.filter(pk=bob.pk).update(user_type="workload")
    User.objects.filter(pk=charlie.pk).update(user_type="person")
    give_key(charlie)
    found = lines(home)
    assert found["Person with long-term access keys"].number == 1
    assert found["Workload with console access"].number == 1
    text = as_alice.get(found["Workload with console access"].url).content.decode()
    assert ">bob<" in text
    assert ">charlie<" not in text


def test_a_workload_without_a_password_needs_no_mfa(home, alice, charlie):
    User.objects.filter(pk=charlie.pk).update(user_type="workload")
    give_key(charlie)
    assert lines(home)["User can sign in without MFA"].number == 1  # Alice
    give_password(again(charlie))
    assert lines(home)["User can sign in without MFA"].number == 2


def test_advice_on_the_credentials_and_before_a_key(as_alice, bob, charlie):
    def page(name, user):
        return as_alice.get(reverse(f"credentials:{name}", args=[user.user_id])).content.decode()

    for user in (bob, charlie):
        give_key(user)
    assert "long-term access keys." not in page("user-security-credentials", bob)
    User.objects.filter(pk=bob.pk).update(user_type="person")
    assert "A person uses long-term access keys." in page("user-security-credentials", bob)
    assert "aws sso login" in page("create-access-key", bob)
    User.objects.filter(pk=bob.pk).update(user_type="workload")
    text = page("user-security-credentials", bob)
    assert "A workload has console access." in text
    assert "Roles Anywhere" in text
    before = page("create-access-key", bob)
    assert "This user is a workload." in before
    assert "OpenID Connect federation, for example from GitHub Actions" in before
