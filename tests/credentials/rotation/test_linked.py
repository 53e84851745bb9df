"""Rotations at AWS: what AWS is asked, answers that are lost, and the key of the console's own link."""

from collections import Counter

import boto3
import pytest
from django.utils import timezone

from credentials.models import AccessKey, Rotation
from credentials.models.rotations import State
from credentials.rotation import flow, words
from iamconsole import jobs
from iamconsole.errors import IamError
from iamconsole.models import Intent, Job
from iamconsole.operations import execute
from tests.sync.conftest import (  # noqa: F401
    AWS_ACCOUNT,
    as_administrator,
    aws,
    front,
    later,
    link,
    linked,
    moto_url,
    sync,
)
from users.models import AccountLink

from .moments import days_later, pass_time

pytestmark = pytest.mark.django_db(transaction=True)
SESSION = "s" * 32


@pytest.fixture
def old(aws, alice, linked, front):  # noqa: F811
    """Wilma's key, as a sync has found it."""
    made = aws.create_access_key(UserName="wilma")["AccessKey"]["AccessKeyId"]
    later()
    sync(alice)
    assert AccessKey.objects.get().access_key_id == made
    front.asked.clear()
    return made


def at_aws(client, user="wilma"):
    rows = client.list_access_keys(UserName=user)["AccessKeyMetadata"]
    return {row["AccessKeyId"]: row["Status"] for row in rows}


def read_now(used=""):
    """A sync has just read the account; ``used``: a key that was used a moment before."""
    now = timezone.now()
    AccessKey.objects.filter(access_key_id=used).update(last_used_date=now, last_used_service="sts")
    AccountLink.objects.update(synced_at=now)


def test_six_calls_at_most_from_begin_to_end(old, aws, alice, front):  # noqa: F811
    admin = as_administrator(alice)
    rotation = flow.start(admin, SESSION, UserName="wilma", KeyId=old, QuietDays=3).rotation
    new = rotation.new_id
    assert at_aws(aws) == {old: "Active", new: "Active"}
    for _ in range(12):  # no sync: AWS is asked as long as calls are left over, then nobody knows more
        rotation = days_later(2)
    assert (rotation.state, rotation.held) == (State.NEW_USE, "")
    assert front.asked.count("GetAccessKeyLastUsed") == 2
    pass_time(days=1.1)
    read_now(new)  # a sync has read it
    rotation = days_later(0)
    assert rotation.state == State.INACTIVE, "the old one was never used, as the sync has read"
    assert at_aws(aws) == {old: "Inactive", new: "Active"}
    assert days_later(14.1).state == State.DONE
    assert at_aws(aws) == {new: "Active"}
    assert Counter(front.asked) == {
        "CreateAccessKey": 1,
        "GetAccessKeyLastUsed": 2,
        "ListAccessKeys": 1,
        "UpdateAccessKey": 1,
        "DeleteAccessKey": 1,
    }
    rotation.refresh_from_db()
    assert rotation.aws_calls == 6


def test_a_lost_answer_makes_no_second_key(old, aws, alice, front):  # noqa: F811
    admin = as_administrator(alice)
    front.silent = frozenset({"CreateAccessKey"})
    outcome = flow.start(admin, SESSION, UserName="wilma", KeyId=old)
    front.silent = frozenset()
    assert (outcome.rotation.state, outcome.secret_id) == (State.CREATE, "")
    assert "AWS did not answer in time" in outcome.rotation.held
    rotation_id = str(outcome.rotation.id)
    again = flow.go_on(admin, SESSION, rotation_id, State.CREATE).rotation
    assert "its answer never arrived" in again.held
    assert front.asked.count("CreateAccessKey") == 1
    (made,) = set(at_aws(aws)) - {old}

    later()
    sync(alice)
    assert Intent.objects.get().state == "settled"
    pass_time(days=1)
    rotation = days_later(0)
    assert rotation.state == State.CREATE
    assert f"AWS has made the access key {made}, but its secret never arrived here" in rotation.held
    assert at_aws(aws) == {old: "Active", made: "Active"}
    rotation = flow.go_on(admin, SESSION, rotation_id, State.CREATE).rotation
    assert at_aws(aws) == {old: "Active", made: "Inactive"}
    rotation = days_later(0)
    assert at_aws(aws) == {old: "Active"}
    outcome = flow.go_on(admin, SESSION, rotation_id, State.CREATE)
    assert outcome.secret_id
    assert at_aws(aws) == {old: "Active", outcome.rotation.new_id: "Active"}
    assert outcome.rotation.state == State.NEW_USE


