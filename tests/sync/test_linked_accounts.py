"""A linked account from the first question to a settled doubt, against an AWS double over HTTP."""

import json

import pytest
from django.urls import reverse

from credentials.models import AccessKey, VirtualMFADevice
from iamconsole import jobs
from iamconsole.errors import IamError, OutcomeUnknown
from iamconsole.models import Event, Intent, Job, OneTimeSecret
from iamconsole.operations import execute
from tests.credentials.wizard import create
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, link, sync
from users.models import Account, AccountLink, ManagedPolicy, User

pytestmark = pytest.mark.django_db(transaction=True)


def test_linking_asks_aws_who_it_is(alice, aws, caller):
    with pytest.raises(IamError, match="belong to account 123456789012, not to 999999999999"):
        execute(caller(alice), "iamconsole:LinkAccount", AccountId="999999999999", Method="default")
    assert not Account.objects.filter(kind="linked").exists()
    account = link(caller(alice))
    assert AccountLink.objects.get(account=account).identity_arn.startswith("arn:aws:sts::123456789012:")


def test_linking_by_role_and_by_profile(alice, aws, caller, tmp_path, monkeypatch):
    role = f"arn:aws:iam::{AWS_ACCOUNT}:role/IamConsole"
    link(caller(alice), Method="role", RoleArn=role, ExternalId="iam-console-x1")
    execute(caller(alice), "iamconsole:UnlinkAccount", AccountId=AWS_ACCOUNT)
    config = tmp_path / "config"
    config.write_text("[profile ops]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    link(caller(alice), Method="profile", Profile="ops")
    with pytest.raises(IamError, match="No AWS credentials were found"):
        execute(caller(alice), "iamconsole:LinkAccount", AccountId="1" * 12, Method="profile", Profile="nope")


def test_the_mirror_shows_users_keys_groups_policies_and_devices(alice, aws, caller):
    aws.create_user(UserName="wilma", Path="/eng/", Tags=[{"Key": "team", "Value": "blue"}])
    key = aws.create_access_key(UserName="wilma")["AccessKey"]
    aws.create_login_profile(UserName="wilma", Password="Abcdefg-1-xyz")
    aws.create_group(GroupName="ops")
    aws.add_user_to_group(GroupName="ops", UserName="wilma")
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
    aws.put_user_policy(UserName="wilma", PolicyName="inline", PolicyDocument=document)
    arn = aws.create_policy(PolicyName="Managed", PolicyDocument=document)["Policy"]["Arn"]
    aws.attach_group_policy(GroupName="ops", PolicyArn=arn)
    serial = aws.create_virtual_mfa_device(VirtualMFADeviceName="wilma")["VirtualMFADevice"]["SerialNumber"]
    aws.enable_mfa_device(
        UserName="wilma", SerialNumber=serial, AuthenticationCode1="111111", AuthenticationCode2="222222"
    )
    link(caller(alice))
    assert sync(alice).state == "done"
    user = User.objects.get(user_name="wilma")
    assert (user.path, user.tags, user.group_names) == ("/eng/", {"team": "blue"}, "ops")
    assert (user.access_key_count, user.mfa_count, user.password_enabled) == (1, 1, True)
    stored = AccessKey.objects.get()
    assert (stored.access_key_id, stored.create_date) == (key["AccessKeyId"], key["CreateDate"])
    assert not stored.secret_lost
    assert [p.policy_name for p in user.inline_policies.all()] == ["inline"]
    assert user.groups.get().policy_attachments.get().policy.arn == arn
    assert VirtualMFADevice.objects.get().seed_known is False
    assert not user.has_usable_password()


def test_versions_of_policies_come_and_go(linked, alice, aws):
    statement = {"Effect": "Allow", "Resource": "*"}
    documents = [
        json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Action": action}]})
        for action in ("iam:Get*", "iam:List*")
    ]
    arn = aws.create_policy(PolicyName="Managed", PolicyDocument=documents[0])["Policy"]["Arn"]
    aws.create_policy_version(PolicyArn=arn, PolicyDocument=documents[1], SetAsDefault=True)
    assert sync(alice).state == "done"
    policy = ManagedPolicy.objects.get(arn=arn)
    assert [(v.version_id, v.is_default) for v in policy.versions.all()] == [("v2", True), ("v1", False)]
    assert [json.loads(v.document) for v in policy.versions.all()] == [
        json.loads(text) for text in reversed(documents)
    ]
    aws.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert sync(alice).state == "done"
    assert [v.version_id for v in policy.versions.all()] == ["v2"]


def test_a_rename_is_a_rename_and_a_recreated_user_another(linked, alice, aws):
    first = User.objects.get(user_name="wilma")
    aws.update_user(UserName="wilma", NewUserName="wilma.b")
    sync(alice)
    first.refresh_from_db()
    assert first.user_name == "wilma.b"
    aws.delete_user(UserName="wilma.b")
    aws.create_user(UserName="wilma.b")
    sync(alice)
    assert User.objects.get(user_name="wilma.b").user_id != first.user_id
    assert Event.objects.filter(action="iamconsole:ChangedOutside").exists()


def test_what_is_created_here_is_at_aws(linked, alice, aws):
    me = as_administrator(alice)
    execute(me, "CreateUser", UserName="dora", Path="/eng/")
    answer = execute(me, "CreateAccessKey", UserName="dora")["AccessKey"]
    assert aws.get_user(UserName="dora")["User"]["UserId"] == User.objects.get(user_name="dora").user_id
    listed = aws.list_access_keys(UserName="dora")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in listed] == [answer["AccessKeyId"]]
    assert AccessKey.objects.get().sealed_secret == "", "AWS's secrets are shown once and not kept"
    assert not Intent.objects.filter(state="open").exists()
    event = Event.objects.get(action="iam:CreateAccessKey")
    assert event.origin_arn == alice.arn
    assert event.principal_arn.endswith("assumed-role/IamConsoleAdministrator/alice")


