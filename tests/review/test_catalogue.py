"""AWS's actions and condition keys, and what a policy gives by service."""

import json

import pytest

from iamconsole import catalogue
from iamconsole.policy import parse
from iamconsole.review.summary import summary


def policy(*statements):
    return parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def test_an_action_is_found_in_any_case():
    action = catalogue.find_action("IAM:createuser")
    assert str(action) == "iam:CreateUser"
    assert (action.level, action.resource_types) == ("Permissions management", ("user",))
    assert catalogue.find_action("iam:Fly") is None
    assert catalogue.find_action("nothing") is None


@pytest.mark.parametrize(
    ("pattern", "some", "none"),
    [
        ("iam:*AccessKey*", "iam:CreateAccessKey", "iam:CreateUser"),
        ("s3:GetObject", "s3:GetObject", "s3:GetObjectAcl"),
        ("S3:get?bject", "s3:GetObject", "s3:PutObject"),
        ("*", "ec2:StartInstances", ""),
        ("*:*", "ec2:StartInstances", ""),
        ("nothing:*", "", "iam:CreateUser"),
        ("nothing", "", "iam:CreateUser"),
    ],
)
def test_a_pattern_means_actions(pattern, some, none):
    found = {str(action) for action in catalogue.matching(pattern)}
    assert not some or some in found
    assert none not in found


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("aws:username", True),
        ("AWS:SourceIp", True),
        ("aws:RequestTag/team", True),
        ("aws:RequestTag/", False),
        ("aws:PrincipalTag/a/b", True),
        ("iam:PassedToService", True),
        ("ec2:ResourceTag/x", True),
        ("iam:Nothing", False),
        ("nothing:at", False),
        ("nothing", False),
    ],
)
def test_condition_keys(key, known):
    assert catalogue.is_condition_key(key) is known


def test_a_policy_is_summed_up_by_service():
    found = summary(
        policy(
            {"Effect": "Allow", "Action": ["iam:List*", "iam:GetUser"], "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::b"],
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            },
            {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
            {"Effect": "Allow", "Action": "s3:Fly", "Resource": "*"},
        )
    )
    iam, s3 = found.allowed
    assert (iam.prefix, iam.levels, iam.is_full) == ("iam", (("List", "Limited"), ("Read", "Limited")), False)
    assert (s3.is_full, s3.resources) == (True, ("arn:aws:s3:::a", "arn:aws:s3:::b"))
    assert s3.conditions == ("Bool aws:MultiFactorAuthPresent: true",)
    assert [row.prefix for row in found.denied] == ["s3"]
    assert found.denied[0].levels == (("Write", "Limited"),)
    assert found.unknown == ("s3:Fly",)


def test_everything_is_every_service():
    everything = summary(policy({"Effect": "Allow", "Action": "*", "Resource": "*"})).allowed_in_short
    assert (everything.most.title, everything.rows) == ("All services", [])
    rest = summary(policy({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::a"}))
    assert rest.allowed_in_short.most.title == "All services except AWS Identity and Access Management"
    assert rest.allowed_in_short.rows == []
    but = summary(
        policy({"Effect": "Deny", "NotAction": ["iam:*", "sts:GetSessionToken", "s3:*"], "Resource": "*"})
    )
    assert [row.prefix for row in but.denied_in_short.rows] == ["sts"]
    assert "AWS Security Token Service" in but.denied_in_short.most.title
    some = summary(
        policy({"Effect": "Allow", "NotAction": ["a*:*", "c*:*"], "Resource": "*"})
    ).allowed_in_short
    assert some.most.title == f"All services except {len(some.most.counted)}"
    few = summary(policy({"Effect": "Allow", "Action": "*:Describe*", "Resource": "*"})).allowed_in_short
    assert few.most is None
    assert "iam" not in {row.prefix for row in rest.allowed}
    assert rest.allowed[0].resources == ("All except arn:aws:s3:::a",)


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("cloudformation", "AWS CloudFormation"),
        ("ses", "Amazon SES"),
        ("iam", "AWS Identity and Access Management"),
        ("apigateway", "Manage - Amazon API Gateway"),
        ("execute-api", "Amazon API Gateway"),
        ("s3", "Amazon S3"),
        ("datasync", "AWS DataSync"),
        ("health", "AWS Health APIs and Notifications"),
    ],
)
def test_a_service_has_its_own_name(prefix, name):
    assert catalogue.services()[prefix].name == name


def test_no_two_services_share_a_name():
    names = [service.name for service in catalogue.services().values()]
    assert len(names) == len(set(names))
