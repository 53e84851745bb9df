"""Inline policies in the browser: of users and of groups, created, edited, deleted."""

import json

import pytest
from django.urls import reverse

from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import make_account, make_user
from users.models import Group, InlinePolicy

pytestmark = pytest.mark.django_db
READ = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}
)
WRITE = READ.replace("Get", "Put")


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def owners(alice, charlie, caller):
    """Kind -> the owner and its page."""
    execute(caller(alice), "CreateGroup", GroupName="crew")
    group = Group.objects.get(group_name="crew")
    return {
        "user": (charlie, reverse("users:user", args=[charlie.user_id])),
        "group": (group, reverse("users:group-permissions", args=[group.group_id])),
    }


def address(kind, verb, owner, *rest):
    identity = owner.user_id if kind == "user" else owner.group_id
    return reverse(f"users:{verb}-{kind}-inline-policy", args=[identity, *rest])


@pytest.mark.parametrize("kind", ["user", "group"])
def test_from_the_first_to_the_last(as_alice, owners, kind):
    owner, page = owners[kind]
    create = address(kind, "create", owner)
    assert create in as_alice.get(page).content.decode()
    made = as_alice.post(create, {"policy_name": "Lake", "document": READ})
    assert made.url == page
    policy = InlinePolicy.objects.get(policy_name="Lake")
    shown = as_alice.get(page).content.decode()
    edit, delete = (address(kind, verb, owner, policy.pk) for verb in ("edit", "delete"))
    assert edit in shown
    assert delete in shown
    assert as_alice.get(edit).context["form"].editor.text
    assert as_alice.post(edit, {"document": WRITE}).url == page
    policy.refresh_from_db()
    assert policy.document == WRITE
    assert "s3:Put*" in as_alice.get(delete).content.decode()
    assert as_alice.post(delete).url == page
    assert not InlinePolicy.objects.filter(policy_name="Lake").exists()
    verb = kind.capitalize()
    for action in (f"iam:Put{verb}Policy", f"iam:Delete{verb}Policy"):
        assert Event.objects.filter(action=action, outcome="allowed").exists()


@pytest.mark.parametrize("kind", ["user", "group"])
def test_a_name_that_is_taken_is_not_written_over(as_alice, owners, kind):
    owner, _ = owners[kind]
    create = address(kind, "create", owner)
    as_alice.post(create, {"policy_name": "Lake", "document": READ})
    answer = as_alice.post(create, {"policy_name": "LAKE", "document": WRITE})
    assert "A policy named LAKE already exists here" in str(answer.context["form"].errors)
    assert answer.context["form"]["document"].value() == WRITE
    assert InlinePolicy.objects.get(policy_name="Lake").document == READ


@pytest.mark.parametrize(("kind", "limit"), [("user", "2,048"), ("group", "5,120")])
def test_the_size_is_told_and_kept(as_alice, owners, kind, limit):
    owner, _ = owners[kind]
    create = address(kind, "create", owner)
    assert f"of {limit} characters" in as_alice.get(create).content.decode()
    actions = [f"s3:Get{number:04}" for number in range(700)]
    long = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}}
    )
    answer = as_alice.post(create, {"policy_name": "Long", "document": long})
    assert "Maximum policy size of" in str(answer.context["form"].errors["document"])
    assert not InlinePolicy.objects.filter(policy_name="Long").exists()


def test_what_is_wrong_stands_at_the_document(as_alice, owners):
    create = address("user", "create", owners["user"][0])
    answer = as_alice.post(create, {"policy_name": "Lake", "document": "{"})
    assert "This is not valid JSON" in str(answer.context["form"].errors["document"])


def test_another_accounts_policies_are_not_there(as_alice, owners, charlie):
    stranger = make_user(make_account("222222222222"), "stranger")
    policy = InlinePolicy.objects.create(user=stranger, policy_name="p", name_folded="p", document=READ)
    assert as_alice.get(address("user", "edit", stranger, policy.pk)).status_code == 404
    assert as_alice.get(address("user", "edit", charlie, policy.pk)).status_code == 404
    assert as_alice.post(address("user", "delete", charlie, policy.pk)).status_code == 404
    assert InlinePolicy.objects.filter(pk=policy.pk).exists()


def test_whoever_may_only_read_is_told_what_is_missing(client, alice, bob, owners, caller, sign_in):
    execute(caller(alice), "PutUserPolicy", UserName="charlie", PolicyName="Lake", PolicyDocument=READ)
    reader = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=reader)
    sign_in(client, bob)
    page = client.get(owners["user"][1]).content.decode()
    assert "Inline policies need iam:PutUserPolicy" in page
    assert "Deleting inline policies needs iam:DeleteUserPolicy" in page