def test_the_page_creates_a_user_by_a_job_and_shows_its_secrets_once(linked, alice, aws, client, sign_in):
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    # No change at sign-in: the double lacks AWS's own policies.
    answer = create(client, console_access="on", access_key="on", key_description="night build")
    job = Job.objects.get(kind="operations")
    assert answer.url == reverse("job", args=[job.id])
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    page = client.get(reverse("credentials:secret", args=[job.result["secret_id"]])).content.decode()
    key = aws.list_access_keys(UserName="dora")["AccessKeyMetadata"][0]["AccessKeyId"]
    assert key in page
    assert aws.list_user_tags(UserName="dora")["Tags"] == [{"Key": key, "Value": "night build"}]
    again = client.get(reverse("credentials:secret", args=[job.result["secret_id"]])).content.decode()
    assert key not in again
    assert not OneTimeSecret.objects.filter(purpose="work-input").exists()


def test_aws_refusing_is_the_answer(linked, alice, aws):
    aws.create_user(UserName="behind")
    with pytest.raises(IamError) as caught:
        execute(as_administrator(alice), "CreateUser", UserName="behind")
    assert caught.value.code == "EntityAlreadyExists"
    assert Intent.objects.get().state == "refused"
    assert Event.objects.get(outcome="failed").error_code == "EntityAlreadyExists"


def test_silence_after_acting_is_settled_by_the_next_sync(linked, alice, aws, front):
    front.silent = frozenset({"CreateAccessKey"})
    with pytest.raises(OutcomeUnknown):
        execute(as_administrator(alice), "CreateAccessKey", UserName="wilma")
    assert Intent.objects.get().state == "open"
    assert len(aws.list_access_keys(UserName="wilma")["AccessKeyMetadata"]) == 1, "asked once, not repeated"
    front.silent = frozenset()
    assert sync(alice).state == "done"
    assert Intent.objects.get().state == "settled"
    key = AccessKey.objects.get()
    assert key.secret_lost
    assert "Nobody can use it" in Intent.objects.get().outcome


