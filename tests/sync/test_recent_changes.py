"""What was changed here in the last five minutes, and lists of AWS that do not know it yet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole.models import Event
from iamconsole.operations import execute
from tests import past
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, sync
from users.models import Group, GroupMembership, ManagedPolicy, PolicyAttachment, User

pytestmark = pytest.mark.django_db(transaction=True)
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
ARN = f"arn:aws:iam::{AWS_ACCOUNT}:policy/Reading"
STALE = ("GetAccountAuthorizationDetails", "ListAccessKeys", "GetCredentialReport")


@pytest.fixture
def stale(linked, alice, aws, front):
    """AWS as it was: what it tells from now on is from before what follows."""
    aws.create_group(GroupName="readers")
    aws.create_policy(PolicyName="Reading", PolicyDocument=ALLOW)
    aws.create_user(UserName="fred")
    aws.create_access_key(UserName="fred")
    kept: dict[str, bytes] = {}

    def as_it_was(action):
        return lambda params, content: kept.setdefault(f"{action} {params.get('UserName')}", content)

    front.rewrite.update({action: as_it_was(action) for action in STALE})
    sync(alice)
    return as_administrator(alice)


def long_ago() -> None:
    """The same changes, older than any list."""
    with past.rewritten():
        Event.objects.filter(action__startswith="iam:").update(at=timezone.now() - timedelta(minutes=6))


def test_an_attached_policy_a_tag_and_a_membership_stay(stale, alice):
    execute(stale, "AttachUserPolicy", UserName="wilma", PolicyArn=ARN)
    execute(stale, "AddUserToGroup", UserName="wilma", GroupName="readers")
    execute(stale, "TagUser", UserName="wilma", Tags=[{"Key": "floor", "Value": "2"}])
    job = sync(alice)
    assert (job.state, job.result["changed"]) == ("done", 0)
    wilma = User.objects.get(user_name="wilma")
    assert wilma.tags["floor"] == "2"
    assert PolicyAttachment.objects.filter(user=wilma, policy__arn=ARN).exists()
    assert GroupMembership.objects.filter(user=wilma, group__group_name="readers").exists()
    long_ago()
    sync(alice)
    assert not PolicyAttachment.objects.filter(user=wilma).exists(), "then the list is believed"
    assert not GroupMembership.objects.filter(user=wilma).exists()


def test_who_was_deleted_here_does_not_come_back(stale, alice, aws):
    for key in aws.list_access_keys(UserName="fred")["AccessKeyMetadata"]:
        execute(stale, "UpdateAccessKey", UserName="fred", AccessKeyId=key["AccessKeyId"], Status="Inactive")
        execute(stale, "DeleteAccessKey", UserName="fred", AccessKeyId=key["AccessKeyId"])
    execute(stale, "DeleteUser", UserName="fred")
    execute(stale, "DeleteGroup", GroupName="readers")
    execute(stale, "DeletePolicy", PolicyArn=ARN)
    assert sync(alice).state == "done"
    assert not User.objects.filter(user_name="fred").exists()
    assert not Group.objects.filter(group_name="readers").exists()
    assert not ManagedPolicy.objects.filter(arn=ARN).exists()


def test_a_key_that_was_deactivated_here_stays_so(stale, alice):
    key = AccessKey.objects.get(user__user_name="fred")
    execute(stale, "UpdateAccessKey", UserName="fred", AccessKeyId=key.access_key_id, Status="Inactive")
    sync(alice)  # the report and the list both say Active
    key.refresh_from_db()
    assert key.status == "Inactive"
    long_ago()
    sync(alice)
    key.refresh_from_db()
    assert key.status == "Active"


def test_a_group_made_here_stays(stale, alice):
    execute(stale, "CreateGroup", GroupName="writers")
    execute(stale, "CreatePolicy", PolicyName="Writing", PolicyDocument=ALLOW)
    sync(alice)
    assert Group.objects.filter(group_name="writers").exists()
    assert ManagedPolicy.objects.filter(policy_name="Writing").exists()
