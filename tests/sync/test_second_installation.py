"""A linked account whose AWS is another installation of this console: pages, signatures, real reports."""

from datetime import timedelta

import pytest

from credentials.models import AccessKey, ServiceSpecificCredential, SigningCertificate, SSHPublicKey
from iamconsole import jobs
from iamconsole.models import Event, Job
from iamconsole.operations import execute
from iamconsole.operations.door import execute_step
from reports.last_accessed.rows import from_kept
from reports.models import LastAccessedReport
from tests.credentials.key_texts import certificate, ssh_text
from tests.sync import proxy as faults
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, link, sync
from tests.sync.mirrors import mirror
from tests.sync.second import second_installation
from users.models import SyncRun, User
from users.policies import revocations
from users.policies.mfa_policy import MFAPolicy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.long]
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
GIT = "codecommit.amazonaws.com"
USERS = 1040


@pytest.fixture(scope="module")
def second():
    with second_installation() as installation:
        installation.add_users(USERS)
        yield installation


@pytest.fixture
def day(second, settings, monkeypatch):
    """The way to it, through a proxy without faults yet."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", second.key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", second.key["SecretAccessKey"])
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with faults.proxied(second.url) as proxy:
        settings.AWS_ENDPOINT_URL = f"{proxy.url}/api/"
        yield proxy


def furnish(iam) -> None:
    """Something of everything that only this AWS has."""
    name = {"UserName": "bulk-00001"}
    iam.create_policy(PolicyName="Limit", PolicyDocument=ALLOW)
    iam.put_user_permissions_boundary(PermissionsBoundary=f"arn:aws:iam::{AWS_ACCOUNT}:policy/Limit", **name)
    iam.create_access_key(**name)
    iam.create_service_specific_credential(ServiceName=GIT, **name)
    iam.upload_ssh_public_key(SSHPublicKeyBody=ssh_text(), **name)
    iam.upload_signing_certificate(CertificateBody=certificate(), **name)


def test_a_paged_account_is_read_whole_and_then_costs_next_to_nothing(
    second, day, alice, caller, monkeypatch
):
    monkeypatch.setattr("iamconsole.sync.guard.FRESH", timedelta(minutes=-5))
    iam = second.client()
    furnish(iam)
    account = link(caller(alice))
    job = sync(alice)
    assert (job.state, job.error) == ("done", "")
    first = SyncRun.objects.get()
    assert first.calls["GetAccountAuthorizationDetails"] == 2, "users, groups and policies, 1,000 to a page"
    assert first.calls["ListSSHPublicKeys"] == USERS + 1, "the administrator is one too"
    assert User.objects.filter(account=account).count() == USERS + 1
    user = User.objects.get(user_name="bulk-00001")
    assert user.permissions_boundary.policy_name == "Limit"
    assert SSHPublicKey.objects.get().user == SigningCertificate.objects.get().user == user
    assert ServiceSpecificCredential.objects.get().user == user
    assert first.report_at is not None

    good = mirror(AWS_ACCOUNT)
    job = sync(alice)
    again = SyncRun.objects.first()
    assert again.call_count <= 25
    assert again.calls == again.planned
    assert (job.result["created"], job.result["changed"], job.result["removed"]) == (0, 0, 0)
    assert mirror(AWS_ACCOUNT) == good

    services_accessed_are_what_it_tells(iam, alice)
    page_two_is_torn(day, alice, good)
    what_changes_there_is_told(iam, alice, user)
    revoking_and_requiring_mfa_reach_it(iam, alice, account)


def services_accessed_are_what_it_tells(iam, alice) -> None:
    """The report of the administrator whose key the link has, read to the end."""
    admin = User.objects.filter(account__account_id=AWS_ACCOUNT).exclude(user_name__startswith="bulk").get()
    execute(as_administrator(alice), "iamconsole:ReadLastAccessed", Arn=admin.arn)
    job = Job.objects.get(kind="read-last-accessed")
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    made = iam.generate_service_last_accessed_details(Arn=admin.arn)["JobId"]
    answer = iam.get_service_last_accessed_details(JobId=made, MaxItems=1000)["ServicesLastAccessed"]
    rows = from_kept(LastAccessedReport.objects.get().services)
    assert [row.namespace for row in rows] == [row["ServiceNamespace"] for row in answer]
    [used] = [row for row in rows if row.namespace == "iam"]
    assert used.who == admin.arn
    assert used.at


def page_two_is_torn(day, alice, good) -> None:
    """A page that never arrives whole stops the sync; half of its calls throttled do not."""
    denied = {"count": 0}

    def second_page(request, pass_on):
        if request.action == "GetAccountAuthorizationDetails" and "Marker" in request.params:
            denied["count"] += 1
            return faults.error("AccessDenied", 403)
        return None

    day.faults.append(second_page)
    assert sync(alice).state == "failed"
    assert denied["count"] == 1
    assert mirror(AWS_ACCOUNT) == good
    day.faults[:] = [faults.throttling(2)]
    assert sync(alice).state == "done"
    assert SyncRun.objects.first().throttled
    assert mirror(AWS_ACCOUNT) == good
    day.faults.clear()


def what_changes_there_is_told(iam, alice, user) -> None:
    """Fresh in the lists at once; of the keys, the report of before says nothing yet."""
    iam.tag_user(UserName="bulk-00001", Tags=[{"Key": "floor", "Value": "2"}])
    iam.update_service_specific_credential(
        UserName="bulk-00001",
        ServiceSpecificCredentialId=ServiceSpecificCredential.objects.get().credential_id,
        Status="Inactive",
    )
    key = AccessKey.objects.get(user=user)
    iam.update_access_key(UserName="bulk-00001", AccessKeyId=key.access_key_id, Status="Inactive")
    sync(alice)
    key.refresh_from_db()
    assert key.status == "Active", "AWS's report is up to four hours old"
    event = Event.objects.filter(action="iamconsole:ChangedOutside").first()
    assert event.detail["Values"]["tags"] == [{}, {"floor": "2"}]
    User.objects.filter(pk=user.pk).update(turn_at="2026-01-01T00:00:00Z")
    SyncRun.objects.update(report_at=None)
    sync(alice)
    assert ServiceSpecificCredential.objects.get().status == "Inactive"


def revoking_and_requiring_mfa_reach_it(iam, alice, account):
    """This AWS checks documents, paths and sizes, and reads back what the mirror has."""
    by, name = as_administrator(alice), {"UserName": "bulk-00002"}
    execute(by, "iamconsole:RevokeActiveSessions", **name)
    there = iam.get_user_policy(PolicyName=revocations.NAME, **name)["PolicyDocument"]
    assert there["Statement"]["Condition"].keys() == {"DateLessThan"}
    for step in MFAPolicy.of(account).steps_to_attach("User", ["bulk-00002"]):
        execute_step(by, step)
    attached = iam.list_attached_user_policies(**name)["AttachedPolicies"]
    assert [row["PolicyName"] for row in attached] == ["RequireMFA"]
    outside = Event.objects.filter(action="iamconsole:ChangedOutside")
    before = outside.count()
    assert sync(alice).state == "done"
    assert outside.count() == before, "nobody else did it"
    wanted = MFAPolicy.of(account)
    assert (wanted.is_changed, wanted.requires, wanted.covered.count()) == (False, True, 1)
    for step in MFAPolicy.of(account).steps_to_take_back():
        execute_step(by, step)
    execute(by, "DeleteUserPolicy", PolicyName=revocations.NAME, **name)
    assert iam.list_attached_user_policies(**name)["AttachedPolicies"] == []
    assert iam.list_user_policies(**name)["PolicyNames"] == []
