"""The console password of a user, by an administrator: enabled, reset, removed."""

import json
import re
from html import unescape

import pytest
from django.urls import reverse

from credentials.models import LoginProfile
from iamconsole.models import Event
from tests.cast import PASSWORD, make_account, make_user
from tests.client import Client
from users.models import InlinePolicy, PasswordPolicy, PolicyAttachment

pytestmark = pytest.mark.django_db
NEW = "fresh-Horse-9-stable"


def url(user):
    return reverse("credentials:console-access", args=[user.user_id])


def send(client, user, do, **fields):
    return client.post(url(user), {"do": do, "password_kind": "custom", "password": NEW, **fields})


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def test_enable_shows_the_password_once_and_it_works(as_alice, charlie, sign_in):
    assert "Enable console access" in as_alice.get(url(charlie)).content.decode()
    answer = as_alice.post(url(charlie), {"do": "enable", "password_kind": "generated"})
    text = as_alice.get(answer["Location"]).content.decode()
    password = re.search(r"Console password</dt>.*?value\">([^<]+)<", text, re.S).group(1)
    charlie.refresh_from_db()
    assert charlie.password_enabled
    sign_in(Client(), charlie, password=unescape(password))


def test_reset_ends_sessions_and_demands_a_new_one(as_alice, bob, sign_in):
    bobs = sign_in(Client(), bob)
    answer = send(as_alice, bob, "reset", reset_required="on")
    assert answer.status_code == 302
    profile = LoginProfile.objects.get(user=bob)
    assert profile.password_reset_required
    assert bobs.get(reverse("users:list")).status_code == 302, "the old session goes on"
    # Bob's account does not let users change passwords, so he is given the right to.
    assert PolicyAttachment.objects.filter(user=bob, policy__policy_name="IAMUserChangePassword").exists()


def test_reset_attaches_nothing_where_the_account_allows_changes(as_alice, home, bob):
    PasswordPolicy.objects.create(account=home, allow_users_to_change_password=True)
    send(as_alice, bob, "reset", reset_required="on")
    assert not PolicyAttachment.objects.filter(user=bob).exists()


def test_a_password_that_breaks_rules_is_refused_at_its_field(as_alice, bob):
    answer = send(as_alice, bob, "reset", password="short")
    text = answer.content.decode()
    assert "At least 8 characters" in text
    assert 'id="id_password_error"' in text
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_a_former_password_is_refused_by_the_door(as_alice, home, bob):
    PasswordPolicy.objects.create(account=home, password_reuse_prevention=3, minimum_password_length=8)
    text = send(as_alice, bob, "reset", password=PASSWORD).content.decode()
    assert "Not one of the last 3 passwords" in text


def test_remove_ends_sessions_and_leaves_keys(as_alice, bob, sign_in):
    bobs = sign_in(Client(), bob)
    assert 'value="remove"' not in as_alice.get(url(bob)).content.decode()  # it asks first
    assert 'value="remove"' in as_alice.get(url(bob), {"ask": "remove"}).content.decode()
    answer = as_alice.post(url(bob), {"do": "remove"}, follow=True)
    assert "The console password of bob was removed." in answer.content.decode()
    assert not LoginProfile.objects.filter(user=bob).exists()
    assert bobs.get(reverse("users:list")).status_code == 302


def test_nobody_removes_the_own_password(as_alice, alice):
    answer = as_alice.post(url(alice), {"do": "remove"}, follow=True)
    assert "You cannot remove the password you are signed in with." in answer.content.decode()
    assert LoginProfile.objects.filter(user=alice).exists()


def test_enabling_twice_is_refused(as_alice, bob):
    assert "already exists" in send(as_alice, bob, "enable").content.decode()


def test_bob_and_other_accounts(as_alice, bob, charlie, sign_in):
    eve = make_user(make_account("222222222222"), "eve")
    assert as_alice.get(url(eve)).status_code == 404
    assert send(as_alice, eve, "enable").status_code == 404
    bobs = sign_in(Client(), bob)
    for target in (charlie, bob):
        assert bobs.get(url(target)).status_code == 403
        assert send(bobs, target, "reset").status_code == 403
        assert bobs.post(url(target), {"do": "remove"}).status_code == 403
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)
    assert not LoginProfile.objects.filter(user__in=[eve, charlie]).exists()


def test_who_may_only_remove_cannot_reset(home, bob, sign_in):
    henry = make_user(home, "henry", password=PASSWORD)
    statement = {"Effect": "Allow", "Action": "iam:DeleteLoginProfile", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    InlinePolicy.objects.create(user=henry, policy_name="p", name_folded="p", document=document)
    henrys = sign_in(Client(), henry)
    page = henrys.get(url(bob)).content.decode()
    assert "Remove console access" in page
    assert 'value="reset"' not in page
    answer = send(henrys, bob, "reset")
    assert "not authorized to perform: iam:UpdateLoginProfile" in answer.content.decode()
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)
    assert Event.objects.filter(action="iam:UpdateLoginProfile", outcome="denied").exists()