def test_a_user_made_in_silence_is_adopted(linked, alice, aws, front):
    front.silent = frozenset({"CreateUser"})
    with pytest.raises(OutcomeUnknown):
        execute(as_administrator(alice), "CreateUser", UserName="dora")
    front.silent = frozenset()
    sync(alice)
    assert User.objects.filter(user_name="dora").count() == 1
    assert Intent.objects.get().outcome.startswith("AWS has it")


def test_an_aws_that_is_not_there_changes_nothing(linked, alice, settings):
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    with pytest.raises(IamError, match="could not be reached"):
        execute(as_administrator(alice), "CreateUser", UserName="dora")
    assert Intent.objects.get().state == "refused"


@pytest.mark.parametrize("trouble", ["denied", "endless"])
def test_an_incomplete_listing_removes_nothing(linked, alice, aws, front, trouble, settings):
    aws.delete_user(UserName="wilma")
    User.objects.filter(user_name="wilma").update(create_date="2020-01-01T00:00:00Z")
    setattr(front, trouble, frozenset({"GetAccountAuthorizationDetails"}))
    job = sync(alice)
    assert job.state == "failed"
    assert User.objects.filter(user_name="wilma").exists()
    assert AccountLink.objects.get().sync_error


def test_a_suddenly_short_listing_asks_first(linked, alice, aws):
    for number in range(12):
        aws.create_user(UserName=f"user-{number:02}")
    sync(alice)
    for number in range(12):
        aws.delete_user(UserName=f"user-{number:02}")
    User.objects.filter(user_name__startswith="user-").update(create_date="2020-01-01T00:00:00Z")
    job = sync(alice)
    assert (job.state, User.objects.filter(user_name__startswith="user-").count()) == ("failed", 12)
    assert "12 of the 13 users" in AccountLink.objects.get().sync_error
    assert sync(alice, RemoveMany=True).state == "done"
    assert not User.objects.filter(user_name__startswith="user-").exists()


def test_what_was_just_made_here_survives_a_stale_listing(linked, alice, aws):
    execute(as_administrator(alice), "CreateUser", UserName="dora")
    aws.delete_user(UserName="dora")  # as if the listing did not know her yet
    sync(alice)
    assert User.objects.filter(user_name="dora").exists()


def test_one_sync_at_a_time(linked, alice):
    execute(as_administrator(alice), "iamconsole:SyncAccount")
    with pytest.raises(jobs.AlreadyOpen):
        execute(as_administrator(alice), "iamconsole:SyncAccount")
    assert Job.objects.filter(kind="sync", state="waiting").count() == 1


def test_only_who_may_assume_the_role_switches(linked, bob, client, sign_in):
    sign_in(client, bob)
    answer = client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    assert answer.status_code == 403
    assert client.get(reverse("users:account", args=[AWS_ACCOUNT])).status_code == 403


def test_mfa_enrolled_here_is_checked_here_and_at_aws(linked, alice, aws):
    me = as_administrator(alice)
    execute(me, "CreateVirtualMFADevice", VirtualMFADeviceName="wilma-phone")
    device = VirtualMFADevice.objects.get()
    assert len(device.seed()) >= 32
    totp = device.totp()
    totp.drift = -800  # the phone is hours slow, which AWS and this console both learn from the pair
    first = f"{totp.token():06d}"
    totp.drift = -799
    codes = {"AuthenticationCode1": first, "AuthenticationCode2": f"{totp.token():06d}"}
    execute(me, "EnableMFADevice", UserName="wilma", SerialNumber=device.serial_number, **codes)
    assert len(aws.list_mfa_devices(UserName="wilma")["MFADevices"]) == 1
    sync(alice)
    device = VirtualMFADevice.objects.get()
    assert (device.seed_known, device.drift) == (True, -799), "a sync keeps the seed and the clock"
