"""What a sync costs, and that the pages say so: calls by action, statements, age of the facts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey, SSHPublicKey, VirtualMFADevice
from credentials.models.server_certificates import ServerCertificate
from iamconsole.models import Job
from iamconsole.operations import execute
from iamconsole.sync.plan import Listing
from iamconsole.sync.single import Turns
from tests.credentials.key_texts import certificate as certificate_text
from tests.credentials.key_texts import private_rsa, private_text, ssh_text
from tests.sync.bad_days import furnish
from tests.sync.conftest import AWS_ACCOUNT, link, sync
from users.models import Account, ManagedPolicy, SyncRun, User

pytestmark = pytest.mark.django_db(transaction=True)
LISTS = {
    "GetAccountAuthorizationDetails": 1,
    "GetAccountPasswordPolicy": 1,
    "ListAccountAliases": 1,
    "GetAccountSummary": 1,
    "ListVirtualMFADevices": 1,
    "ListServerCertificates": 1,
    "ListServiceSpecificCredentials": 1,
    "GenerateCredentialReport": 1,
    "GetCredentialReport": 1,
}


@pytest.fixture
def furnished(alice, aws, front, caller):
    furnish(aws)
    aws.generate_credential_report()
    return link(caller(alice))


def test_a_first_sync_asks_what_there_is_and_an_unchanged_one_only_for_the_lists(furnished, alice, front):
    front.asked.clear()
    assert sync(alice).state == "done"
    run = SyncRun.objects.get()
    asked = {name: front.asked.count(name) for name in set(front.asked)}
    assert run.calls == asked, "the figures are what AWS received"
    assert run.calls == LISTS | {
        "ListAccessKeys": 3,
        "ListMFADevices": 2,
        "GetLoginProfile": 2,
        "ListSSHPublicKeys": 6,
        "GetSSHPublicKey": 1,
        "GetPolicy": 1,
        "ListMFADeviceTags": 3,
        "SimulatePrincipalPolicy": 1,
    }
    front.asked.clear()
    assert sync(alice).state == "done"
    second = SyncRun.objects.first()
    assert second.calls == second.planned == LISTS
    assert (second.call_count, second.retries, second.throttled) == (9, 0, 0)


def test_an_unchanged_sync_writes_next_to_nothing(furnished, alice):
    sync(alice)
    with CaptureQueriesContext(connection) as queries:
        job = sync(alice)
    assert job.state == "done"
    verbs = ("INSERT", "UPDATE", "DELETE")
    written = [query["sql"] for query in queries if query["sql"].startswith(verbs)]
    tables = {next(word for word in sql.split() if word.startswith('"')).strip('"') for sql in written}
    assert tables <= {
        "iamconsole_job",
        "iamconsole_event",
        "users_syncrun",
        "users_accountlink",
        "reports_evaluationdue",
    }, "nothing of the mirror"
    assert len(written) <= 16


def test_ssh_keys_and_server_certificates_follow_aws(furnished, alice, aws, settings, monkeypatch):
    # What was just made counts as long made: a listing that lacks it is believed.
    monkeypatch.setattr("iamconsole.sync.guard.FRESH", timedelta(minutes=-5))
    key = private_rsa()
    aws.upload_server_certificate(
        ServerCertificateName="shop",
        Path="/web/",
        CertificateBody=certificate_text(private=key),
        PrivateKey=private_text(key),
    )
    sync(alice)
    assert list(ServerCertificate.objects.values_list("server_certificate_name", "path")) == [
        ("shop", "/web/")
    ]
    first = SSHPublicKey.objects.get()
    assert first.user.user_name == "user-000"
    assert first.body.startswith("ssh-rsa ")
    named = {"UserName": "user-000", "SSHPublicKeyId": first.ssh_public_key_id}
    aws.update_ssh_public_key(Status="Inactive", **named)
    aws.upload_ssh_public_key(UserName="user-000", SSHPublicKeyBody=ssh_text())
    aws.delete_server_certificate(ServerCertificateName="shop")
    sync(alice)
    assert SSHPublicKey.objects.get().status == "Active", "its turn has not come"
    assert not ServerCertificate.objects.exists()
    User.objects.filter(user_name="user-000").update(turn_at="2026-01-01T00:00:00Z")
    settings.SYNC_FRESH_HOURS = 24
    sync(alice)
    assert sorted(SSHPublicKey.objects.values_list("status", flat=True)) == ["Active", "Inactive"]
    aws.delete_ssh_public_key(**named)
    User.objects.filter(user_name="user-000").update(turn_at="2026-01-01T00:00:00Z")
    sync(alice)
    assert SSHPublicKey.objects.get().ssh_public_key_id != first.ssh_public_key_id


def test_the_rotation_reads_the_use_of_keys_too(furnished, alice, aws, front):
    sync(alice)
    key = AccessKey.objects.get(user__user_name="user-002")
    User.objects.filter(user_name="user-002").update(turn_at="2026-01-01T00:00:00Z")
    used = b"<LastUsedDate>2026-03-01T10:00:00Z</LastUsedDate><ServiceName>s3</ServiceName>"

    def with_use(params, content):
        assert params["AccessKeyId"] == key.access_key_id
        start, _, rest = content.partition(b"<AccessKeyLastUsed>")
        end = rest.partition(b"</AccessKeyLastUsed>")[2]
        return start + b"<AccessKeyLastUsed><Region>eu-west-1</Region>" + used + b"</AccessKeyLastUsed>" + end

    front.rewrite["GetAccessKeyLastUsed"] = with_use
    front.asked.clear()
    sync(alice)
    assert front.asked.count("GetAccessKeyLastUsed") == 1
    key.refresh_from_db()
    assert (f"{key.last_used_date:%Y-%m-%d}", key.last_used_region, key.last_used_service) == (
        "2026-03-01",
        "eu-west-1",
        "s3",
    )
    assert User.objects.get(user_name="user-002").key_last_used == key.last_used_date


def test_the_pages_tell_the_plan_the_cost_and_the_age(furnished, alice, client, sign_in):
    job = sync(alice)
    sign_in(client, alice)
    page = client.get(reverse("users:account", args=[AWS_ACCOUNT])).content.decode()
    assert "How old the facts are" in page
    assert "for the user who was read longest ago" in " ".join(page.split())
    assert f'data-label="Calls">{SyncRun.objects.get().call_count}<' in page
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    page = client.get(reverse("job", args=[job.id])).content.decode()
    assert "iam:ListSSHPublicKeys" in page
    assert "Calls to AWS" in page
    User.objects.filter(user_name="user-001").update(asked_at=None)
    page = client.get(reverse("users:account", args=[AWS_ACCOUNT])).content.decode()
    assert "not yet read for 1 user" in page


@pytest.mark.long
def test_the_budgets_of_an_account_of_five_thousand_users(furnished, settings):
    """With 750 policies and a device for everybody: 25 calls at most, and the budgets."""
    account, now = Account.objects.get(account_id=AWS_ACCOUNT), timezone.now()
    arns = [f"arn:aws:iam::{AWS_ACCOUNT}:policy/p{n}" for n in range(750)]
    serials = [f"arn:aws:iam::{AWS_ACCOUNT}:mfa/d{n}" for n in range(5000)]
    dates = {"create_date": now, "update_date": now}
    ManagedPolicy.objects.bulk_create(
        ManagedPolicy(account=account, arn=arn, policy_name=arn[-8:], tags=None, **dates) for arn in arns
    )
    VirtualMFADevice.objects.bulk_create(
        VirtualMFADevice(account=account, serial_number=serial, name=serial[-8:], tags=None)
        for serial in serials
    )
    lists = {
        "GetAccountAuthorizationDetails": {
            "Policies": [{"Arn": arn, "CreateDate": now, "UpdateDate": now} for arn in arns]
        },
        "ListVirtualMFADevices": [{"SerialNumber": serial} for serial in serials],
    }
    listing = Listing(now, [], {}, lists=lists)
    assert len(Turns.of(account, listing).turns) == settings.SYNC_SINGLE_BUDGET == 250, "never read: first"
    for rows in (ManagedPolicy.objects.customer(account), VirtualMFADevice.objects.filter(account=account)):
        rows.update(read_at=now)
    assert Turns.of(account, listing).turns == [], "unchanged, and nothing is due"
    VirtualMFADevice.objects.filter(serial_number=serials[7]).update(read_at=None)
    ManagedPolicy.objects.filter(arn=arns[8]).update(update_date=now - timedelta(days=1))
    first = [arn for _, arn in Turns.of(account, listing).turns]
    assert first == [serials[7], arns[8]], "what was never read, then what a list shows changed"
    for rows in (ManagedPolicy.objects.customer(account), VirtualMFADevice.objects.filter(account=account)):
        rows.update(read_at=now - timedelta(days=2), **({} if rows.model is VirtualMFADevice else dates))
    assert len(Turns.of(account, listing).turns) == -(-5750 // 24) <= 250


def test_a_cancelled_sync_is_not_left_running(furnished, alice, front):
    from iamconsole import jobs

    def cancel():
        jobs.cancel(Job.objects.get(kind="sync", state="running"))

    front.then["ListServerCertificates"] = cancel
    sync(alice)
    run = SyncRun.objects.get()
    assert (run.state, run.error) == ("failed", "It was cancelled.")
    assert not User.objects.filter(user_name="user-000").exists()


def test_a_run_whose_worker_died_for_good_is_closed_by_the_next(furnished, alice):
    sync(alice)
    SyncRun.objects.update(state="running", finished_at=None)
    sync(alice)
    assert sorted(SyncRun.objects.values_list("state", "error")) == [
        ("done", ""),
        ("failed", "The worker stopped before the sync had ended."),
    ]


def test_unlinking_forgets_the_runs(furnished, alice, caller):
    sync(alice)
    execute(caller(alice), "iamconsole:UnlinkAccount", AccountId=AWS_ACCOUNT)
    assert not SyncRun.objects.exists()
