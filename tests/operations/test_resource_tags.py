"""Conditions about the tags of the user, the policy or the device that is acted on."""

import json

import pytest

from iamconsole.errors import AccessDenied
from iamconsole.operations import execute

pytestmark = pytest.mark.django_db
READ = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}
)


@pytest.fixture
def may(alice, bob, caller):
    """Gives Bob one statement with a condition, and returns his Caller."""

    def give(key, value, action="iam:*", effect="Allow", resource="*"):
        condition = {"StringEquals": {key: value}}
        row = {"Effect": effect, "Action": action, "Resource": resource, "Condition": condition}
        document = json.dumps({"Version": "2012-10-17", "Statement": [row]})
        execute(caller(alice), "PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=document)
        return caller(bob)

    return give


@pytest.mark.parametrize("key", ["iam:ResourceTag/team", "aws:ResourceTag/team", "AWS:resourcetag/Team"])
def test_a_user_is_reached_by_its_tags(may, alice, charlie, caller, key):
    bob = may(key, "web")
    with pytest.raises(AccessDenied):
        execute(bob, "CreateAccessKey", UserName="charlie")
    execute(caller(alice), "TagUser", UserName="charlie", Tags=[{"Key": "team", "Value": "web"}])
    execute(bob, "CreateAccessKey", UserName="charlie")
    execute(caller(alice), "TagUser", UserName="charlie", Tags=[{"Key": "team", "Value": "data"}])
    with pytest.raises(AccessDenied):
        execute(bob, "CreateAccessKey", UserName="charlie")


def test_pages_decide_alike(may, alice, charlie, caller):
    bob = may("iam:ResourceTag/team", "web")
    assert not bob.permits("iam:DeleteUser", charlie.arn)
    execute(caller(alice), "TagUser", UserName="charlie", Tags=[{"Key": "team", "Value": "web"}])
    assert bob.permits("iam:DeleteUser", charlie.arn)
    assert not bob.permits("iam:DeleteUser", charlie.arn.replace("charlie", "else/charlie"))


def test_a_policy_has_aws_tags_only(may, alice, caller):
    made = execute(
        caller(alice),
        "CreatePolicy",
        PolicyName="Lake",
        PolicyDocument=READ,
        Tags=[{"Key": "team", "Value": "web"}],
    )
    arn = made["Policy"]["Arn"]
    assert may("aws:ResourceTag/team", "web").permits("iam:GetPolicy", arn)
    assert not may("iam:ResourceTag/team", "web").permits("iam:GetPolicy", arn)


def test_a_variable_counts_as_asking(may, alice, charlie, caller):
    execute(caller(alice), "TagUser", UserName="charlie", Tags=[{"Key": "owner", "Value": "bob"}])
    assert may("aws:username", "${iam:ResourceTag/owner}").permits("iam:DeleteUser", charlie.arn)


def test_nothing_is_looked_up_where_no_policy_asks(may, charlie, django_assert_num_queries):
    bob = may("aws:username", "bob")
    with django_assert_num_queries(0):
        assert bob.permits("iam:DeleteUser", charlie.arn)
