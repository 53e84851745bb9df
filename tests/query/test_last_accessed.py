"""Which services users reached, and which policies let them, by genuine clients."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from django.utils import timezone

from credentials.models import AccessKey
from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import execute
from iamconsole.operations.caller import LinkSpec
from tests.cast import make_account, make_user
from tests.query.clients import key_of, routed
from users.callers.build import AUDITOR, Origin, caller_for_role
from users.models import GroupMembership

pytestmark = pytest.mark.django_db
ALICE, BOB = "arn:aws:iam::100000000001:user/alice", "arn:aws:iam::100000000001:user/staff/bob"
CREW = "arn:aws:iam::100000000001:group/crew"


def document(*actions: str) -> str:
    listed = ",".join(f'"{action}"' for action in actions)
    return f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{listed}],"Resource":"*"}}]}}'


def asked(iam, arn: str, granularity: str = "SERVICE_LEVEL") -> dict:
    """A whole job: generated and read."""
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity=granularity)
    return iam.get_service_last_accessed_details(JobId=job["JobId"], MaxItems=1000)


def refused(call, **params) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def crew(iam, bob):
    """A group with Bob in it, that may create users and read one bucket."""
    iam.create_group(GroupName="crew")
    iam.put_group_policy(
        GroupName="crew", PolicyName="own", PolicyDocument=document("iam:CreateUser", "s3:GetObject")
    )
    iam.add_user_to_group(GroupName="crew", UserName="bob")


@pytest.fixture
def bobs_client(crew, alice, bob, caller):
    return routed(*key_of(caller(alice), bob))


def test_services_that_policies_grant_by_namespace(iam, crew):
    details = asked(iam, BOB)
    assert (details["JobStatus"], details["JobType"]) == ("COMPLETED", "SERVICE_LEVEL")
    assert details["JobCompletionDate"] >= details["JobCreationDate"]
    names = [row["ServiceNamespace"] for row in details["ServicesLastAccessed"]]
    assert names == ["iam", "s3"]
    for row in details["ServicesLastAccessed"]:
        assert not {key for key in row if key.startswith("LastAuthenticated")}, "never used: no date"
        assert row["TotalAuthenticatedEntities"] == 0
        assert "TrackedActionsLastAccessed" not in row


def test_attempts_count_and_operations_are_told(iam, bobs_client):
    bobs_client.create_user(UserName="erin")
    with pytest.raises(ClientError):
        bobs_client.delete_user(UserName="erin")
    services = {
        row["ServiceNamespace"]: row for row in asked(iam, BOB, "ACTION_LEVEL")["ServicesLastAccessed"]
    }
    used = services["iam"]
    assert used["LastAuthenticatedEntity"] == BOB
    assert used["LastAuthenticatedRegion"] == "us-east-1"
    assert used["TotalAuthenticatedEntities"] == 1
    (action,) = used["TrackedActionsLastAccessed"]
    assert (action["ActionName"], action["LastAccessedEntity"]) == ("CreateUser", BOB)
    assert services["s3"]["TrackedActionsLastAccessed"] == [], "of S3 nothing is recorded here"


def test_a_refused_attempt_counts_as_access(iam, bobs_client):
    with pytest.raises(ClientError):
        bobs_client.delete_user(UserName="alice")
    AccessKey.objects.update(last_used_date=None, last_used_service="")
    services = {row["ServiceNamespace"]: row for row in asked(iam, BOB)["ServicesLastAccessed"]}
    assert services["iam"]["LastAuthenticatedEntity"] == BOB


def test_what_a_key_was_used_for_counts_within_400_days(iam, bob, bobs_client):
    moment = timezone.now().replace(second=0, microsecond=0) - timedelta(days=399)
    used = {"last_used_service": "s3", "last_used_region": "eu-west-1"}
    keys = AccessKey.objects.filter(user=bob)
    keys.update(last_used_date=moment, **used)
    row = asked(iam, BOB)["ServicesLastAccessed"][1]
    assert (row["LastAuthenticated"], row["LastAuthenticatedRegion"]) == (moment, "eu-west-1")
    keys.update(last_used_date=moment - timedelta(days=2), **used)
    assert "LastAuthenticated" not in asked(iam, BOB)["ServicesLastAccessed"][1]


def test_a_group_and_a_policy_tell_of_their_users(iam, bobs_client, charlie, home):
    GroupMembership.objects.create(group=home.groups.get(), user=charlie)
    policy = iam.create_policy(PolicyName="p", PolicyDocument=document("iam:*"))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="crew", PolicyArn=policy)
    iam.attach_user_policy(UserName="bob", PolicyArn=policy)
    bobs_client.create_user(UserName="erin")
    for arn in (CREW, policy):
        row = asked(iam, arn)["ServicesLastAccessed"][0]
        assert (row["ServiceNamespace"], row["LastAuthenticatedEntity"]) == ("iam", BOB)
        job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
        read = iam.get_service_last_accessed_details_with_entities
        people = read(JobId=job, ServiceNamespace="iam")["EntityDetailsList"]
        assert [row["EntityInfo"]["Arn"] for row in people] == [BOB, charlie.arn], "the latest use first"
        assert people[0]["EntityInfo"] == {
            "Arn": BOB,
            "Name": "bob",
            "Type": "USER",
            "Id": people[0]["EntityInfo"]["Id"],
            "Path": "/staff/",
        }
        assert "LastAuthenticated" in people[0]
        assert "LastAuthenticated" not in people[1]
        page = read(JobId=job, ServiceNamespace="iam", MaxItems=1)
        assert (page["IsTruncated"], len(page["EntityDetailsList"])) == (True, 1)
        assert read(JobId=job, ServiceNamespace="ec2")["EntityDetailsList"] == [], "it grants nothing of EC2"
        assert refused(read, JobId=job, ServiceNamespace="nosuch") == ("InvalidInput", 400)


def test_an_answer_is_what_was_known_when_it_was_asked_for(iam, bobs_client):
    job = iam.generate_service_last_accessed_details(Arn=BOB)["JobId"]
    Job.objects.update(created_at=timezone.now() - timedelta(hours=1))
    bobs_client.create_user(UserName="erin")
    AccessKey.objects.update(last_used_date=None, last_used_service="")
    rows = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
    assert not [row for row in rows if "LastAuthenticated" in row]


def test_only_who_asked_reads_it(iam, bobs_client):
    job = iam.generate_service_last_accessed_details(Arn=BOB)["JobId"]
    assert len(job) == 36
    iam.put_user_policy(UserName="bob", PolicyName="reads", PolicyDocument=document("iam:*"))
    assert refused(bobs_client.get_service_last_accessed_details, JobId=job) == ("NoSuchEntity", 404)
    with_entities = bobs_client.get_service_last_accessed_details_with_entities
    assert refused(with_entities, JobId=job, ServiceNamespace="iam") == ("NoSuchEntity", 404)


@pytest.mark.parametrize("job", [str(uuid.UUID(int=1)), "x" * 36])
def test_an_unknown_job(job, iam):
    assert refused(iam.get_service_last_accessed_details, JobId=job) == ("NoSuchEntity", 404)


def test_a_job_of_another_kind_is_not_one_of_these(iam, alice):
    report = Job.objects.create(kind="sync", account_id="100000000001", started_by_arn=alice.arn)
    assert refused(iam.get_service_last_accessed_details, JobId=str(report.id))[0] == "NoSuchEntity"


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("arn:aws:iam::100000000001:user/nobody", "NoSuchEntity"),
        ("arn:aws:iam::100000000001:role/AnyRole", "NoSuchEntity"),
        ("arn:aws:iam::100000000002:policy/elsewhere", "NoSuchEntity"),
        ("arn:aws:iam::100000000001:root", "InvalidInput"),
        ("this-is-no-arn-of-anything", "InvalidInput"),
        ("short", "ValidationError"),
    ],
)
def test_whom_nothing_is_known_of(arn, code, iam):
    assert refused(iam.generate_service_last_accessed_details, Arn=arn)[0] == code
    assert not Job.objects.exists()


def test_pages_give_the_same_as_the_whole(iam):
    job = iam.generate_service_last_accessed_details(Arn=ALICE)["JobId"]
    whole = iam.get_service_last_accessed_details(JobId=job, MaxItems=1000)["ServicesLastAccessed"]
    pages, more = [], {}
    while True:
        page = iam.get_service_last_accessed_details(JobId=job, MaxItems=150, **more)
        pages += page["ServicesLastAccessed"]
        if not page["IsTruncated"]:
            break
        more = {"Marker": page["Marker"]}
    assert len(whole) > 150
    assert pages == whole
    assert whole == sorted(whole, key=lambda row: row["ServiceNamespace"])


def test_old_questions_are_forgotten_and_none_shows_among_the_jobs(iam, client, alice, sign_in):
    iam.generate_service_last_accessed_details(Arn=ALICE)
    Job.objects.update(created_at=timezone.now() - timedelta(days=8))
    iam.generate_service_last_accessed_details(Arn=ALICE)
    assert Job.objects.count() == 1
    page = sign_in(client, alice).get("/jobs/").content.decode()
    assert "last-accessed" not in page


def test_policies_that_grant_a_service(iam, crew, bob):
    arn = iam.create_policy(PolicyName="managed", PolicyDocument=document("s3:*", "ec2:*"))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="bob", PolicyArn=arn)
    iam.put_user_policy(UserName="bob", PolicyName="mine", PolicyDocument=document("ec2:RunInstances"))
    listed = iam.list_policies_granting_service_access
    entries = listed(Arn=BOB, ServiceNamespaces=["s3", "ec2", "sqs"])["PoliciesGrantingServiceAccess"]
    by_service = {entry["ServiceNamespace"]: entry["Policies"] for entry in entries}
    assert list(by_service) == ["ec2", "s3", "sqs"]
    managed = {"PolicyName": "managed", "PolicyType": "MANAGED", "PolicyArn": arn}
    inline = {"PolicyName": "mine", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "bob"}
    groups = {"PolicyName": "own", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": "crew"}
    assert by_service["ec2"] == [managed, inline]
    assert by_service["s3"] == [managed, groups]
    assert by_service["sqs"] == []
    of_group = listed(Arn=CREW, ServiceNamespaces=["s3"])["PoliciesGrantingServiceAccess"]
    assert of_group == [{"ServiceNamespace": "s3", "Policies": [groups]}]
    assert refused(listed, Arn=BOB, ServiceNamespaces=["nosuch"]) == ("InvalidInput", 400)
    assert refused(listed, Arn=BOB, ServiceNamespaces=[]) == ("ValidationError", 400)


def test_a_linked_account_is_asked_at_aws(alice, caller):
    link = LinkSpec("100000000001", "default")
    with pytest.raises(IamError, match="only AWS knows which services they used"):
        execute(replace(caller(alice), link=link), "GenerateServiceLastAccessedDetails", Arn=ALICE)
    assert not Job.objects.exists()


def test_an_auditor_may_ask(alice):
    dora = make_user(make_account("200000000002"), "dora")
    auditor = caller_for_role(alice, dora.account, AUDITOR, Origin(channel="command"))
    job = execute(auditor, "GenerateServiceLastAccessedDetails", Arn=dora.arn)["JobId"]
    assert execute(auditor, "GetServiceLastAccessedDetails", JobId=job)["JobStatus"] == "COMPLETED"
