"""Who made the changes outside: AWS CloudTrail is asked where some were found, or the page says why not."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from django.utils.html import escape

from iamconsole import gateway
from iamconsole.models import Event, EventAuthors
from tests import past
from tests.aws_model_server import serving_models
from tests.aws_trail import CloudTrail, session, user
from tests.sync.conftest import AWS_ACCOUNT, sync
from users.models import Account, SyncRun

pytestmark = pytest.mark.django_db(transaction=True)
READ = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
LIMIT = f"arn:aws:iam::{AWS_ACCOUNT}:policy/Limit"
DENIED = "AWS does not let this console read who did it (cloudtrail:LookupEvents)."


@pytest.fixture
def trail(linked, alice, aws, moto_url, settings):
    """An account with a policy and a key, and its event history."""
    aws.create_policy(PolicyName="Limit", PolicyDocument=READ)
    aws.create_group(GroupName="ops")
    assert sync(alice).state == "done"
    with past.rewritten():
        Event.objects.filter(action="iamconsole:ChangedOutside").delete()
    settings.CLOUDTRAIL_BUDGET = 20
    history = CloudTrail()
    with serving_models({"cloudtrail": history}, moto_url) as models:
        settings.AWS_ENDPOINT_URL = models.url
        yield history


def authors(name: str = "wilma") -> EventAuthors:
    return EventAuthors.objects.select_related("event").get(event__detail__Name=name)


def grown(state: str) -> None:
    """The Events are of an hour ago: the history has everything by now."""
    hour = timezone.now() - timedelta(hours=1)
    EventAuthors.objects.filter(state=state).update(since=hour - timedelta(hours=4))
    with past.rewritten():
        Event.objects.filter(action="iamconsole:ChangedOutside").update(at=hour)


def test_the_author_the_address_and_the_agent_are_named(trail, alice, aws):
    sync(alice)
    assert trail.asked == [], "nothing differs"
    aws.attach_group_policy(GroupName="ops", PolicyArn=LIMIT)
    for name in ("frank", "henry"):
        trail.happened("AttachGroupPolicy", user(name), groupName="ops", policyArn=LIMIT)
    trail.happened("AttachGroupPolicy", user("ian"), groupName="ops", policyArn=LIMIT, ago=60 * 24)
    aws.attach_user_policy(UserName="wilma", PolicyArn=LIMIT)
    aws.tag_user(UserName="wilma", Tags=[{"Key": "floor", "Value": "2"}])
    key = aws.create_access_key(UserName="wilma")["AccessKey"]["AccessKeyId"]
    bob, eve = user("bob"), session("Admin", "eve@example.com")
    trail.happened("AttachUserPolicy", bob, userName="wilma", policyArn=LIMIT)
    trail.happened("DetachUserPolicy", user("carol"), userName="wilma", policyArn=LIMIT)
    trail.happened("AttachUserPolicy", user("dan"), userName="wilma", policyArn=LIMIT, error="AccessDenied")
    trail.happened("AttachGroupPolicy", user("frank"), groupName="wilma", policyArn=LIMIT)
    trail.happened("AttachGroupPolicy", user("wilma"), groupName="others", policyArn=LIMIT)
    trail.happened("ListUsers", user("gina"))
    trail.happened("TagUser", eve, userName="wilma", tags=[{"key": "floor", "value": "2"}])
    made = {"accessKey": {"userName": "wilma", "accessKeyId": key, "status": "Active"}}
    trail.happened("CreateAccessKey", user("wilma"), made)
    job = sync(alice)
    assert authors("ops").words in ("one of frank, henry", "one of henry, frank")
    found = authors()
    assert found.state == "found"
    assert {call["Name"]: call["What"] for call in found.calls} == {
        "bob": [f"Attached policy {LIMIT}"],
        "eve@example.com": ["tags"],
        "wilma": [f"Access key {key}"],
    }
    assert {call["Who"] for call in found.calls} >= {bob["arn"], eve["arn"]}
    assert found.addresses == ["203.0.113.7"]
    assert found.calls[0]["Agent"].startswith("aws-cli/")
    assert not any(call["OneOf"] for call in found.calls)
    assert [asked["region"] for _, asked in trail.asked] == ["us-east-1"]
    assert (
        job.result["calls"]["by_action"]["LookupEvents"] == SyncRun.objects.first().calls["LookupEvents"] == 1
    )


# What happens at AWS, and CloudTrail's event of it -> what the Event of the change is on.
ACTS = {
    "a new default version": (
        lambda aws: aws.create_policy_version(
            PolicyArn=LIMIT, PolicyDocument=READ.replace("Get", "*"), SetAsDefault=True
        ),
        ("CreatePolicyVersion",
         {"policyArn": LIMIT, "policyDocument": READ.replace("Get", "*"), "setAsDefault": True}),
        "Limit",
    ),
    "a renamed group": (
        lambda aws: aws.update_group(GroupName="ops", NewGroupName="Operators"),
        ("UpdateGroup", {"groupName": "ops", "newGroupName": "Operators"}),
        "Operators",
    ),
    "a weaker password policy": (
        lambda aws: aws.update_account_password_policy(MinimumPasswordLength=6),
        ("UpdateAccountPasswordPolicy", {"minimumPasswordLength": 6}),
        AWS_ACCOUNT,
    ),
    "an alias": (
        lambda aws: aws.create_account_alias(AccountAlias="double-aws"),
        ("CreateAccountAlias", {"accountAlias": "double-aws"}),
        AWS_ACCOUNT,
    ),
    "a user": (
        lambda aws: aws.create_user(UserName="zoe"), ("CreateUser", {"userName": "zoe"}), "zoe",
    ),
    "a password": (
        lambda aws: aws.create_login_profile(UserName="wilma", Password="Abcdefg-1-xyz"),
        ("CreateLoginProfile", {"userName": "wilma"}),
        "wilma",
    ),
    "a spare device": (
        lambda aws: aws.create_virtual_mfa_device(VirtualMFADeviceName="spare"),
        ("CreateVirtualMFADevice", {"virtualMFADeviceName": "spare", "path": "/"}),
        "spare",
    ),
    "a deleted group": (lambda aws: aws.delete_group(GroupName="ops"), ("DeleteGroup", {"groupName": "ops"}), "ops"),
}  # fmt: skip


def test_acts_of_every_kind_have_their_author(trail, alice, aws):
    for act, (operation, params), _ in list(ACTS.values())[:-1]:
        act(aws)
        trail.happened(operation, user("bob"), **params)
    sync(alice)
    act, (operation, params), _ = ACTS["a deleted group"]
    aws.delete_group(GroupName="Operators")
    trail.happened("DeleteGroup", user("bob"), groupName="Operators")
    sync(alice)
    names = {name for *_, name in ACTS.values()} - {"ops"}
    without = EventAuthors.objects.exclude(state="found").values_list("event__detail", flat=True)
    assert list(without) == []
    found = EventAuthors.objects.values_list("event__detail", flat=True)
    assert {detail["Name"] for detail in found} == names


def test_without_the_permission_the_reason_is_told(trail, alice, aws, client, sign_in):
    trail.denied = True
    aws.attach_user_policy(UserName="wilma", PolicyArn=LIMIT)
    assert sync(alice).state == "done"
    assert authors().why_not == DENIED
    assert (authors().event.who, authors().calls) == ("outside the console", [])
    trail.denied = False
    asked = len(trail.asked)
    sync(alice)
    assert len(trail.asked) == asked, "what was denied is not asked again"
    for page in pages(alice, client, sign_in):
        assert escape(DENIED) in page


def pages(alice, client, sign_in) -> list[str]:
    """The account's page and its event history, as an administrator reads them."""
    sign_in(client, alice)
    client.post(f"/accounts/{AWS_ACCOUNT}/switch/", {"role": "IamConsoleAdministrator"})
    events = client.get(f"/{AWS_ACCOUNT}/events/").content.decode()
    details = set(re.findall(r'(/events/[0-9a-f-]{36}/)"', events))
    read = [client.get(f"/{AWS_ACCOUNT}{address}").content.decode() for address in sorted(details)]
    return [client.get(f"/accounts/{AWS_ACCOUNT}/").content.decode(), "".join([events, *read])]


