"""AWS on a bad day (tests/sync/proxy.py): the mirror ends as on a good one, or says what is missing."""

import re

import pytest

from credentials.models import AccessKey, SSHPublicKey
from iamconsole.operations import execute
from iamconsole.sync import read
from tests.sync import proxy as faults
from tests.sync.bad_days import furnish
from tests.sync.conftest import AWS_ACCOUNT, link, sync
from tests.sync.mirrors import mirror
from users.models import AccountLink, SyncRun, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def day(aws, moto_url, settings):
    """The console's way to AWS, through a proxy without faults yet."""
    with faults.proxied(moto_url) as proxy:
        settings.AWS_ENDPOINT_URL = proxy.url
        yield proxy


@pytest.fixture
def furnished(alice, aws, day, caller):
    """An account with something of everything, synced once."""
    furnish(aws)
    link(caller(alice))
    assert sync(alice).state == "done"
    return day


def again(alice, caller):
    """The same account linked anew: everything is read again."""
    execute(caller(alice), "iamconsole:UnlinkAccount", AccountId=AWS_ACCOUNT)
    link(caller(alice))
    return sync(alice)


@pytest.mark.parametrize(
    "fault",
    [faults.throttling(2), faults.server_errors(4), faults.resets(5), faults.slow(0.05)],
    ids=["throttled", "out of order", "reset", "slow"],
)
def test_a_bad_day_ends_as_a_good_one(furnished, alice, caller, fault):
    good, calls = mirror(AWS_ACCOUNT), SyncRun.objects.get().call_count
    furnished.faults.append(fault)
    job = again(alice, caller)
    assert (job.state, job.error) == ("done", "")
    assert mirror(AWS_ACCOUNT) == good
    run = SyncRun.objects.get()
    assert run.call_count <= 3 * calls
    assert run.call_count == calls + run.retries


def test_throttling_is_counted(furnished, alice, caller):
    furnished.faults.append(faults.throttling(2))
    again(alice, caller)
    run = SyncRun.objects.get()
    assert run.throttled
    assert run.retries


def test_an_answer_that_ends_in_the_middle_is_asked_for_again(furnished, alice, caller):
    good = mirror(AWS_ACCOUNT)
    furnished.faults.append(faults.cut_off("GetAccountAuthorizationDetails", 2))
    assert again(alice, caller).state == "done"
    assert mirror(AWS_ACCOUNT) == good


def test_pages_that_never_end_stop_the_sync_and_remove_nothing(furnished, alice):
    good = mirror(AWS_ACCOUNT)
    furnished.faults.append(faults.repeated_marker("GetAccountAuthorizationDetails"))
    job = sync(alice)
    assert job.state == "failed"
    assert "incomplete answer" in job.error
    assert mirror(AWS_ACCOUNT) == good
    failed = SyncRun.objects.first()
    assert (failed.state, failed.error, failed.call_count) == ("failed", job.error, 2)


def test_a_user_listed_twice_means_that_another_may_be_missing(furnished, alice, aws):
    aws.delete_user(UserName="user-005")
    User.objects.filter(user_name="user-005").update(create_date="2020-01-01T00:00:00Z")

    def twice(body: bytes) -> bytes:
        member = re.search(rb"<UserDetailList>\s*(<member>.*?</member>)\s*(?=<member>)", body, re.DOTALL)
        return body.replace(b"</UserDetailList>", member[1] + b"</UserDetailList>")

    furnished.faults.append(faults.rewriting("GetAccountAuthorizationDetails", twice))
    assert sync(alice).state == "done"
    assert User.objects.filter(user_name="user-005").exists()
    assert SyncRun.objects.first().state == "partial"
    furnished.faults.clear()
    sync(alice)
    assert not User.objects.filter(user_name="user-005").exists()


def test_a_denied_list_of_keys_stops_the_sync(furnished, alice, aws):
    aws.create_access_key(UserName="user-001")
    furnished.faults.append(faults.refusing("AccessDenied", "ListAccessKeys"))
    assert sync(alice).state == "failed"
    assert not AccessKey.objects.filter(user__user_name="user-001").exists()
    assert AccountLink.objects.get().sync_error == "AWS refused iam:ListAccessKeys. Not today."


def test_what_may_be_denied_is_asked_once_and_named(furnished, alice, caller):
    furnished.faults.append(faults.refusing("AccessDenied", "ListSSHPublicKeys", "GetLoginProfile"))
    furnished.asked.clear()
    job = again(alice, caller)
    assert job.state == "done"
    assert {"ListSSHPublicKeys", "GetLoginProfile"} <= set(job.result["unknown"])
    assert User.objects.filter(asked_at=None, user_name__startswith="user-").count() == 6
    furnished.asked.clear()
    assert sync(alice).result["plan"]["ListSSHPublicKeys"] == 1, (
        "one user is asked about, whether it still is"
    )
    furnished.faults.clear()
    sync(alice)
    sync(alice)
    assert SSHPublicKey.objects.count() == 1


def test_one_user_that_is_not_answered_is_asked_about_again(furnished, alice, aws):
    for name in ("user-001", "user-003"):
        aws.create_access_key(UserName=name)
    furnished.faults.append(faults.refusing("ConcurrentModification", "ListAccessKeys", user="user-001"))
    job = sync(alice)
    assert (job.state, job.result["unanswered"]) == ("done", 1)
    assert SyncRun.objects.first().state == "partial"
    assert AccessKey.objects.filter(user__user_name="user-003").exists()
    assert not AccessKey.objects.filter(user__user_name="user-001").exists()
    furnished.faults.clear()
    assert sync(alice).result["unanswered"] == 0
    assert AccessKey.objects.filter(user__user_name="user-001").exists()


def test_a_report_that_never_comes_costs_no_calls_about_known_users(furnished, alice, aws, monkeypatch):
    monkeypatch.setattr(read, "REPORT_SECONDS", 1)
    good = mirror(AWS_ACCOUNT)
    furnished.faults.append(faults.report_in_progress())
    furnished.asked.clear()
    job = sync(alice)
    assert (job.state, job.result["unknown"]) == ("done", ["GetCredentialReport"])
    assert furnished.counts["ListAccessKeys"] == 0
    assert mirror(AWS_ACCOUNT) == good
    assert SyncRun.objects.first().report_at is None


@pytest.mark.parametrize("code", ["ReportInProgress", "ReportExpired", "ReportNotPresent"])
def test_a_report_that_aws_takes_back_is_asked_for_anew(furnished, alice, code):
    furnished.faults.append(faults.refusing(code, "GetCredentialReport", times=1))
    furnished.asked.clear()
    job = sync(alice)
    assert (job.state, job.result["unknown"]) == ("done", [])
    assert furnished.counts["GetCredentialReport"] == 2
    assert furnished.counts["GenerateCredentialReport"] == 2


def test_aws_out_of_order_for_everybody_stops_the_sync(furnished, alice, aws, monkeypatch):
    monkeypatch.setattr("iamconsole.sync.ask.TOLERATED", 1)
    for number in (1, 3, 5):
        aws.create_access_key(UserName=f"user-00{number}")
    good = mirror(AWS_ACCOUNT)
    furnished.faults.append(faults.refusing("ConcurrentModification", "ListAccessKeys"))
    job = sync(alice)
    assert (job.state, job.error) == ("failed", "AWS refused iam:ListAccessKeys. Not today.")
    assert mirror(AWS_ACCOUNT) == good
