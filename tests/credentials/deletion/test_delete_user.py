"""Deleting a user: everything that goes is listed, the name is typed, all steps or none."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey, LoginProfile, VirtualMFADevice
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from users.models import Group, GroupMembership, InlinePolicy, User

pytestmark = pytest.mark.django_db
DOCUMENT = '{"Version": "2012-10-17", "Statement": []}'


def url(user):
    return reverse("credentials:delete-user", args=[user.user_id])


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def dora(home, alice, caller):
    """Has everything a user can have."""
    user = make_user(home, "Dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    for _ in range(2):
        execute(caller(alice), "CreateAccessKey", UserName="Dora")
    key_id = user.access_keys.first().access_key_id
    execute(caller(alice), "UpdateAccessKey", UserName="Dora", AccessKeyId=key_id, Status="Inactive")
    device = VirtualMFADevice(
        account=home, user=user, name="phone", serial_number=f"arn:aws:iam::{home.account_id}:mfa/phone"
    )
    device.enable_date = timezone.now()
    device.save()
    InlinePolicy.objects.create(user=user, policy_name="mine", name_folded="mine", document=DOCUMENT)
    group = Group.objects.create(account=home, group_name="ops", name_folded="ops", group_id="AGPA1")
    GroupMembership.objects.create(group=group, user=user)
    user.tags = {"team": "web", "owner": "x"}
    user.save()
    return user


def test_everything_is_listed_in_the_documented_order(as_alice, dora):
    text = as_alice.get(url(dora)).content.decode().partition("<main")[2]
    order = [
        "Console password",
        "Access keys",
        "Signing certificates",
        "SSH public keys",
        "Credentials for AWS services",
        "MFA devices",
        "Inline policies",
        "Attached policies",
        "Group memberships",
        "The user and its 2 tags",
    ]
    places = [text.index(what) for what in order]
    assert places == sorted(places)
    for name in (
        "mine",
        "AdministratorAccess",
        "ops",
        "mfa/phone",
        "the group is not deleted",
        "the policy is not deleted",
    ):
        assert name in text
    for key in AccessKey.objects.filter(user=dora):
        assert key.access_key_id in text


def test_all_of_it_goes_and_each_step_is_an_event(as_alice, dora):
    answer = as_alice.post(url(dora), {"confirm": "Dora"}, follow=True)
    assert "User Dora was deleted." in answer.content.decode()
    assert not User.objects.filter(user_name="Dora").exists()
    assert not AccessKey.objects.exists()
    assert not VirtualMFADevice.objects.exists()
    assert not LoginProfile.objects.filter(user__user_name="Dora").exists()
    assert Group.objects.filter(group_name="ops").exists()
    done = list(Event.objects.filter(outcome="allowed").order_by("at").values_list("action", flat=True))
    steps = [
        "iam:DeleteLoginProfile", "iam:DeleteAccessKey", "iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice",
        "iam:DeleteUserPolicy", "iam:DetachUserPolicy", "iam:RemoveUserFromGroup", "iam:DeleteUser",
    ]  # fmt: skip
    places = [done.index(step) for step in steps]
    assert places == sorted(places)
    assert done.count("iam:DeleteAccessKey") == 2


@pytest.mark.parametrize("typed", ["", "dora", "Dor", "Dora x"])
def test_the_name_is_typed_exactly(as_alice, dora, typed):
    answer = as_alice.post(url(dora), {"confirm": typed})
    assert 'aria-invalid="true"' in answer.content.decode()
    assert User.objects.filter(user_name="Dora").exists()


def test_a_user_without_anything_shows_empty_steps(as_alice, charlie):
    text = as_alice.get(url(charlie)).content.decode()
    assert text.count(">None<") == 9
    as_alice.post(url(charlie), {"confirm": "charlie"})
    assert not User.objects.filter(user_name="charlie").exists()


def test_who_lacks_one_permission_deletes_nothing(client, home, dora, sign_in):
    statements = [
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:DeleteVirtualMFADevice", "Resource": "*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    henry = make_user(home, "henry", password=PASSWORD)
    InlinePolicy.objects.create(user=henry, policy_name="p", name_folded="p", document=document)
    sign_in(client, henry)
    answer = client.post(url(dora), {"confirm": "Dora"})
    assert "not authorized to perform: iam:DeleteVirtualMFADevice" in answer.content.decode()
    assert set(dora.access_keys.values_list("status", flat=True)) == {"Active", "Inactive"}
    assert LoginProfile.objects.filter(user=dora).exists()


def test_a_user_at_work_is_said(as_alice, bob):
    bob.last_activity = timezone.now()
    bob.save()
    assert "This user was active recently." in as_alice.get(url(bob)).content.decode()


def test_nobody_deletes_the_own_user(as_alice, alice):
    assert "You are signed in as this user." in as_alice.get(url(alice)).content.decode()
    as_alice.post(url(alice), {"confirm": "alice"})
    assert User.objects.filter(user_name="alice").exists()


def test_bob_deletes_nobody_and_root_is_no_user(client, home, bob, charlie, sign_in):
    sign_in(client, bob)
    for target in (charlie, bob):
        assert client.get(url(target)).status_code == 403
        assert client.post(url(target), {"confirm": target.user_name}).status_code == 403
    assert User.objects.filter(user_name__in=["bob", "charlie"]).count() == 2


def test_users_of_other_accounts_and_root_are_not_there(as_alice, home):
    eve = make_user(make_account("222222222222"), "eve")
    for target in (eve, User.objects.root_of(home)):
        assert as_alice.post(url(target), {"confirm": target.user_name}).status_code == 404
    assert User.objects.filter(user_name="eve").exists()