def test_pages_show_the_thing_before_and_after_and_who(trail, alice, aws, client, sign_in):
    everything = READ.replace('"iam:Get*"', '"*"')
    aws.create_policy_version(PolicyArn=LIMIT, PolicyDocument=everything, SetAsDefault=True)
    params = {"policyArn": LIMIT, "policyDocument": everything, "setAsDefault": True}
    trail.happened("CreatePolicyVersion", user("bob"), **params)
    aws.tag_user(UserName="wilma", Tags=[{"Key": "floor", "Value": "<2>"}])
    sync(alice)
    for page in pages(alice, client, sign_in):
        for text in ("policy/Limit", "Default version id", "Anybody with this policy is an administrator.",
                     "203.0.113.7", "aws-cli/2.31", "CreatePolicyVersion at", "user/bob", "user/eng/wilma",
                     "team: blue, floor: &lt;2&gt;", "<del", "iam:Get*", "<ins"):  # fmt: skip
            assert text in page, text
    exported = client.get(f"/{AWS_ACCOUNT}/events/export.csv").getvalue().decode()
    assert '"bob"' in exported


def test_a_history_that_is_late_is_asked_by_the_next_sync(trail, alice, aws):
    """What it does not have an hour later is given up."""
    aws.attach_user_policy(UserName="wilma", PolicyArn=LIMIT)
    aws.attach_group_policy(GroupName="ops", PolicyArn=LIMIT)
    sync(alice)
    assert (authors().state, "15 minutes" in authors().why_not) == ("late", True)
    trail.happened("AttachUserPolicy", user("bob"), userName="wilma", policyArn=LIMIT)
    sync(alice)
    assert (authors().words, authors().differences) == ("bob", [])
    grown("late")
    sync(alice)
    assert authors("ops").why_not.startswith("AWS CloudTrail shows no call that explains it since")
    asked = len(trail.asked)
    sync(alice)
    assert len(trail.asked) == asked


def test_the_budget_and_the_rate_hold(trail, alice, aws, settings):
    """Two requests a second; what is behind the budget is said to be not read."""
    settings.CLOUDTRAIL_BUDGET = 3
    aws.attach_user_policy(UserName="wilma", PolicyArn=LIMIT)
    sync(alice)
    trail.asked.clear()
    grown("late")
    for _ in range(200):
        trail.happened("TagUser", user("bob"), userName="other")
    sync(alice)
    moments = [moment for moment, _ in trail.asked]
    assert len(moments) == 3
    assert all(later - earlier >= 0.5 for earlier, later in pairwise(moments))
    assert "more calls than this console reads" in authors().why_not


def test_each_partition_has_its_region(trail):
    linked, now = Account.objects.get(account_id=AWS_ACCOUNT).link_spec, timezone.now()
    for partition in ("aws", "aws-us-gov", "aws-cn"):
        there = replace(linked, partition=partition)
        gateway.iam_calls(there, now - timedelta(hours=1), now, 1, gateway.Calls(), list)
    assert [asked["region"] for _, asked in trail.asked] == ["us-east-1", "us-gov-west-1", "cn-north-1"]
