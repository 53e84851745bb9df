"""Managed policies in the browser: list, create, versions, tags, entities, delete."""

import json

import pytest
from django.urls import reverse

from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, make_account, make_user
from users.models import ManagedPolicy

pytestmark = pytest.mark.django_db
READ = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}}
)
WRITE = READ.replace("iam:List*", "iam:*")


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def readers(alice, caller) -> ManagedPolicy:
    execute(caller(alice), "CreatePolicy", PolicyName="Readers", PolicyDocument=READ)
    return ManagedPolicy.objects.get(policy_name="Readers")


def url(name: str, policy: ManagedPolicy | None = None) -> str:
    return reverse(f"users:{name}", args=[policy.pk] if policy else [])


def text_of(client, name: str, policy: ManagedPolicy | None = None, **query: str) -> str:
    return client.get(url(name, policy), query).content.decode()


def names(client, **query: str) -> list[str]:
    return [policy.policy_name for policy in client.get(url("policies"), query).context["page"]]


def test_the_list_finds_narrows_and_sorts(as_alice, readers, bob, caller, alice):
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=readers.arn)
    assert names(as_alice, kind="customer") == ["Readers"]
    assert "Readers" not in names(as_alice, kind="aws")
    assert set(names(as_alice, kind="attached")) == {"AdministratorAccess", "Readers"}
    assert names(as_alice, q="READERS", kind="nonsense", sort="nonsense") == ["Readers"]
    assert names(as_alice, kind="customer", sort="-attached") == ["Readers"]
    assert names(as_alice)[:2] == ["AdministratorAccess", "AmazonS3ReadOnlyAccess"]
    assert "No name or description of a policy of this kind" in text_of(as_alice, "policies", q="zzz")


def test_policies_of_other_accounts_are_not_there(as_alice, readers):
    other = make_account("222222222222")
    theirs = ManagedPolicy.objects.create(
        account=other, arn="arn:aws:iam::222222222222:policy/Theirs", policy_name="Theirs", document=READ
    )
    assert names(as_alice, q="Theirs") == []
    pages = ("policy", "policy-entities", "policy-tags", "policy-versions", "edit-policy", "delete-policy")
    assert [as_alice.get(url(page, theirs)).status_code for page in pages] == [404] * len(pages)


def test_as_many_queries_for_many_policies(as_alice, alice, caller, django_assert_max_num_queries):
    execute(caller(alice), "CreatePolicy", PolicyName="first", PolicyDocument=READ)
    with django_assert_max_num_queries(60) as few:
        as_alice.get(url("policies"), {"kind": "customer"})
    for number in range(20):
        execute(caller(alice), "CreatePolicy", PolicyName=f"p{number}", PolicyDocument=READ)
    with django_assert_max_num_queries(len(few)):
        assert len(names(as_alice, kind="customer")) == 21


def test_create_and_see(as_alice):
    sent = {"policy_name": "Readers", "path": "", "description": "Reads users", "document": READ}
    answer = as_alice.post(url("create-policy"), sent, follow=True)
    policy = ManagedPolicy.objects.get(policy_name="Readers")
    assert (policy.arn, policy.description) == ("arn:aws:iam::100000000001:policy/Readers", "Reads users")
    assert "It is not attached to any user or group yet." in answer.content.decode()
    assert "iam:List*" in answer.content.decode()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "Enter the policy document."),
        ('{\n  "Version": "2012-10-17",\n  "Statement": [}\n}', "This is not valid JSON. Line 3, column 17"),
        (READ.replace("2012-10-17", "2008-10-17"), "must be version 2012-10-17 or greater."),
        (READ.replace("iam:List*", "List"), "Actions/Conditions must be prefaced by a vendor"),
        (READ.replace('"Resource": "*"', '"Resource": "*", "Principal": "*"'), "Principal"),
        ("[" * 40, "nested at most 32 levels deep"),
        ('{"a": 1, "a": 2}', "Syntax errors in policy."),
        ('{"Version": NaN}', "Syntax errors in policy."),
        (READ.replace("iam:List*", "iam:" + "x" * 7000), "PolicySize"),
    ],
)
def test_a_bad_document_is_said_and_kept(as_alice, document, words):
    answer = as_alice.post(url("create-policy"), {"policy_name": "p", "path": "/", "document": document})
    assert any(words in error for errors in answer.context["form"].errors.values() for error in errors)
    assert answer.context["form"]["document"].value() == document
    assert not ManagedPolicy.objects.filter(policy_name="p").exists()


def test_a_name_that_is_taken_is_said_at_its_field(as_alice, readers):
    sent = {"policy_name": "readers", "path": "/", "document": READ}
    form = as_alice.post(url("create-policy"), sent).context["form"]
    assert form.errors["policy_name"] == [
        "A policy called readers already exists. Duplicate names are not allowed."
    ]


