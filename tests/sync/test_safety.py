"""What a sync must not do, whatever AWS answers and whatever happens here meanwhile."""

import base64
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from credentials.models import AccessKey, LoginProfile, VirtualMFADevice
from iamconsole.errors import OutcomeUnknown
from iamconsole.models import Event, Intent
from iamconsole.operations import execute
from iamconsole.operations.wanted import HAS_NOT
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, later, link, sync
from users.models import Account, AccountLink, ManagedPolicy, PolicyAttachment, User

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = timezone.now() - timedelta(days=30)
READ_ONLY = f"arn:aws:iam::{AWS_ACCOUNT}:policy/ReadOnly"
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'


def report_of(content: bytes) -> str:
    return base64.b64decode(re.search(rb"<Content>(.*?)</Content>", content, re.DOTALL)[1]).decode()


def with_report(content: bytes, report: str) -> bytes:
    encoded = b"<Content>" + base64.b64encode(report.encode()) + b"</Content>"
    return re.sub(rb"<Content>.*?</Content>", encoded, content, flags=re.DOTALL)


def test_a_question_that_never_reached_aws_did_not_happen(linked, alice, front):
    front.dropped = frozenset({"CreateAccessKey"})
    with pytest.raises(OutcomeUnknown):
        execute(as_administrator(alice), "CreateAccessKey", UserName="wilma")
    front.dropped = frozenset()
    sync(alice)
    assert Intent.objects.get().state == "open", "AWS may have it and not list it yet"
    later()
    sync(alice)
    assert Intent.objects.get().outcome == HAS_NOT
    assert not AccessKey.objects.exists()


def test_an_answer_later_than_the_time_out_is_silence(linked, alice, aws, front, settings):
    settings.AWS_SECONDS = 1
    front.late = frozenset({"CreateAccessKey"})
    with pytest.raises(OutcomeUnknown):
        execute(as_administrator(alice), "CreateAccessKey", UserName="wilma")
    front.late = frozenset()
    settings.AWS_SECONDS = 20
    sync(alice)
    assert AccessKey.objects.get().secret_lost
    assert AccessKey.objects.get().access_key_id in Intent.objects.get().outcome


def test_a_key_made_at_another_time_is_not_the_lost_one(linked, alice, aws, front):
    """Somebody uses that key: it must not be offered for deletion."""
    front.dropped = frozenset({"CreateAccessKey"})
    with pytest.raises(OutcomeUnknown):
        execute(as_administrator(alice), "CreateAccessKey", UserName="wilma")
    front.dropped = frozenset()
    aws.create_access_key(UserName="wilma")
    intent = Intent.objects.get()
    asked = timezone.now() - timedelta(minutes=10)
    Intent.objects.update(opened_at=asked, evidence=intent.evidence | {"At": asked.isoformat()})
    sync(alice)
    assert AccessKey.objects.get().secret_lost is False
    assert Intent.objects.get().outcome == HAS_NOT


def test_a_change_that_waits_for_aws_now_is_left_alone(linked, alice, aws):
    """Its own answer writes the row; a sync that came first would make that a conflict."""
    intent = Intent.objects.create(
        account_id=AWS_ACCOUNT, operation="CreateUser", params={"UserName": "dora"}, principal_arn="x"
    )
    aws.create_user(UserName="dora")
    assert sync(alice).state == "done"
    intent.refresh_from_db()
    assert (intent.state, User.objects.filter(user_name="dora").exists()) == ("open", False)
    Intent.objects.update(opened_at=timezone.now() - timedelta(hours=1))  # whoever asked has died
    sync(alice)
    intent.refresh_from_db()
    assert (intent.state, User.objects.filter(user_name="dora").exists()) == ("settled", True)


def test_what_changes_here_during_the_reading_stays(linked, alice, aws, front):
    aws.create_policy(PolicyName="ReadOnly", PolicyDocument=ALLOW)
    sync(alice)

    def attach():
        execute(as_administrator(alice), "AttachUserPolicy", UserName="wilma", PolicyArn=READ_ONLY)

    front.then["ListAccountAliases"] = attach  # the list of users has been read by then
    assert sync(alice).state == "done"
    assert PolicyAttachment.objects.filter(user__user_name="wilma", policy__arn=READ_ONLY).exists()


def test_a_report_of_before_removes_no_key(linked, alice, aws, front):
    kept = {}
    front.rewrite["GetCredentialReport"] = lambda _, content: kept.setdefault("content", content)
    sync(alice)
    aws.create_access_key(UserName="wilma")
    front.rewrite.clear()
    sync(alice)
    AccessKey.objects.update(create_date=AccessKey.objects.get().create_date)
    User.objects.filter(user_name="wilma").update(create_date=LONG_AGO)
    front.rewrite["GetCredentialReport"] = lambda _, content: kept["content"]
    sync(alice)
    assert AccessKey.objects.filter(user__user_name="wilma").count() == 1


