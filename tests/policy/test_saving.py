"""What IAM refuses to save, in its words (IAM-FACTS 8.2)."""

import json
import lzma
from pathlib import Path

import pytest

from iamconsole.policy import MalformedPolicyDocument, check_savable
from tests.database.catalogue import NAMES

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
FULLY = "Resource vendor must be fully qualified and cannot contain regexes."


def document(version="2012-10-17", **changes) -> str:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **changes}
    return json.dumps({"Version": version, "Statement": statement})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Action": "invalid"}, NO_VENDOR),
        ({"Action": ""}, NO_VENDOR),
        ({"Action": "a a:ListBucket"}, "Vendor a a is not valid"),
        ({"Action": "s3:List:Bucket"}, "Actions/Condition can contain only one colon."),
        ({"Action": []}, "Policy statement must contain actions."),
        ({"Resource": []}, "Policy statement must contain resources."),
        ({"Resource": "xyz"}, 'Resource xyz must be in ARN format or "*".'),
        ({"Resource": "arn:error:s3:::example_bucket"},
         'Partition "error" is not valid for resource "arn:error:s3:::example_bucket".'),
        ({"Resource": "arn:aws"}, FULLY),
        ({"Resource": "arn:aws:s*:::bucket"}, FULLY),
        ({"Resource": "arn:aws:iam::x"}, LEGACY),
        ({"Resource": "arn:aws:iam:eu-west-1:1:user/a"}, "IAM resource ARN cannot contain region information."),
        ({"Resource": "arn:aws:s3:eu-west-1::b"}, "Resource ARN can not contain region information."),
        ({"Condition": {"StringSame": {"a:b": "c"}}}, SYNTAX),
        ({"Sid": "with space"}, "Statement ID (SID) with space may only have letters and digits."),
        ({"version": "2008-10-17"}, "Policy document must be version 2012-10-17 or greater."),
    ],
)  # fmt: skip
def test_what_is_refused(changes, message):
    with pytest.raises(MalformedPolicyDocument) as caught:
        check_savable(document(**changes))
    assert caught.value.message == message


def test_an_iam_resource_is_of_a_known_kind():
    with pytest.raises(MalformedPolicyDocument, match="IAM resource path must either be"):
        check_savable(document(Resource="arn:aws:iam:::foo"))


def test_sids_are_unique():
    statement = {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement, statement]})
    with pytest.raises(MalformedPolicyDocument, match="must be unique"):
        check_savable(text)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Action": ["*", "iam:Get*", "S3:GetObject"]},
        {"Resource": ["arn:aws:iam::*:user/${aws:username}", "arn:*:s3:::a/*", "arn:aws:iam::123456789012:root"]},
        {"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a"]}, "Null": {"aws:x": "true"}}},
        {"Sid": ""},
    ],
)  # fmt: skip
def test_what_is_saved(changes):
    assert check_savable(document(**changes)).statements[0].allow


def test_aws_managed_policies_can_be_saved():
    """Those that people copy; a few of AWS's for its own services have resources that it lets nobody write."""
    [file] = (Path(__file__).parents[2] / "users" / "data").glob("aws_managed_policies_*.json.xz")
    policies = {row["PolicyName"]: row["Document"] for row in json.loads(lzma.decompress(file.read_bytes()))}
    for name in NAMES:
        check_savable(policies[name])
