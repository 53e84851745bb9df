"""The tab of last accessed services: AWS's reports for linked accounts, the console's events for local ones."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from iamconsole import jobs
from iamconsole.addresses import address_in
from iamconsole.errors import IamError
from iamconsole.models import Event, Job
from iamconsole.operations import execute
from reports.last_accessed import at_aws, reading
from reports.models import LastAccessedReport
from tests.aws_model_server import AwsError, serving_models
from tests.cast import make_account, make_user
from tests.sync.conftest import AWS_ACCOUNT, as_administrator
from users.models import Account, AccountLink, User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # IAM's model does not list AccessDenied, which AWS answers nevertheless.
    pytest.mark.filterwarnings("ignore:.*does not match an error shape"),
]
USED = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
LONG_AGO = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
ROLE = f"arn:aws:iam::{AWS_ACCOUNT}:role/Link"


class Sts:
    """Each call begins another session."""

    def __init__(self) -> None:
        self.sessions = 0

    def assume_role(self, call, RoleArn, RoleSessionName, **more):
        self.sessions += 1
        key = {"AccessKeyId": f"ASIA{self.sessions:016}", "SecretAccessKey": "s", "SessionToken": "t"}
        user = {"AssumedRoleId": "AROAEXAMPLEEXAMPLE:x", "Arn": f"{RoleArn}/x".replace("iam", "sts")}
        return {
            "Credentials": {**key, "Expiration": datetime(2027, 1, 1, tzinfo=UTC)},
            "AssumedRoleUser": user,
        }


class Iam:
    """AWS's own rules: a report is made on request, takes a while, and is its session's alone."""

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[str, str, int]] = {}
        self.denied = self.failing = False
        self.forgotten = 0
        self.gone: set[str] = set()

    def generate_service_last_accessed_details(self, call, Arn, Granularity="SERVICE_LEVEL"):
        assert Granularity == "ACTION_LEVEL"
        if self.denied:
            raise AwsError("AccessDenied", "The link may not.")
        if Arn in self.gone:
            raise AwsError("NoSuchEntity", "It is gone.")
        job = str(uuid.uuid4())
        self.jobs[job] = (call.access_key_id, Arn, 0)
        return {"JobId": job}

    def get_service_last_accessed_details(self, call, JobId, MaxItems=200, Marker=""):
        owner, arn, polls = self.jobs[JobId]
        if owner != call.access_key_id or self.forgotten:
            self.forgotten = max(self.forgotten - 1, 0)
            raise AwsError("NoSuchEntity", f"The job with id {JobId} cannot be found.")
        self.jobs[JobId] = (owner, arn, polls + 1)
        moments = {"JobCreationDate": USED, "JobType": "ACTION_LEVEL"}
        if not polls:
            none = {"ServicesLastAccessed": [], "JobCompletionDate": USED}
            return {"JobStatus": "IN_PROGRESS", **none, **moments}
        done = {**moments, "JobCompletionDate": USED}
        if self.failing:
            error = {"Message": "AWS lost its way.", "Code": "Oops"}
            return {"JobStatus": "FAILED", "ServicesLastAccessed": [], "Error": error, **done}
        first, *rest = services(arn)
        if Marker:
            return {"JobStatus": "COMPLETED", "ServicesLastAccessed": rest, "IsTruncated": False, **done}
        more = {"IsTruncated": True, "Marker": "second"}
        return {"JobStatus": "COMPLETED", "ServicesLastAccessed": [first], **more, **done}


def services(arn: str) -> list[dict]:
    tracked = [
        {
            "ActionName": "GetBucketAcl",
            "LastAccessedEntity": arn,
            "LastAccessedTime": USED,
            "LastAccessedRegion": "eu-west-1",
        },
        {"ActionName": "DeleteBucket"},
    ]
    s3 = {
        "ServiceName": "Amazon S3",
        "ServiceNamespace": "s3",
        "LastAuthenticated": USED,
        "LastAuthenticatedEntity": arn,
        "LastAuthenticatedRegion": "eu-west-1",
        "TotalAuthenticatedEntities": 1,
        "TrackedActionsLastAccessed": tracked,
    }
    sqs = {
        "ServiceName": "Amazon SQS",
        "ServiceNamespace": "sqs",
        "LastAuthenticated": LONG_AGO,
        "LastAuthenticatedEntity": arn,
        "LastAuthenticatedRegion": "eu-west-1",
        "TotalAuthenticatedEntities": 1,
    }
    never = {"ServiceName": "AWS Glue", "ServiceNamespace": "glue", "TotalAuthenticatedEntities": 0}
    return [s3, sqs, never]


@pytest.fixture
def iam(monkeypatch):
    monkeypatch.setattr(at_aws, "FIRST_PAUSE", 0.01)
    return Iam()


@pytest.fixture
def sts():
    return Sts()


@pytest.fixture
def asked(linked, moto_url, settings, iam, sts):
    """AWS, reached by a role: each client of the console is a session of its own."""
    AccountLink.objects.update(method="role", role_arn=ROLE, external_id="x1")
    with serving_models({"iam": iam, "sts": sts}, otherwise=moto_url) as models:
        settings.AWS_ENDPOINT_URL = models.url
        yield models


@pytest.fixture
def wilma(linked) -> User:
    return User.objects.select_related("account").get(user_name="wilma")


@pytest.fixture
def pages(client, alice, sign_in, linked):
    signed_in = sign_in(client, alice)
    signed_in.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    return signed_in


def text(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def read(alice, arn: str) -> Job:
    execute(as_administrator(alice), "iamconsole:ReadLastAccessed", Arn=arn)
    job = Job.objects.filter(kind=reading.KIND).latest("created_at")
    jobs.run(str(job.id))
    job.refresh_from_db()
    return job


def test_a_button_reads_the_report_and_the_tab_shows_it(asked, pages, wilma, alice):
    tab = address_in(AWS_ACCOUNT, "reports:user-services", wilma.user_id)
    before = text(pages.get(tab))
    assert "AWS was not asked about this user yet." in before
    assert pages.post(address_in(AWS_ACCOUNT, "reports:read-user-services", wilma.user_id)).status_code == 302
    assert "AWS is asked for a new report." in text(pages.get(tab))
    job = Job.objects.get(kind=reading.KIND)
    jobs.run(str(job.id))
    shown = text(pages.get(tab))
    assert "Amazon S3 s3" in shown
    assert "1 used, 1 not GetBucketAcl 20 Nov 2026, 10:30 UTC" in shown
    assert "Report of 20 Nov 2026, 10:30 UTC" in shown
    assert "at least 400 days" in shown
    assert "Actions not tracked" in shown
    assert re.search(r"AWS Glue glue (Who can use AWS Glue )?Not in the tracking period", shown)
    only = text(pages.get(f"{tab}?unused=90"))
    assert "Amazon S3 s3" not in only
    assert {name for name in ("Amazon SQS", "AWS Glue") if name in only} == {"Amazon SQS", "AWS Glue"}
    file = b"".join(
        pages.get(address_in(AWS_ACCOUNT, "reports:export-user-services", wilma.user_id, "exact"))
    )
    lines = file.decode().splitlines()
    assert lines[0].startswith("service_name,service_namespace,action,last_accessed,")
    assert lines[1] == f"Amazon S3,s3,,2026-11-20T10:30:00Z,{wilma.arn},eu-west-1,accessed"
    assert lines[2] == f"Amazon S3,s3,GetBucketAcl,2026-11-20T10:30:00Z,{wilma.arn},eu-west-1,accessed"
    assert lines[4] == "AWS Glue,glue,,,,,not_accessed_in_tracking_period"
    assert Event.objects.filter(action="iamconsole:ExportLastAccessed").exists()


def test_one_session_carries_both_calls_and_a_lost_one_asks_again(asked, iam, sts, wilma, alice):
    job = read(alice, wilma.arn)
    assert (job.state, job.error, sts.sessions) == ("done", "", 1)
    calls = [call for call in asked.calls if call.service == "iam"]
    assert {call.access_key_id for call in calls} == {"ASIA" + "1".zfill(16)}
    iam.forgotten = 1
    assert read(alice, wilma.arn).state == "done"
    assert sts.sessions == 3, "the report belonged to a session that was gone: made again by another"
    assert LastAccessedReport.objects.get().error == ""
    # A worker dies between the two calls: whoever takes over has a session of its own, and asks anew.
    execute(as_administrator(alice), "iamconsole:ReadLastAccessed", Arn=wilma.arn)
    job = Job.objects.filter(kind=reading.KIND).latest("created_at")
    Job.objects.filter(id=job.id).update(
        state="running", attempts=1, heartbeat_at=timezone.now() - timedelta(hours=1), lease=uuid.uuid4()
    )
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert len({arn for _, arn, _ in iam.jobs.values()}) == 1


def test_what_brings_no_report_keeps_the_one_before_and_says_why(asked, iam, pages, wilma, alice):
    tab = address_in(AWS_ACCOUNT, "reports:user-services", wilma.user_id)
    iam.denied = True
    job = read(alice, wilma.arn)
    assert (job.state, job.error) == ("failed", "The link may not.")
    assert "The link may not." in text(pages.get(tab))
    assert "Amazon S3" not in text(pages.get(tab))
    iam.denied = False
    read(alice, wilma.arn)
    iam.failing = True
    assert read(alice, wilma.arn).result["failed"] == 1
    shown = text(pages.get(tab))
    assert "AWS lost its way." in shown
    assert "Amazon S3" in shown


def test_groups_and_policies_have_a_tab_too(asked, pages, wilma, alice):
    me = as_administrator(alice)
    execute(me, "CreateGroup", GroupName="crew")
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    arn = execute(me, "CreatePolicy", PolicyName="own", PolicyDocument=document)["Policy"]["Arn"]
    account = Account.objects.get(account_id=AWS_ACCOUNT)
    group, policy = account.groups.get(), account.managed_policies.get(arn=arn)
    for thing, kind, key in ((group, "group", group.group_id), (policy, "policy", policy.pk)):
        read(alice, thing.arn)
        assert "Amazon S3 s3" in text(pages.get(address_in(AWS_ACCOUNT, f"reports:{kind}-services", key)))


def test_the_plan_reads_those_never_read_then_the_oldest_within_the_budget(
    asked, iam, settings, linked, alice
):
    User.objects.bulk_create(
        User(account=linked, user_id=f"AIDA{n:04}", user_name=f"u{n:04}", name_folded=f"u{n:04}")
        for n in range(1199)
    )
    now = timezone.now()
    settings.LAST_ACCESSED_BUDGET = 10
    assert reading.most(linked) == 4, "twelve calls for 1,200 users, three for each report"
    assert reading.start_due() == 1
    assert reading.start_due() == 0, "once an hour"
    job = Job.objects.get(kind=reading.KIND)
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.result["read"]) == ("done", 4)
    assert job.result["calls"]["by_action"]["GenerateServiceLastAccessedDetails"] == 4
    first = set(LastAccessedReport.objects.values_list("principal_id", flat=True))
    assert not first & {principal for _, principal in reading.due(linked, now)}
    people = User.objects.people(linked).values_list("user_id", flat=True)
    LastAccessedReport.objects.bulk_create(
        LastAccessedReport(account=linked, principal_id=one, asked_at=now - timedelta(days=10))
        for one in people
        if one not in first
    )
    LastAccessedReport.objects.filter(principal_id="AIDA0500").update(asked_at=now - timedelta(days=12))
    LastAccessedReport.objects.create(account=linked, principal_id="AIDAGONE", asked_at=now)
    assert reading.due(linked, now)[0][1] == "AIDA0500"
    tried = {"asked_at": now - timedelta(days=2), "error": "AWS did not finish."}
    LastAccessedReport.objects.exclude(principal_id="AIDA0600").update(asked_at=now, error="")
    LastAccessedReport.objects.filter(principal_id="AIDA0600").update(**tried)
    assert [one for _, one in reading.due(linked, now)] == ["AIDA0600"], "what failed is tried the next day"
    tried = {"asked_at": now - timedelta(days=2), "error": "AWS did not finish."}
    LastAccessedReport.objects.exclude(principal_id="AIDA0600").update(asked_at=now, error="")
    LastAccessedReport.objects.filter(principal_id="AIDA0600").update(**tried)
    assert [one for _, one in reading.due(linked, now)] == ["AIDA0600"], "what failed is tried the next day"
    assert not LastAccessedReport.objects.filter(principal_id="AIDAGONE").exists()
    settings.LAST_ACCESSED_BUDGET = 0
    assert reading.start_due(now + timedelta(days=1)) == 0


def test_a_user_that_is_gone_at_aws_stops_nobody(asked, iam, wilma, alice):
    iam.gone = {wilma.arn}
    job = read(alice, wilma.arn)
    assert (job.state, job.result["read"]) == ("done", 0)


def test_china_has_no_data_and_a_local_account_asks_nobody(home, alice, bob, caller, client, sign_in):
    with pytest.raises(IamError, match="not linked to AWS"):
        execute(caller(alice), "iamconsole:ReadLastAccessed", Arn=bob.arn)
    execute(
        caller(alice),
        "AttachUserPolicy",
        UserName="bob",
        PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess",
    )
    Event.objects.create(
        account_id=home.account_id,
        principal_arn=bob.arn,
        action="iam:ListUsers",
        outcome="denied",
        channel="access-key",
        at=timezone.now(),
    )
    tab = text(sign_in(client, alice).get(address_in(home.account_id, "reports:user-services", bob.user_id)))
    assert "This console knows attempts to use IAM and STS" in tab
    assert "Read from AWS" not in tab
    assert re.search(r"iam (Who can use AWS Identity and Access Management )?Today bob us-east-1", tab)
    china = make_account("400000000004", kind=Account.Kind.LINKED, partition="aws-cn")
    AccountLink.objects.create(account=china, method="default", synced_at=timezone.now())
    li = make_user(china, "li")
    client.post(reverse("users:switch-account", args=[china.account_id]))
    page = text(client.get(address_in(china.account_id, "reports:user-services", li.user_id)))
    assert "AWS has no last accessed data in the partition aws-cn." in page
    assert reading.start_due() == 0
