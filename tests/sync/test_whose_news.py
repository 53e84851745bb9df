"""Whose a difference is: what was asked for here while AWS was silent, and what others did beside it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from iamconsole.errors import OutcomeUnknown
from iamconsole.models import Event, Intent
from iamconsole.operations import execute
from tests import past
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, sync
from users.models import ManagedPolicy, PolicyVersion, User

pytestmark = pytest.mark.django_db(transaction=True)
READ = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ADMINISTRATOR = f"arn:aws:iam::{AWS_ACCOUNT}:policy/Everything"
LIMIT = f"arn:aws:iam::{AWS_ACCOUNT}:policy/Limit"
OLD = f"arn:aws:iam::{AWS_ACCOUNT}:policy/Old"
BLUE, GREEN = ([{"Key": "team", "Value": value}] for value in ("blue", "green"))


REVOKE = "iamconsole:RevokeActiveSessions"
AT_AWS = {REVOKE: "PutUserPolicy"}


def lose(by, front, name: str, **params) -> None:
    """Ask AWS, which acts and does not answer."""
    front.silent = frozenset({AT_AWS.get(name, name)})
    with pytest.raises(OutcomeUnknown):
        execute(by, name, **params)
    front.silent = frozenset()


def told(action: str = "ChangedOutside") -> dict:
    """What differs by what it is on, of the Events since the account was furnished."""
    return {
        event.resource.partition(AWS_ACCOUNT)[2]: event.detail["Values"]
        for event in Event.objects.filter(action=f"iamconsole:{action}")
    }


@pytest.fixture
def by(linked, alice, aws, front):
    aws.create_group(GroupName="ops")
    aws.create_policy(PolicyName="Limit", PolicyDocument=READ)
    aws.create_policy(PolicyName="Everything", PolicyDocument=ALL)
    aws.create_user(UserName="bob")
    aws.put_user_policy(UserName="wilma", PolicyName="own", PolicyDocument=READ)
    aws.update_account_password_policy(MinimumPasswordLength=9)
    assert sync(alice).state == "done"
    with past.rewritten():
        Event.objects.filter(action="iamconsole:ChangedOutside").delete()
    return as_administrator(alice)


def test_what_others_did_to_the_same_user_is_told(by, alice, aws, front):
    """A question about a tag is open: everything but that tag is somebody else's."""
    lose(by, front, "TagUser", UserName="wilma", Tags=GREEN)
    aws.attach_user_policy(UserName="wilma", PolicyArn=ADMINISTRATOR)
    aws.tag_user(UserName="wilma", Tags=[{"Key": "floor", "Value": "2"}])
    sync(alice)
    assert told() == {
        ":user/eng/wilma": {
            f"Attached policy {ADMINISTRATOR}": [None, {}],
            "tags": [{}, {"floor": "2"}],
        }
    }
    warned = Event.objects.get(action="iamconsole:ChangedOutside").detail["Warnings"]
    assert "Anybody with this policy is an administrator." in warned[0]
    ours = Event.objects.get(action="iamconsole:ChangedHere")
    assert (ours.who, ours.detail["Operation"], list(ours.detail["Values"])) == ("alice", "TagUser", ["tags"])
    assert Intent.objects.get().state == "settled"
    settled = Event.objects.filter(action="iamconsole:SyncAccount").first().detail["settled"]
    assert "asked for here by alice" in settled[0]


# Operation, its parameters -> what others do meanwhile, what is told of that.
BESIDE = {
    "another value": (
        "TagUser", {"UserName": "wilma", "Tags": GREEN},
        lambda aws: aws.tag_user(UserName="wilma", Tags=[{"Key": "team", "Value": "red"}]),
        {":user/eng/wilma": {"tags": [{"team": "blue"}, {"team": "red"}]}},
    ),
    "another document": (
        "PutUserPolicy", {"UserName": "wilma", "PolicyName": "own", "PolicyDocument": READ.replace("Get", "List")},
        lambda aws: aws.put_user_policy(UserName="wilma", PolicyName="own", PolicyDocument=ALL),
        {":user/eng/wilma": {"Inline policy own: document": [READ, ALL]}},
    ),
    "another default version": (
        "CreatePolicyVersion", {"PolicyArn": LIMIT, "PolicyDocument": ALL, "SetAsDefault": False},
        lambda aws: aws.set_default_policy_version(PolicyArn=LIMIT, VersionId="v2"),
        {":policy/Limit": {"default_version_id": ["v1", "v2"], "document": [READ, ALL]}},
    ),
    "a weaker password policy": (
        "UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 14, "RequireSymbols": True},
        lambda aws: aws.update_account_password_policy(MinimumPasswordLength=6, RequireSymbols=True),
        {":root": {"Password policy: minimum_password_length": [9, 6]}},
    ),
}  # fmt: skip


