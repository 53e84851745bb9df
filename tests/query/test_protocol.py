"""boto3 against the console: what goes in and what comes out."""

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.django_db


def refused(call, **params) -> tuple[str, int, str]:
    """Code, HTTP status and message of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_user_is_created_read_and_listed(iam):
    made = iam.create_user(UserName="erin", Path="/staff/", Tags=[{"Key": "team", "Value": "a+b = c"}])[
        "User"
    ]
    assert made["Arn"] == "arn:aws:iam::100000000001:user/staff/erin"
    assert made["UserId"].startswith("AIDA")
    read = iam.get_user(UserName="erin")["User"]
    assert read["Tags"] == [{"Key": "team", "Value": "a+b = c"}]
    assert read["CreateDate"] == made["CreateDate"]
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["alice", "erin"]


def test_the_own_user_is_meant_without_a_name(iam):
    assert iam.get_user()["User"]["UserName"] == "alice"


def test_refusals_carry_code_status_and_message(iam):
    assert refused(iam.get_user, UserName="nobody") == (
        "NoSuchEntity",
        404,
        "The user with name nobody cannot be found.",
    )
    assert refused(iam.create_user, UserName="alice")[:2] == ("EntityAlreadyExists", 409)
    assert refused(iam.create_user, UserName="a" * 65)[:2] == ("ValidationError", 400)
    assert refused(iam.list_users, MaxItems=0)[0] == "ValidationError"


def test_who_has_no_policy_is_denied(bobs_iam):
    code, status, message = refused(bobs_iam.list_users)
    assert (code, status) == ("AccessDenied", 403)
    assert "is not authorized to perform: iam:ListUsers" in message


def test_a_policy_document_travels_and_is_decoded(iam):
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    iam.put_user_policy(UserName="alice", PolicyName="s3-only", PolicyDocument=document)
    read = iam.get_user_policy(UserName="alice", PolicyName="s3-only")
    assert read["PolicyDocument"]["Statement"][0]["Action"] == "s3:*"


def test_lists_are_paged_by_marker(iam):
    for number in range(7):
        iam.create_user(UserName=f"user-{number}")
    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["Users"]) for page in pages] == [3, 3, 2]


def test_identity(sts):
    who = sts.get_caller_identity()
    assert (who["Account"], who["Arn"]) == ("100000000001", "arn:aws:iam::100000000001:user/alice")


def test_what_is_not_offered_says_so(iam):
    code, status, message = refused(iam.delete_role, RoleName="web")
    assert (code, status) == ("InvalidAction", 400)
    assert "DeleteRole" in message
