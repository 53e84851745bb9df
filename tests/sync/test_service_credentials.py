"""Service-specific credentials of a linked account: made at AWS, mirrored, and found changed."""

from datetime import date, timedelta

import pytest

from credentials.key_uses import key_steps
from credentials.models import AccessKey, ServiceSpecificCredential
from iamconsole import jobs, work
from iamconsole.models import Event
from iamconsole.operations import execute
from users.callers.build import starter_of

from .conftest import as_administrator, sync

pytestmark = pytest.mark.django_db(transaction=True)
GIT = "codecommit.amazonaws.com"
LIST = "ListServiceSpecificCredentials"


@pytest.fixture
def old(monkeypatch):
    """What was just made counts as long made: a listing that lacks it is believed."""
    monkeypatch.setattr("iamconsole.sync.guard.FRESH", timedelta(minutes=-5))


def rows():
    return list(ServiceSpecificCredential.objects.values_list("name", "service_name", "slot", "status"))


def test_aws_makes_them_and_its_answer_is_shown_not_kept(linked, alice, aws):
    by = as_administrator(alice)
    made = execute(by, "CreateServiceSpecificCredential", UserName="wilma", ServiceName=GIT)
    credential = made["ServiceSpecificCredential"]
    assert credential["ServicePassword"] == "p" * 60
    assert rows() == [("wilma-at-123456789012", GIT, 1, "Active")]
    named = {"UserName": "wilma", "ServiceSpecificCredentialId": credential["ServiceSpecificCredentialId"]}
    reset = execute(by, "ResetServiceSpecificCredential", **named)
    assert "ServicePassword" in reset["ServiceSpecificCredential"]
    assert "p" * 60 not in str(list(Event.objects.values()))
    execute(by, "UpdateServiceSpecificCredential", **named, Status="Inactive")
    at_aws = aws.list_service_specific_credentials(UserName="wilma")["ServiceSpecificCredentials"]
    assert [row["Status"] for row in at_aws] == ["Inactive"]
    execute(by, "DeleteServiceSpecificCredential", **named)
    assert rows() == []
    assert aws.list_service_specific_credentials(UserName="wilma")["ServiceSpecificCredentials"] == []


def test_the_mirror_follows_aws(linked, alice, aws, old):
    made = aws.create_service_specific_credential(UserName="wilma", ServiceName=GIT)
    named = {
        "UserName": "wilma",
        "ServiceSpecificCredentialId": made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"],
    }
    sync(alice)
    assert rows() == [("wilma-at-123456789012", GIT, 1, "Active")]
    aws.update_service_specific_credential(**named, Status="Inactive")
    sync(alice)
    assert rows() == [("wilma-at-123456789012", GIT, 1, "Inactive")]
    assert Event.objects.filter(action="iamconsole:ChangedOutside").count() == 2
    sync(alice)
    assert Event.objects.filter(action="iamconsole:ChangedOutside").count() == 2
    aws.delete_service_specific_credential(**named)
    sync(alice)
    assert rows() == []


def test_a_listing_that_aws_does_not_give_removes_nothing(linked, alice, aws, front, old):
    aws.create_service_specific_credential(UserName="wilma", ServiceName=GIT)
    sync(alice)
    front.denied = frozenset({LIST})
    job = sync(alice)
    assert job.state == "done"
    assert job.result["unknown"] == [LIST]
    assert len(rows()) == 1


def test_a_user_that_goes_takes_them_along(linked, alice, aws, old):
    made = aws.create_service_specific_credential(UserName="wilma", ServiceName=GIT)
    sync(alice)
    credential_id = made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    aws.delete_service_specific_credential(UserName="wilma", ServiceSpecificCredentialId=credential_id)
    aws.delete_user(UserName="wilma")
    assert sync(alice).state == "done"
    assert rows() == []


def test_a_sync_leaves_what_only_the_console_knows(linked, alice, aws):
    key_id = aws.create_access_key(UserName="wilma")["AccessKey"]["AccessKeyId"]
    sync(alice)
    by = as_administrator(alice)
    named = {"UserName": "wilma", "AccessKeyId": key_id}
    execute(by, "iamconsole:UpdateAccessKeyDetails", **named, Owner="ana", ReviewDate="2031-01-31")
    profile = {"UserType": "workload", "EmailAddress": "ops@example.com"}
    execute(by, "iamconsole:UpdateUserProfile", UserName="wilma", **profile)
    aws.update_access_key(**named, Status="Inactive")
    aws.tag_user(UserName="wilma", Tags=[{"Key": "team", "Value": "red"}])
    sync(alice)
    key = AccessKey.objects.select_related("user").get(access_key_id=key_id)
    assert (key.status, key.owner, str(key.review_date)) == ("Inactive", "ana", "2031-01-31")
    assert (key.user.user_type, key.user.email) == ("workload", "ops@example.com")
    assert key.user.tags == {"team": "red"}


def test_a_new_key_gets_its_details_from_the_job_that_makes_it(linked, alice):
    by = as_administrator(alice)
    steps = key_steps("wilma", "nightly build", "platform", date(2031, 1, 31))
    show = {"title": "", "done_url": "/", "users": [{"user_name": "wilma"}]}
    job = work.start(by, starter_of(by), steps, "s" * 32, show)
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert [(row["state"], row["key"]) for row in job.steps] == [("done", "")] * 3
    key = AccessKey.objects.select_related("user").get()
    assert (key.owner, key.review_date) == ("platform", date(2031, 1, 31))
    assert key.user.tags[key.access_key_id] == "nightly build"
