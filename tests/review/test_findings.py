"""What the editor says of a document, and at which line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamconsole.policy import MalformedPolicyDocument, check_savable
from iamconsole.policy.operator_names import NAMES, is_known_operator
from iamconsole.policy.operators import OPERATORS as KNOWN
from iamconsole.review import Kind, review


def document(*statements, **more) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more}, indent=2)


def allow(action, resource="*", **more) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(**condition) -> dict:
    return {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}


def said(text) -> list[tuple[str, str]]:
    """Kind and the text that each finding points at."""
    return [(found.kind.value, text[found.span.start : found.span.end]) for found in review(text)]


BAD = {
    "not closed": ('{\n"Version": "2012-10-17",', 2, "This is not valid JSON."),
    "nothing": ("", 1, "This is not valid JSON."),
    "a key twice": ('{"Version": "2012-10-17",\n"Version": "2012-10-17"}', 2, "The key Version is here"),
    "too deep": ("[" * 40 + "]" * 40, 1, "nested at most 32"),
    "too long": (" " * 262_145, 1, "at most 262144 characters"),
    "a list": ("[]", 1, "Syntax errors in policy."),
    "no number": ('{"Statement": NaN}', 1, "Syntax errors in policy."),
    "a number of many digits": ("7" * 5000, 1, "Syntax errors in policy."),
    "the old version": (
        '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],\n"Version": "2008-10-17"}',
        2,
        "2012-10-17 or greater",
    ),
    "no statement": ('{\n"Version": "2012-10-17",\n"Statement": []}', 3, "Syntax errors"),
    "a strange key": (document(allow("s3:*"), statement=[]), 10, '"statement" is not an element'),
    "effect of another case": (document(allow("s3:*") | {"Effect": "allow"}), 5, "failed legacy parsing"),
    "effect as a key of another case": (
        document({"effect": "Allow", "Action": "s3:*", "Resource": "*"}),
        5,
        '"effect" is not an element of a statement.',
    ),
    "the second action": (document(allow(["s3:GetObject", "s3"])), 8, "must be prefaced by a vendor"),
    "no resource": (document({"Effect": "Allow", "Action": "s3:*"}), 4, "must contain resources"),
    "a resource": (document(allow("s3:*", ["*", "bucket"])), 9, "must be in ARN format"),
    "both": (document(allow("s3:*", NotAction="iam:*")), 6, "Syntax errors"),
    "an operator": (
        document(allow("s3:*", Condition={"BoolIfExist": {"aws:SecureTransport": True}})),
        9,
        "oper",
    ),
    "a principal": (document(allow("s3:*", Principal="*")), 8, "should not specify a principal"),
    "a Sid twice": (document(allow("s3:*", Sid="A"), allow("s3:*", Sid="A")), 14, "must be unique"),
    "a Sid with a space": (document(allow("s3:*", Sid="A b")), 8, "must be alpha-numeric"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_error_stands_at_its_line(name):
    text, line, words = BAD[name]
    found = review(text)[0]
    assert (found.kind, found.line) == (Kind.ERROR, line)
    assert words in found.title


def test_all_errors_are_told_beginning_with_the_one_that_iam_answers():
    """Of one statement too, whatever the step at which IAM would see them."""
    text = document(
        allow("s3", Sid="a b"),
        allow(["s3:Get:Object", "sqs:*"], ["bucket", "arn:aw:sqs:::q"]),
        allow(
            "*", Condition={"DateLessThan": {"aws:CurrentTime": ["2031-01-01", "soon"]}, "bool": {"a:b": "c"}}
        ),
        {"Effect": "deny", "Principal": "*", "Extra": 1},
    )
    said = [(text.splitlines()[one.line - 1].strip(" ,"), one.title) for one in review(text)]
    assert said == [
        ('"bool": {', '"bool" is not a condition operator.'),
        ('"Extra": 1', '"Extra" is not an element of a statement.'),
        ('"soon"', "The policy failed legacy parsing"),
        ('"Effect": "deny"', "The policy failed legacy parsing"),
        ('"Principal": "*"', "Policy document should not specify a principal."),
        ('"Sid": "a b"', "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
         "expression [0-9A-Za-z]*"),
        ("{", "Policy statement must contain actions."),
        ('"bucket"', 'Resource bucket must be in ARN format or "*".'),
        ('"arn:aw:sqs:::q"', 'Partition "aw" is not valid for resource "arn:aw:sqs:::q".'),
        ("{", "Policy statement must contain resources."),
        ('"Action": "s3"', "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        ('"s3:Get:Object"', "Actions/Condition can contain only one colon."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "fixed"),
    [
        ('"Effect": "ALLOW"', '"Effect": "Allow"'),
        ('"Version": "2008-10-17"', '"Version": "2012-10-17"'),
        ('"stringlike": {', '"StringLike": {'),
        ('"foranyvalue:STRINGLIKEIFEXISTS": {', '"ForAnyValue:StringLikeIfExists": {'),
        ('"ForAllValues:Null": {', '"Null": {'),
        ('"StringLikes": {', '"StringLike": {'),
        ('"NullIfExists": {', '"Null": {'),
    ],
)
def test_what_is_certainly_meant_is_proposed(wrong, fixed):
    condition = {fixed.split('"')[1]: {"aws:username": "true"}} if fixed.endswith("{") else {}
    text = document(allow("s3:GetObject", "arn:aws:s3:::b/*", Condition=condition))
    broken = text.replace(fixed, wrong)
    (found,) = review(broken)
    assert broken[: found.span.start] + found.fix + broken[found.span.end :] == text != broken


WARNED = {
    "an action that is none": (allow("s3:ListBuckets"), ("Warning", '"s3:ListBuckets"'), '"s3:ListBucket"'),
    "a service that is none": (allow("s33:GetObject"), ("Warning", '"s33:GetObject"'), '"s3:GetObject"'),
    "a pattern without a match": (allow("s3:Fly*"), ("Warning", '"s3:Fly*"'), ""),
    "a condition key that is none": (
        allow("s3:GetObject", "arn:aws:s3:::b/*", Condition={"StringEquals": {"aws:usrname": "a"}}),
        ("Warning", '"aws:usrname"'),
        "",
    ),
    "a resource of three parts": (allow("sqs:SendMessage", "arn:aws:sqs"), ("Warning", '"arn:aws:sqs"'), ""),
    "a short resource whose variable has a colon": (
        allow("sqs:SendMessage", "arn:aws:sqs:${aws:RequestedRegion}:q"),
        ("Warning", '"arn:aws:sqs:${aws:RequestedRegion}:q"'),
        "",
    ),
    "keys of users of an account that is a variable": (
        allow("iam:CreateAccessKey", "arn:aws:iam::${aws:PrincipalAccount}:user/*"),
        ("Security warning", '"iam:CreateAccessKey"'),
        "",
    ),
    "a resource with another first part": (
        {"Effect": "Deny", "Action": "sqs:*", "Resource": ["*", "x:aws:sqs:::q"]},
        ("Warning", '"x:aws:sqs:::q"'),
        "",
    ),
    "everything": (allow("*"), ("Security warning", '"*"'), ""),
    "all but": (
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        ("Security warning", '"NotAction"'),
        "",
    ),
    "all resources but": (
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b"},
        ("Security warning", '"NotResource"'),
        "",
    ),
    "raising oneself": (
        allow("iam:PutUserPolicy", "arn:aws:iam::111122223333:user/${aws:username}"),
        ("Security warning", '"iam:PutUserPolicy"'),
        "",
    ),
    "a pattern with dangers": (allow("iam:*Key*"), ("Security warning", '"iam:*Key*"'), ""),
    "any role": (allow("iam:PassRole", "arn:aws:iam::*:role/*"), ("Security warning", '"iam:PassRole"'), ""),
    "always true": (
        allow(
            "s3:GetObject",
            "arn:aws:s3:::b/*",
            Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}},
        ),
        ("Security warning", '"ForAllValues:StringEquals"'),
        "",
    ),
    "MFA and keys": (
        deny(Bool={"aws:MultiFactorAuthPresent": "false"}),
        ("Security warning", '"Bool"'),
        '"BoolIfExists"',
    ),
    "a write on all": (allow("s3:DeleteBucket"), ("Suggestion", '"s3:DeleteBucket"'), ""),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_saves_but_is_not_meant(name):
    statement, expected, fix = WARNED[name]
    text = document(statement)
    check_savable(text)
    assert said(text) == [expected]
    assert review(text)[0].fix == fix


FINE = {
    "one role": allow("iam:PassRole", "arn:aws:iam::111122223333:role/deploy"),
    "own keys": allow("iam:*AccessKey*", "arn:aws:iam::111122223333:user/${aws:username}"),
    "own keys in an account that is a variable": allow(
        "iam:CreateAccessKey", "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}"
    ),
    "reading": allow(["ec2:Describe*", "s3:ListAllMyBuckets"]),
    "the console's own action": allow("iamconsole:ListEvents"),
    "a tag key": allow("ec2:StartInstances", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}),
    "a key of the service": allow(
        "s3:ListBucket", "arn:aws:s3:::b", Condition={"StringLike": {"s3:prefix": "a"}}
    ),
    "any case": allow("S3:getobject", "arn:aws:s3:::b/*"),
    "a star over colons": allow("sqs:GetQueueUrl", "arn:aws:sqs:*"),
    "an access point": allow("s3:GetObject", "arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/*"),
    "MFA": deny(BoolIfExists={"aws:MultiFactorAuthPresent": "false"}),
    "asked for presence": allow(
        "s3:GetObject",
        "arn:aws:s3:::b/*",
        Condition={
            "ForAllValues:StringEquals": {"aws:TagKeys": ["a"]},
            "Null": {"aws:TagKeys": "false"},
        },
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_nothing_is_said_of_what_is_fine(name):
    assert review(document(FINE[name])) == ()


def test_a_fix_makes_the_finding_go_away():
    text = document(allow("s3:ListBuckets", "arn:aws:s3:::b"))
    found = review(text)[0]
    assert review(text[: found.span.start] + found.fix + text[found.span.end :]) == ()


def test_the_operators_that_are_suggested_are_all_there_are():
    assert all(map(is_known_operator, NAMES))
    assert {name.lower() for name in NAMES} == {*KNOWN, "null"}


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(["Allow", "*", "s3:Get*"])
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
)
elements = st.sampled_from(
    ["Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Sid", "Principal", "effect"]
)
wholes = st.sampled_from(
    [
        allow("s3:GetObject"),
        allow(["s3", "*"]),
        allow("*", "b"),
        allow("*", Condition={"Boll": {"a": "b"}}),
        deny(Null={"aws:username": "true"}),
        deny(DateLessThan={"aws:CurrentTime": "soon"}),
        deny(Oops={}, StringEquals={"a:b": []}),
        allow(["my.svc:Do it", "x:"], ["arn:aws:sqs", "q:*:iam::1:user/bob"]),
        allow(["iam:*", ":"], ["arn:aws:s3:*:*:job/a", "arn:aws:iam"]),
    ]
)
statements = st.dictionaries(elements, values, max_size=5) | wholes
documents = st.builds(
    lambda version, rows: {"Version": version, "Statement": rows},
    st.sampled_from(["2012-10-17", "2008-10-17", 1]),
    st.lists(statements, max_size=3) | statements,
)


@given(documents.map(json.dumps) | values.map(json.dumps) | st.text(max_size=40))
def test_an_error_is_told_exactly_when_the_document_cannot_be_saved(text):
    try:
        check_savable(text)
    except MalformedPolicyDocument:
        assert Kind.ERROR in {found.kind for found in review(text)}
    else:
        assert Kind.ERROR not in {found.kind for found in review(text)}