def test_what_others_delete_is_told_beside_a_near_question(by, alice, aws, front, monkeypatch):
    """To untag is not to delete, a policy that is detached is not gone, nor one named like an inline one."""
    monkeypatch.setattr("iamconsole.sync.guard.FRESH", timedelta(minutes=-5))
    aws.create_policy(PolicyName="Old", PolicyDocument=READ)
    for policy in (LIMIT, OLD):
        aws.attach_group_policy(GroupName="ops", PolicyArn=policy)
    aws.add_user_to_group(GroupName="ops", UserName="bob")
    aws.put_user_policy(UserName="wilma", PolicyName="Limit", PolicyDocument=READ)
    aws.tag_user(UserName="bob", Tags=BLUE)
    sync(alice)
    with past.rewritten():
        Event.objects.filter(action="iamconsole:ChangedOutside").delete()
    lose(by, front, "UntagUser", UserName="bob", TagKeys=["team"])
    lose(by, front, "RemoveUserFromGroup", GroupName="ops", UserName="bob")
    lose(by, front, "DetachGroupPolicy", GroupName="ops", PolicyArn=OLD)
    lose(by, front, "DeleteUserPolicy", UserName="wilma", PolicyName="Limit")
    aws.delete_user(UserName="bob")
    aws.detach_group_policy(GroupName="ops", PolicyArn=LIMIT)
    for policy in (LIMIT, OLD):
        aws.delete_policy(PolicyArn=policy)
    aws.delete_group(GroupName="ops")
    sync(alice)
    removed = Event.objects.filter(action="iamconsole:ChangedOutside", detail__Change="removed")
    things = {event.resource.partition(AWS_ACCOUNT)[2] for event in removed}
    assert things == {":user/bob", ":policy/Limit", ":policy/Old", ":group/ops"}


@pytest.mark.parametrize("name", BESIDE)
def test_a_value_that_nobody_here_asked_for_is_told(by, alice, aws, front, name):
    operation, params, meanwhile, expected = BESIDE[name]
    lose(by, front, operation, **params)
    meanwhile(aws)
    sync(alice)
    assert json_values(told()) == json_values(expected)


def json_values(values):
    """Documents without their layout."""
    if isinstance(values, dict):
        return {name: json_values(value) for name, value in values.items()}
    if isinstance(values, list):
        return [json_values(value) for value in values]
    return values.replace(" ", "") if isinstance(values, str) else values


OURS = [
    ("UpdateGroup", {"GroupName": "readers", "NewGroupName": "Readers", "NewPath": "/x/"}),
    ("UpdateUser", {"UserName": "bob", "NewUserName": "Bob", "NewPath": "/y/"}),
    ("AddUserToGroup", {"GroupName": "ops", "UserName": "wilma"}),
    ("AttachGroupPolicy", {"GroupName": "ops", "PolicyArn": ADMINISTRATOR}),
    ("CreateGroup", {"GroupName": "new"}),
    ("DeleteGroup", {"GroupName": "old"}),
    ("CreateUser", {"UserName": "fred", "Path": "/z/", "Tags": BLUE}),
    ("DeleteUserPolicy", {"UserName": "wilma", "PolicyName": "old"}),
    ("PutUserPolicy", {"UserName": "wilma", "PolicyName": "own", "PolicyDocument": ALL}),
    ("CreatePolicy", {"PolicyName": "New", "PolicyDocument": ALL}),
    ("DeletePolicy", {"PolicyArn": OLD}),
    ("CreatePolicyVersion", {"PolicyArn": LIMIT, "PolicyDocument": ALL, "SetAsDefault": True}),
    ("CreateAccessKey", {"UserName": "wilma"}),
    ("CreateLoginProfile", {"UserName": "wilma", "Password": "fresh-Horse-9-stable", "PasswordResetRequired": True}),
    ("CreateAccountAlias", {"AccountAlias": "double-aws"}),
    ("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 14, "RequireSymbols": True}),
    ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "spare"}),
    (REVOKE, {"UserName": "carl"}),
]  # fmt: skip


