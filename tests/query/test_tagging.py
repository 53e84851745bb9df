"""The Resource Groups Tagging API through genuine clients: CBOR, as boto3 speaks it, and JSON 1.1."""

import json
from hashlib import sha256

import pytest
from botocore.exceptions import ClientError

from tests.client import Client
from tests.query.clients import key_of
from tests.query.signing import Request
from tests.query.test_other_services import client_of
from users.models import ManagedPolicy

pytestmark = pytest.mark.django_db
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
OWN = "arn:aws:iam::100000000001:"
TEAM, STAGE = {"Key": "team", "Value": "blue"}, {"Key": "stage", "Value": "präp"}


@pytest.fixture
def tagging(iam, alice_key):
    """Alice's client of the API, in an account with two tagged users, a policy and a device."""
    iam.create_user(UserName="erin", Path="/staff/", Tags=[TEAM, STAGE])
    iam.create_user(UserName="finn", Tags=[{**TEAM, "Value": "red"}])
    iam.create_user(UserName="gwen")
    iam.create_policy(PolicyName="own", PolicyDocument=DOCUMENT, Tags=[TEAM])
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Tags=[STAGE])
    return client_of("resourcegroupstaggingapi", key=alice_key)


def found(tagging, **params) -> list[str]:
    pages = tagging.get_paginator("get_resources").paginate(**params)
    return [row["ResourceARN"].removeprefix(OWN) for page in pages for row in page["ResourceTagMappingList"]]


ALL = ["mfa/phone", "policy/own", "user/finn", "user/staff/erin"]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
def test_tagged_resources_come_once_whatever_the_page(size, tagging):
    assert found(tagging, ResourcesPerPage=size) == ALL
    whole = tagging.get_resources()
    assert whole["PaginationToken"] == ""
    erin = whole["ResourceTagMappingList"][-1]
    assert erin == {"ResourceARN": f"{OWN}user/staff/erin", "Tags": [TEAM, STAGE]}


def test_a_page_goes_on_where_it_ended_after_a_deletion(tagging, iam):
    first = tagging.get_resources(ResourcesPerPage=3)
    iam.delete_user(UserName="finn")
    second = tagging.get_resources(PaginationToken=first["PaginationToken"])
    assert [row["ResourceARN"] for row in second["ResourceTagMappingList"]] == [f"{OWN}user/staff/erin"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"TagFilters": [{"Key": "team"}]}, ["policy/own", "user/finn", "user/staff/erin"]),
        ({"TagFilters": [{"Key": "team", "Values": ["blue", "x"]}]}, ["policy/own", "user/staff/erin"]),
        ({"TagFilters": [{"Key": "team"}, {"Key": "stage", "Values": ["präp"]}]}, ["user/staff/erin"]),
        ({"ResourceTypeFilters": ["iam"]}, ALL),
        ({"ResourceTypeFilters": ["iam:policy", "ec2:instance"]}, ["policy/own"]),
        ({"ResourceTypeFilters": ["ec2"]}, []),
        ({"ResourceARNList": [f"{OWN}user/finn", f"{OWN}user/gwen"]}, ["user/finn"]),
    ],
)
def test_filters(params, expected, tagging):
    assert found(tagging, **params) == expected


def test_keys_and_values(tagging):
    assert tagging.get_tag_keys()["TagKeys"] == ["stage", "team"]
    assert tagging.get_tag_values(Key="team")["TagValues"] == ["blue", "red"]
    assert tagging.get_tag_values(Key="none")["TagValues"] == []


