"""What tells of a whole account: authorization details and when keys were used."""

import pytest
from botocore.exceptions import ClientError

from iamconsole.errors import AccessDenied
from tests.query.clients import routed

pytestmark = pytest.mark.django_db
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture
def company(iam):
    """Users, groups and policies in all their relations."""
    own = iam.create_policy(PolicyName="own", PolicyDocument=DOCUMENT, Description="not told")["Policy"][
        "Arn"
    ]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=DOCUMENT, SetAsDefault=True)
    iam.create_group(GroupName="crew")
    iam.put_group_policy(GroupName="crew", PolicyName="inline", PolicyDocument=DOCUMENT)
    iam.attach_group_policy(GroupName="crew", PolicyArn=own)
    iam.create_user(UserName="erin", Tags=[{"Key": "team", "Value": "blue"}], PermissionsBoundary=own)
    iam.put_user_policy(UserName="erin", PolicyName="inline", PolicyDocument=DOCUMENT)
    iam.add_user_to_group(UserName="erin", GroupName="crew")
    for number in range(5):
        iam.create_user(UserName=f"user-{number}")
    return iam


def test_all_of_it_on_one_page(company):
    details = company.get_account_authorization_details()
    erin = next(user for user in details["UserDetailList"] if user["UserName"] == "erin")
    assert erin["GroupList"] == ["crew"]
    assert erin["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == "s3:*"
    assert erin["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert erin["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(":policy/own")
    plain = next(user for user in details["UserDetailList"] if user["UserName"] == "user-1")
    assert "UserPolicyList" not in plain
    assert (plain["GroupList"], plain["AttachedManagedPolicies"], plain["Tags"]) == ([], [], [])
    group = details["GroupDetailList"][0]
    assert [row["PolicyName"] for row in group["GroupPolicyList"]] == ["inline"]
    policies = {row["PolicyName"]: row for row in details["Policies"]}
    assert set(policies) == {"own", "AdministratorAccess"}, "AWS's own only where they are in use"
    assert [row["VersionId"] for row in policies["own"]["PolicyVersionList"]] == ["v2", "v1"]
    assert policies["own"]["PermissionsBoundaryUsageCount"] == 1
    assert "Description" not in policies["own"]
    assert details["RoleDetailList"] == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_pages_of_every_size_give_the_same(size, company):
    whole = company.get_account_authorization_details()
    paginator = company.get_paginator("get_account_authorization_details")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": size}))
    for member in ("UserDetailList", "GroupDetailList", "Policies"):
        assert [row for page in pages for row in page[member]] == whole[member]
    assert all(
        sum(len(page[m]) for m in ("UserDetailList", "GroupDetailList", "Policies")) <= size for page in pages
    )


def test_a_filter_chooses(company):
    only = company.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert [row["PolicyName"] for row in only["Policies"]] == ["own"]
    assert only["UserDetailList"] == []
    aws = company.get_account_authorization_details(Filter=["AWSManagedPolicy"])
    assert [row["Arn"] for row in aws["Policies"]] == [ADMINISTRATOR_ACCESS]


def test_a_marker_of_another_filter_is_refused(company):
    with pytest.raises(ClientError, match="Marker and Filter do not match"):
        company.get_account_authorization_details(Filter=["User"], Marker="2:x")


def test_the_queries_do_not_grow_with_the_users(company, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        company.get_account_authorization_details()


def test_when_a_key_was_used(iam, alice_key):
    iam.list_users()
    used = iam.get_access_key_last_used(AccessKeyId=alice_key[0])
    assert used["UserName"] == "alice"
    assert used["AccessKeyLastUsed"]["ServiceName"] == "iam"
    new = iam.create_access_key(UserName=iam.create_user(UserName="erin")["User"]["UserName"])["AccessKey"]
    never = iam.get_access_key_last_used(AccessKeyId=new["AccessKeyId"])["AccessKeyLastUsed"]
    assert never == {"ServiceName": "N/A", "Region": "N/A"}


def test_an_unknown_key_is_answered_like_a_foreign_one(iam):
    with pytest.raises(ClientError) as caught:
        iam.get_access_key_last_used(AccessKeyId="AKIAAAAAAAAAAAAAAAAA")
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    assert error["Message"].endswith(
        "is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIAAAAAAAAAAAAAAAAA"
    )


def test_short_lists_are_paged_too(company):
    tags = [{"Key": f"key-{number}", "Value": ""} for number in range(7)]
    company.tag_user(UserName="erin", Tags=tags)
    pages = list(
        company.get_paginator("list_user_tags").paginate(UserName="erin", PaginationConfig={"PageSize": 3})
    )
    assert [len(page["Tags"]) for page in pages] == [3, 3, 2]
    assert len({tag["Key"] for page in pages for tag in page["Tags"]}) == 8


def test_lists_side_by_side_fill_one_page(company):
    arn = "arn:aws:iam::100000000001:policy/own"
    company.attach_user_policy(UserName="erin", PolicyArn=arn)
    first = company.list_entities_for_policy(PolicyArn=arn, MaxItems=1)
    second = company.list_entities_for_policy(PolicyArn=arn, MaxItems=1, Marker=first["Marker"])
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)
    both = [*first["PolicyGroups"], *first["PolicyUsers"], *second["PolicyGroups"], *second["PolicyUsers"]]
    assert len(both) == 2


def test_a_marker_that_was_never_handed_out_is_refused(company):
    with pytest.raises(ClientError, match="Invalid Marker"):
        company.list_user_tags(UserName="erin", Marker="-1")


def test_a_job_of_an_access_key_is_run_for_a_user_without_a_password(iam, home, caller):
    """And stays a program's: no self-service, and it ends with the user."""
    from iamconsole.models import Job
    from users.callers.build import caller_for_job
    from users.models import User

    iam.create_user(UserName="robot")
    iam.put_user_policy(
        UserName="robot", PolicyName="reports", PolicyDocument=DOCUMENT.replace("s3:*", "iam:Generate*")
    )
    key = iam.create_access_key(UserName="robot")["AccessKey"]
    robot = routed(key["AccessKeyId"], key["SecretAccessKey"])
    assert robot.generate_credential_report()["State"] == "STARTED"
    job = Job.objects.get(kind="credential-report")
    acting = caller_for_job(job).within(str(job.id))
    assert acting.permits("iam:GenerateCredentialReport")
    assert not acting.permits("iam:GetUser", acting.arn)
    User.objects.filter(user_name="robot").update(session_epoch=5)
    with pytest.raises(AccessDenied):
        caller_for_job(job)