def test_editing_makes_a_version_that_binds_at_once(as_alice, readers, bob, alice, caller, client):
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=readers.arn)
    assert not caller(bob).permits("iam:CreateUser", bob.arn)
    sent = {"document": WRITE, "set_as_default": "on", "default": "v1"}
    assert as_alice.post(url("edit-policy", readers), sent).status_code == 302
    assert caller(bob).permits("iam:CreateUser", bob.arn)
    as_alice.post(url("set-default-policy-version", readers), {"version_id": "v1"})
    assert not caller(bob).permits("iam:CreateUser", bob.arn)
    as_alice.post(url("delete-policy-version", readers), {"version_id": "v2"})
    assert [version.version_id for version in readers.versions.all()] == ["v1"]
    assert "cannot delete the default" in text_after_deleting_default(as_alice, readers).lower()


def text_after_deleting_default(client, policy: ManagedPolicy) -> str:
    sent = {"version_id": "v1"}
    return client.post(url("delete-policy-version", policy), sent, follow=True).content.decode()


def test_of_two_who_edit_the_second_is_told_and_keeps_the_text(as_alice, readers):
    first = {"document": WRITE, "set_as_default": "on", "default": "v1"}
    as_alice.post(url("edit-policy", readers), first)
    second = {"document": READ.replace("List", "Get"), "set_as_default": "on", "default": "v1"}
    answer = as_alice.post(url("edit-policy", readers), second)
    assert "v2 has become the default version." in answer.content.decode()
    assert answer.context["form"]["document"].value() == second["document"]
    assert readers.versions.count() == 2
    assert as_alice.post(url("edit-policy", readers), {**second, "default": "v2"}).status_code == 302


def test_the_sixth_version_is_refused_and_the_way_out_told(as_alice, readers, alice, caller):
    for _ in range(4):
        execute(caller(alice), "CreatePolicyVersion", PolicyArn=readers.arn, PolicyDocument=READ)
    assert "There is no room for another version." in text_of(as_alice, "edit-policy", readers)
    answer = as_alice.post(url("edit-policy", readers), {"document": READ, "default": "v1"})
    assert "you must delete an existing version" in answer.content.decode()
    assert readers.versions.count() == 5


def test_tags_differ_by_case(as_alice, readers):
    sent = {"key_0": "Team", "value_0": "a", "key_1": "team", "value_1": "b", "was": "{}"}
    as_alice.post(url("policy-tags", readers), sent)
    readers.refresh_from_db()
    assert readers.tags == {"Team": "a", "team": "b"}


def test_entities_are_users_groups_and_the_bounded(as_alice, readers, home, bob, alice, caller):
    make_user(home, "dora")
    execute(caller(alice), "CreateGroup", GroupName="Staff")
    execute(caller(alice), "AttachGroupPolicy", GroupName="Staff", PolicyArn=readers.arn)
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=readers.arn)
    execute(caller(alice), "PutUserPermissionsBoundary", UserName="dora", PermissionsBoundary=readers.arn)
    context = as_alice.get(url("policy-entities", readers)).context
    assert [user.user_name for user in context["page"]] == ["bob"]
    assert [group.group_name for group in context["groups"]] == ["Staff"]
    assert [user.user_name for user in context["bounded"]] == ["dora"]
    text = text_of(as_alice, "delete-policy", readers)
    assert "The policy is in use." in text
    as_alice.post(url("delete-policy", readers), {"confirm": "Readers"})
    assert ManagedPolicy.objects.filter(pk=readers.pk).exists()


def test_deleting_takes_the_versions_along(as_alice, readers, alice, caller):
    execute(caller(alice), "CreatePolicyVersion", PolicyArn=readers.arn, PolicyDocument=WRITE)
    as_alice.post(url("delete-policy", readers), {"confirm": "readers"})
    assert ManagedPolicy.objects.filter(pk=readers.pk).exists()
    answer = as_alice.post(url("delete-policy", readers), {"confirm": "Readers"}, follow=True)
    assert "Policy Readers was deleted." in answer.content.decode()
    assert not ManagedPolicy.objects.filter(pk=readers.pk).exists()
    assert Event.objects.filter(action="iam:DeletePolicyVersion", outcome="allowed").count() == 1


def test_policies_of_aws_are_shown_and_not_changed(as_alice):
    policy = ManagedPolicy.objects.get(arn=ADMINISTRATOR_ACCESS)
    text = text_of(as_alice, "policy", policy)
    assert url("edit-policy", policy) not in text
    for name, verb in (("edit-policy", "update"), ("delete-policy", "delete")):
        answer = as_alice.get(url(name, policy))
        assert answer.status_code == 400
        assert f"Cannot {verb} policies outside your own account." in answer.content.decode()


def test_whoever_may_only_list_sees_no_document_and_no_live_button(
    client, sign_in, home, readers, alice, caller
):
    lister = make_user(home, "lister", password="correct-Horse-7-battery")
    only = READ.replace("iam:List*", "iam:ListPolicies")
    execute(caller(alice), "PutUserPolicy", UserName="lister", PolicyName="p", PolicyDocument=only)
    sign_in(client, lister, "correct-Horse-7-battery")
    text = text_of(client, "policies")
    assert "Readers" in text
    assert url("create-policy") not in text
    assert client.get(url("policy", readers)).status_code == 403