def refused(call, **params) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_refusals_in_the_words_of_the_service(tagging, alice, bob, caller, alice_key):
    invalid = ("InvalidParameterException", 400)
    assert refused(tagging.get_resources, ResourcesPerPage=101) == invalid
    assert refused(tagging.get_resources, PaginationToken="?") == invalid
    assert refused(tagging.get_resources, TagFilters=[{"Key": ""}]) == invalid
    both = {"ResourceARNList": [f"{OWN}user/finn"], "TagFilters": [{"Key": "team"}]}
    assert refused(tagging.get_resources, **both) == invalid
    tag = {"ResourceARNList": [f"{OWN}user/finn"], "Tags": {"a": "b"}}
    assert refused(tagging.tag_resources, **tag) == ("UnknownOperationException", 400)
    bobs = client_of("resourcegroupstaggingapi", key=key_of(caller(alice), bob))
    assert refused(bobs.get_resources) == ("AccessDeniedException", 403)
    nobodys = client_of("resourcegroupstaggingapi", key=("AKIA" + "A" * 16, "s" * 40))
    assert refused(nobodys.get_resources) == ("UnrecognizedClientException", 403)
    forged = client_of("resourcegroupstaggingapi", key=(alice_key[0], "s" * 40))
    assert refused(forged.get_resources) == ("InvalidSignatureException", 403)


def test_tags_that_were_not_read_are_not_none(tagging):
    ManagedPolicy.objects.filter(policy_name="own").update(tags=None)
    assert refused(tagging.get_resources) == ("InvalidParameterException", 400)
    assert found(tagging, ResourceTypeFilters=["iam:user"]) == ["user/finn", "user/staff/erin"]


def test_unreadable_cbor_is_refused_as_such(alice_key):
    """Cut off, too deep, times beyond all years, lengths beyond all memory."""
    bodies = ("81", "81" * 100_000, "c1fb6292df8386cbc128", "c11bffffffffffffffff", "5bffffffffffffffff")
    for body in (*bodies, "7b7fffffffffffffff", "9bffffffffffffffff", "bf6161", "ff", "a1f600", "a10000"):
        headers = {"content-type": "application/cbor", "host": "testserver", "smithy-protocol": "rpc-v2-cbor"}
        path = "/service/ResourceGroupsTaggingAPI_20170126/operation/GetResources"
        content = bytes.fromhex(body)
        request = Request(*alice_key, headers=headers, service="tagging", path=path)
        request = request.having(payload=sha256(content).hexdigest())
        answer = Client().generic(
            "POST",
            path,
            content,
            content_type="application/cbor",
            headers={name: value for name, value in request.sign().headers.items() if name != "content-type"},
        )
        assert (answer.status_code, b"SerializationException" in answer.content) == (400, True), body


def spoken(key, body: str, target: str = "GetResources", service: str = "tagging", path: str = "/api/"):
    """The answer to a request by hand in JSON 1.1."""
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": "testserver",
        "x-amz-target": f"ResourceGroupsTaggingAPI_20170126.{target}",
    }
    signed = ("content-type", "host", "x-amz-date", "x-amz-target")
    request = Request(*key, body=body, headers=headers, signed=signed, service=service, path=path)
    return request.sign().go()


def test_json(tagging, alice_key):
    for path in ("/api/", "/api", "/"):
        answer = spoken(alice_key, '{"ResourceTypeFilters": ["iam:policy"]}', path=path)
        assert answer["Content-Type"] == "application/x-amz-json-1.1"
        assert json.loads(answer.content)["ResourceTagMappingList"] == [
            {"ResourceARN": f"{OWN}policy/own", "Tags": [TEAM]}
        ]
    for body in ("[]", "{", '{"TagFilters": 7}', "[" * 100_000, '{"ResourcesPerPage": "1"}'):
        answer = spoken(alice_key, body)
        assert answer.status_code == 400
        assert answer["x-amzn-ErrorType"] in ("SerializationException", "InvalidParameterException")
        assert json.loads(answer.content)["message"]
    assert spoken(alice_key, "{}", "Nothing")["x-amzn-ErrorType"] == "UnknownOperationException"
    assert spoken(alice_key, "{}", service="ssm")["x-amzn-ErrorType"] == "AccessDeniedException"
