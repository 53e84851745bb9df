"""A policy given to several users and groups from its own page; permissions copied from another user."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from iamconsole.operations import execute
from tests.cast import make_account, make_user
from users.models import Account, AccountLink, Group, ManagedPolicy, User

pytestmark = pytest.mark.django_db
S3_READER = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
READ = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}
)


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def reader():
    return ManagedPolicy.objects.get(arn=S3_READER)


def save(client, name, policy, *values):
    return client.post(reverse(f"users:{name}", args=[policy.pk]), {"pick": values, "go": "save"})


def test_users_get_it_and_lose_it(as_alice, reader, bob, charlie):
    done = save(as_alice, "attach-policy-to-users", reader, bob.user_id, charlie.user_id)
    assert done.url == reverse("users:policy-entities", args=[reader.pk])
    names = [user.user_name for user in as_alice.get(done.url).context["page"]]
    assert names == ["bob", "charlie"]
    attach = as_alice.get(reverse("users:attach-policy-to-users", args=[reader.pk]))
    assert {row.name for row in attach.context["picking"].rows} == {"alice"}
    save(as_alice, "detach-policy-from-users", reader, bob.user_id)
    assert [user.user_name for user in as_alice.get(done.url).context["page"]] == ["charlie"]


def test_groups_get_it_and_lose_it(as_alice, admin, reader):
    execute(admin, "CreateGroup", GroupName="crew")
    group = Group.objects.get(group_name="crew")
    save(as_alice, "attach-policy-to-groups", reader, group.group_id)
    assert group.policy_attachments.count() == 1
    save(as_alice, "detach-policy-from-groups", reader, group.group_id)
    assert group.policy_attachments.count() == 0


def test_what_is_refused_changes_nobody(as_alice, admin, reader, bob, charlie):
    for number in range(10):
        execute(admin, "CreatePolicy", PolicyName=f"p{number}", PolicyDocument=READ)
        arn = ManagedPolicy.objects.get(policy_name=f"p{number}").arn
        execute(admin, "AttachUserPolicy", UserName="charlie", PolicyArn=arn)
    answer = save(as_alice, "attach-policy-to-users", reader, bob.user_id, charlie.user_id)
    assert "Cannot exceed quota for PoliciesPerUser: 10" in answer.content.decode()
    assert not bob.policy_attachments.filter(policy=reader).exists()


def test_nothing_ticked_is_said(as_alice, reader):
    assert "Nothing is selected." in save(as_alice, "attach-policy-to-users", reader).content.decode()


def test_other_accounts_users_are_not_there(as_alice, reader):
    stranger = make_user(make_account("222222222222"), "stranger")
    save(as_alice, "attach-policy-to-users", reader, stranger.user_id)
    assert not stranger.policy_attachments.exists()


@pytest.fixture
def rich(admin, bob):
    """Bob with a group, a policy and an inline policy."""
    execute(admin, "CreateGroup", GroupName="crew")
    execute(admin, "AddUserToGroup", GroupName="crew", UserName="bob")
    execute(admin, "AttachUserPolicy", UserName="bob", PolicyArn=S3_READER)
    execute(admin, "PutUserPolicy", UserName="bob", PolicyName="Lake", PolicyDocument=READ)
    return bob


def test_permissions_are_copied(as_alice, rich, charlie):
    address = reverse("users:copy-permissions", args=[charlie.user_id])
    assert f"?source={rich.user_id}" in as_alice.get(address).content.decode()
    shown = as_alice.get(address, {"source": rich.user_id})
    assert shown.context["gift"].groups == ("crew",)
    done = as_alice.post(f"{address}?source={rich.user_id}")
    assert done.url == reverse("users:user", args=[charlie.user_id])
    charlie = User.objects.get(pk=charlie.pk)
    assert [group.group_name for group in charlie.groups.all()] == ["crew"]
    assert charlie.policy_attachments.get().policy.arn == S3_READER
    assert charlie.inline_policies.get(policy_name="Lake").document == READ
    again = as_alice.get(address, {"source": rich.user_id}).content.decode()
    assert "Nothing to copy" in again


def test_an_inline_policy_of_the_same_name_stays(as_alice, admin, rich, charlie):
    other = READ.replace("Get", "Put")
    execute(admin, "PutUserPolicy", UserName="charlie", PolicyName="lake", PolicyDocument=other)
    address = reverse("users:copy-permissions", args=[charlie.user_id]) + f"?source={rich.user_id}"
    assert "Not copied" in as_alice.get(address).content.decode()
    as_alice.post(address)
    assert charlie.inline_policies.get().document == other


def test_nobody_copies_from_another_account(as_alice, charlie):
    stranger = make_user(make_account("222222222222"), "stranger")
    address = reverse("users:copy-permissions", args=[charlie.user_id])
    assert as_alice.get(address, {"source": stranger.user_id}).status_code == 404


def test_roles_of_a_linked_account_are_named_as_not_read(as_alice, reader):
    linked = make_account("222222222222", kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=linked, synced_at=timezone.now())
    home = as_alice.get(reverse("users:policy-entities", args=[reader.pk])).content.decode()
    as_alice.post(reverse("users:switch-account", args=[linked.account_id]))
    there = as_alice.get(reverse("users:policy-entities", args=[reader.pk])).content.decode()
    assert ["Roles are not read." in page for page in (home, there)] == [False, True]