def test_a_key_that_vanished_at_aws(old, aws, alice, front):  # noqa: F811
    admin = as_administrator(alice)
    rotation = flow.start(admin, SESSION, UserName="wilma", KeyId=old, QuietDays=0).rotation
    aws.delete_access_key(UserName="wilma", AccessKeyId=old)
    later()
    pass_time(hours=1)
    sync(alice)
    rotation = days_later(1)
    assert rotation.state == State.ENDED
    assert rotation.end_note.startswith(f"The old key {old} is no longer there: somebody else deleted it")
    assert f"The new access key {rotation.new_id} is active." in rotation.end_note


def test_at_aws_the_new_key_is_looked_at_before_the_old_one_goes(old, aws, alice, front):  # noqa: F811
    """Nobody here knows yet that the new key was deactivated there."""
    admin = as_administrator(alice)
    rotation = flow.start(admin, SESSION, UserName="wilma", KeyId=old, QuietDays=0).rotation
    aws.update_access_key(UserName="wilma", AccessKeyId=rotation.new_id, Status="Inactive")
    execute(admin, "iamconsole:ConfirmRotation", RotationId=str(rotation.id))
    rotation = days_later(0)
    assert at_aws(aws)[old] == "Active"
    assert f"The new key {rotation.new_id} is not active" in rotation.held


def test_what_the_link_may_not_do_is_said_before_it_begins(old, alice, front):  # noqa: F811
    front.denied = frozenset({"DeleteAccessKey"})
    admin = as_administrator(alice)
    spare = execute(admin, "CreateAccessKey", UserName="wilma")["AccessKey"]["AccessKeyId"]
    execute(admin, "UpdateAccessKey", UserName="wilma", AccessKeyId=spare, Status="Inactive")
    with pytest.raises(IamError):
        execute(admin, "DeleteAccessKey", UserName="wilma", AccessKeyId=spare)
    with pytest.raises(IamError, match="The link of this account lacks iam:DeleteAccessKey at AWS"):
        flow.start(admin, SESSION, UserName="wilma", KeyId=old, RoomId=spare)
    assert not Rotation.objects.exists()


def test_the_key_of_the_link_itself(alice, caller, aws, front):  # noqa: F811
    aws.create_user(UserName="console")
    made = aws.create_access_key(UserName="console")["AccessKey"]
    key_id, secret = made["AccessKeyId"], made["SecretAccessKey"]
    link(caller(alice), Method="key", AccessKeyId=key_id, SecretAccessKey=secret)
    later()
    sync(alice)
    front.asked.clear()
    admin = as_administrator(alice)
    front.denied, front.code = frozenset({"GetCallerIdentity"}), "InvalidClientTokenId"
    outcome = flow.start(admin, SESSION, UserName="console", KeyId=key_id, QuietDays=0, KeptDays=1)
    rotation, new = outcome.rotation, outcome.rotation.new_id
    assert (rotation.kind, rotation.state, outcome.secret_id) == ("link-key", State.HAND_OVER, "")
    assert rotation.sealed_secret
    assert (rotation.held, f"AWS does not know {new} yet" in words.now_of(rotation).waits_for) == ("", True)
    assert AccountLink.objects.get().access_key_id == key_id
    front.denied = frozenset()
    rotation = days_later(0.001)
    assert (rotation.state, rotation.sealed_secret) == (State.NEW_USE, "")
    assert AccountLink.objects.get().access_key_id == new
    assert at_aws(aws, "console") == {key_id: "Active", new: "Active"}
    assert days_later(0.1).state == State.NEW_USE, "no sync has succeeded yet"
    beside = Counter(front.asked)

    jobs.run(str(Job.objects.get(kind="sync", state="waiting").id))
    assert days_later(0.1).state in (State.OLD_QUIET, State.INACTIVE)
    assert days_later(0.5).state == State.INACTIVE
    jobs_ids = list(Job.objects.filter(state="waiting").values_list("id", flat=True))
    assert jobs_ids == []
    rotation = days_later(1.1)
    assert rotation.state == State.DONE
    assert at_aws(aws, "console") == {new: "Active"}
    assert (beside["CreateAccessKey"], beside["GetCallerIdentity"]) == (1, 2)
    assert sync(alice).state == "done"
    reader = boto3.client("iam", endpoint_url=front.moto_url, region_name="us-east-1")
    assert [
        key["AccessKeyId"] for key in reader.list_access_keys(UserName="console")["AccessKeyMetadata"]
    ] == [new]
    assert rotation.account_id == AWS_ACCOUNT