def test_a_page_with_nothing_but_a_marker_removes_nothing(linked, alice, aws, front):
    aws.delete_user(UserName="wilma")
    aws.create_user(UserName="fred")
    User.objects.filter(user_name="wilma").update(create_date=LONG_AGO)

    def first_page_empty(params, content):
        if "Marker" in params:
            return content
        return re.sub(rb"<(\w+DetailList|Policies)>.*</\1>", b"", content, flags=re.DOTALL).replace(
            b"<IsTruncated>false</IsTruncated>", b"<IsTruncated>true</IsTruncated><Marker>m1</Marker>"
        )

    front.rewrite["GetAccountAuthorizationDetails"] = first_page_empty
    assert sync(alice).state == "done"
    assert {"wilma", "fred"} <= set(User.objects.values_list("user_name", flat=True))
    assert AccountLink.objects.get().sync_counts["complete"] is False
    front.rewrite.clear()
    sync(alice)
    assert not User.objects.filter(user_name="wilma").exists()


@pytest.mark.parametrize(("gone", "state"), [(2, "done"), (3, "failed")])
def test_three_in_ten_is_too_many(linked, alice, aws, gone, state):
    for number in range(9):
        aws.create_user(UserName=f"user-{number}")
    sync(alice)
    User.objects.filter(account=linked).update(create_date=LONG_AGO)
    for number in range(gone):
        aws.delete_user(UserName=f"user-{number}")
    job = sync(alice)
    assert job.state == state
    assert User.objects.filter(account=linked).count() == (10 if state == "failed" else 10 - gone)


def test_another_accounts_device_is_not_taken_over(linked, alice, bob, aws):
    """A hardware token's serial number is no ARN: it does not say whose it is."""
    device = VirtualMFADevice.objects.create(
        account=bob.account, user=bob, serial_number="GAHT12345678", name="t"
    )
    codes = {"AuthenticationCode1": "111111", "AuthenticationCode2": "222222"}
    aws.enable_mfa_device(UserName="wilma", SerialNumber="GAHT12345678", **codes)
    job = sync(alice)
    assert job.state == "failed"
    assert "GAHT12345678" in job.error
    device.refresh_from_db()
    assert device.user == bob


@pytest.mark.parametrize("owner", ["aws", "100000000001"])
def test_policies_of_others_are_not_rewritten(linked, alice, aws, front, owner):
    """What the home account relies on must not come from a linked account's listing."""
    arn = f"arn:aws:iam::{owner}:policy/Shared"
    home = None if owner == "aws" else alice.account
    ManagedPolicy.objects.create(
        arn=arn, account=home, policy_name="Shared", default_version_id="v9", document="{}"
    )
    listed = aws.create_policy(PolicyName="Shared", PolicyDocument=ALLOW)["Policy"]["Arn"]
    front.rewrite["GetAccountAuthorizationDetails"] = lambda _, content: content.replace(
        listed.encode(), arn.encode()
    )
    assert sync(alice).state == "done"
    assert ManagedPolicy.objects.get(arn=arn, account=home).document == "{}"


def test_two_users_swap_their_names(linked, alice, aws):
    aws.create_user(UserName="fred")
    sync(alice)
    before = dict(User.objects.filter(account=linked).values_list("user_name", "user_id"))
    aws.update_user(UserName="fred", NewUserName="x")
    aws.update_user(UserName="wilma", NewUserName="fred")
    aws.update_user(UserName="x", NewUserName="wilma")
    assert sync(alice).state == "done"
    after = dict(User.objects.filter(account=linked).values_list("user_name", "user_id"))
    assert after == {"fred": before["wilma"], "wilma": before["fred"]}


def test_a_password_changed_at_aws_opens_this_door_no_longer(linked, alice, aws, front):
    me = as_administrator(alice)
    execute(me, "CreateLoginProfile", UserName="wilma", Password="fresh-Horse-9-stable")
    sync(alice)
    user = User.objects.get(user_name="wilma")
    assert user.has_usable_password(), "a sync alone keeps a password that was set here"
    LoginProfile.objects.update(password_last_changed=timezone.now() - timedelta(days=1))
    User.objects.filter(pk=user.pk).update(session_epoch=5)

    def changed_now(_, content):
        header, *rows = report_of(content).splitlines()
        place = header.split(",").index("password_last_changed")
        cells = [row.split(",") for row in rows]
        for row in cells:
            row[place] = f"{timezone.now():%Y-%m-%dT%H:%M:%S+00:00}"
        return with_report(content, "\n".join([header, *(",".join(row) for row in cells)]))

    front.rewrite["GetCredentialReport"] = changed_now
    assert sync(alice).state == "done"
    user.refresh_from_db()
    assert (user.has_usable_password(), user.session_epoch) == (False, 6)
    event = Event.objects.get(action="iamconsole:ChangedOutside")
    assert (list(event.detail["Values"]), event.who) == (
        ["Console password: password_last_changed"],
        "outside the console",
    )