def test_what_was_lost_of_ours_is_not_the_deed_of_somebody_else(by, alice, aws, front, monkeypatch):
    """Groups, renames, policies and all others at once, judged by one sync; the next one tells nothing more."""
    monkeypatch.setattr("iamconsole.sync.guard.FRESH", timedelta(minutes=-5))
    for name in ("readers", "old"):
        aws.create_group(GroupName=name)
    aws.create_policy(PolicyName="Old", PolicyDocument=READ)
    aws.create_user(UserName="carl")
    aws.put_user_policy(UserName="wilma", PolicyName="old", PolicyDocument=READ)
    sync(alice)
    with past.rewritten():
        Event.objects.filter(action="iamconsole:ChangedOutside").delete()
    for name, params in OURS:
        lose(by, front, name, **params)
    sync(alice)
    sync(alice)
    assert told() == {}
    ours = list(Event.objects.filter(action="iamconsole:ChangedHere"))
    assert {event.detail["Operation"] for event in ours} == {name for name, _ in OURS}
    assert {event.who for event in ours} == {"alice"}
    assert not Intent.objects.filter(state="open").exists()


def test_what_is_judged_late_is_ours_too(by, alice, aws, front):
    """The user was changed here just before: its row is spared until later."""
    execute(by, "TagUser", UserName="wilma", Tags=[{"Key": "floor", "Value": "3"}])
    lose(by, front, "AttachUserPolicy", UserName="wilma", PolicyArn=ADMINISTRATOR)
    sync(alice)
    assert told() == {}
    with past.rewritten():
        Event.objects.filter(action__startswith="iam:").update(at=timezone.now() - timedelta(minutes=6))
    sync(alice)
    assert (told(), list(told("ChangedHere"))) == ({}, [":user/eng/wilma"])
    aws.detach_user_policy(UserName="wilma", PolicyArn=ADMINISTRATOR)
    sync(alice)
    aws.attach_user_policy(UserName="wilma", PolicyArn=ADMINISTRATOR)
    sync(alice)
    values = [event.detail["Values"] for event in Event.objects.filter(action="iamconsole:ChangedOutside")]
    what = f"Attached policy {ADMINISTRATOR}"
    assert values == [{what: [None, {}]}, {what: [{}, None]}], "a question explains only once"


def test_a_policy_made_again_under_its_name_has_nothing_of_the_old_one(by, alice, aws):
    aws.attach_user_policy(UserName="wilma", PolicyArn=LIMIT)
    sync(alice)
    # Made an hour ago: the double's list has no unique IDs of policies, by which AWS's are told apart.
    old = {"tags": {"old": "1"}, "description": "Old", "create_date": timezone.now() - timedelta(hours=1)}
    ManagedPolicy.objects.filter(arn=LIMIT).update(**old)
    with past.rewritten():
        Event.objects.filter(action="iamconsole:ChangedOutside").delete()
    aws.detach_user_policy(UserName="wilma", PolicyArn=LIMIT)
    aws.delete_policy(PolicyArn=LIMIT)
    aws.create_policy(PolicyName="Limit", PolicyDocument=ALL)
    aws.attach_user_policy(UserName="wilma", PolicyArn=LIMIT)
    sync(alice)
    policy = ManagedPolicy.objects.get(arn=LIMIT)
    assert (policy.tags, policy.description) == ({}, "")
    assert PolicyVersion.objects.get(policy=policy).document.replace(" ", "") == ALL
    assert User.objects.get(user_name="wilma").policy_attachments.get().policy == policy
    events = Event.objects.filter(action="iamconsole:ChangedOutside", resource=LIMIT)
    assert {event.detail["Change"] for event in events} == {"created", "removed"}
    warned = next(event for event in events if event.detail["Change"] == "created").detail["Warnings"]
    assert "administrator" in warned[0]