def test_a_device_enrolled_again_at_aws_is_not_trusted_here(linked, alice, aws):
    serial = f"arn:aws:iam::{AWS_ACCOUNT}:mfa/phone"
    codes = {"AuthenticationCode1": "111111", "AuthenticationCode2": "222222"}
    aws.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    aws.enable_mfa_device(UserName="wilma", SerialNumber=serial, **codes)
    sync(alice)
    VirtualMFADevice.objects.update(sealed_seed="sealed")
    sync(alice)
    assert VirtualMFADevice.objects.get().sealed_seed == "sealed"
    VirtualMFADevice.objects.update(enable_date=LONG_AGO)
    sync(alice)
    assert VirtualMFADevice.objects.get().sealed_seed == ""


def test_a_second_sync_finds_nothing_and_asks_nobody(linked, alice, aws, front):
    aws.create_access_key(UserName="wilma")
    aws.create_login_profile(UserName="wilma", Password="Abcdefg-1-xyz")
    aws.create_group(GroupName="ops")
    aws.add_user_to_group(GroupName="ops", UserName="wilma")
    aws.put_user_policy(UserName="wilma", PolicyName="inline", PolicyDocument=ALLOW)
    sync(alice)
    events = Event.objects.filter(action="iamconsole:ChangedOutside").count()
    front.asked.clear()
    job = sync(alice)
    assert {name: job.result[name] for name in ("created", "changed", "removed")} == dict.fromkeys(
        ("created", "changed", "removed"), 0
    )
    assert Event.objects.filter(action="iamconsole:ChangedOutside").count() == events
    assert not {"ListAccessKeys", "ListMFADevices", "GetLoginProfile"} & set(front.asked)


def test_outside_changes_are_told_with_before_and_after(linked, alice, aws):
    key = aws.create_access_key(UserName="wilma")["AccessKey"]["AccessKeyId"]
    sync(alice)
    aws.create_policy(PolicyName="ReadOnly", PolicyDocument=ALLOW)
    aws.update_access_key(UserName="wilma", AccessKeyId=key, Status="Inactive")
    aws.attach_user_policy(UserName="wilma", PolicyArn=READ_ONLY)
    sync(alice)
    event = Event.objects.filter(action="iamconsole:ChangedOutside", detail__Name="wilma").first()
    assert event.detail["Values"] == {
        f"Attached policy {READ_ONLY}": [None, {}],
        f"Access key {key}: status": ["Active", "Inactive"],
    }
    assert event.resource == User.objects.get(user_name="wilma").arn
    assert User.objects.get(user_name="wilma").active_key_count == 0


def test_a_sync_stops_when_its_starter_was_signed_out(linked, alice, front):
    from iamconsole import jobs

    execute(as_administrator(alice), "iamconsole:SyncAccount")
    User.objects.filter(pk=alice.pk).update(session_epoch=7)
    front.asked.clear()
    job = jobs.open_job(f"sync:{AWS_ACCOUNT}")
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, front.asked) == ("failed", [])
    assert "session that started this job has ended" in job.error


def test_a_repeated_run_of_a_killed_worker_changes_nothing_more(linked, alice, aws):
    from iamconsole import jobs

    aws.create_user(UserName="fred")
    job = sync(alice)
    type(job).objects.filter(pk=job.pk).update(state="waiting", finished_at=None)
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.result["created"], job.attempts) == ("done", 0, 2)
    assert User.objects.filter(user_name="fred").count() == 1


def test_unlinking_forgets_groups_and_their_policies_too(linked, alice, aws, caller):
    arn = aws.create_policy(PolicyName="Managed", PolicyDocument=ALLOW)["Policy"]["Arn"]
    aws.create_group(GroupName="ops")
    aws.attach_group_policy(GroupName="ops", PolicyArn=arn)
    aws.add_user_to_group(GroupName="ops", UserName="wilma")
    sync(alice)
    execute(caller(alice), "iamconsole:UnlinkAccount", AccountId=AWS_ACCOUNT)
    assert not Account.objects.filter(account_id=AWS_ACCOUNT).exists()
    assert not ManagedPolicy.objects.filter(arn=arn).exists()
    assert aws.get_user(UserName="wilma")["User"], "nothing changes in AWS"
    link(caller(alice))  # and it can be linked again
