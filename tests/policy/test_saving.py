"""What IAM refuses to save, in its words and its order, and what it takes (IAM-FACTS 8.2)."""

import itertools
import json
import lzma
from pathlib import Path

import pytest

from iamconsole.policy import MalformedPolicyDocument, check_savable

SYNTAX = "Syntax errors in policy."
VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
PRINCIPAL = "Policy document should not specify a principal."
SAME_SID = "Statement IDs (SID) in a single policy must be unique."
BAD_SID = (
    "Statement IDs (SID) must be alpha-numeric. "
    "Check that your input satisfies the regular expression [0-9A-Za-z]*"
)
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
NO_PREFIX = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
TWO_COLONS = "Actions/Condition can contain only one colon."
FULLY = "Resource vendor must be fully qualified and cannot contain regexes."
IAM_PATH = (
    'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, "
    "access-report/."
)
ABSENT = object()


def document(version="2012-10-17", **changes) -> str:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **changes}
    given = {name: value for name, value in statement.items() if value is not ABSENT}
    return json.dumps({"Version": version, "Statement": given})


def statements(*rows: dict, **more) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": rows, **more})


def refusal(text: str) -> str:
    try:
        check_savable(text)
    except MalformedPolicyDocument as error:
        return error.message
    return ""


def test_what_is_not_even_syntax():
    row = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    wholes = [
        "", "{}", "[]", "null", '{"Version":"2012-10-17"', json.dumps({"Version": "2012-10-17"}),
        statements(), statements(row, "Allow"), statements(row, []), statements(row, Extra=1),
        statements(row, Version="2012-10-18"), statements(row, Version=None), statements(row, Version=20121017),
        statements(row, Id=7), statements(row, Id=None), statements(row, version="2012-10-17"),
        statements(row).replace('"Id"', "'Id'") + " x",
        # half of a character that takes two escapes
        document(Resource="arn:aws:sqs:::\ud83d"), document(Sid="\udc00"), document(Action="s3:\udfffx"),
        # a member twice, in the document, a statement, a condition
        '{"Version":"2012-10-17","Version":"2012-10-17","Statement":' + json.dumps(row) + "}",
        document().replace('"Effect": "Allow"', '"Effect": "Allow", "Effect": "Allow"'),
        document(Condition={"Bool": {"a:b": "c"}}).replace('"a:b": "c"', '"a:b": "c", "a:b": "c"'),
    ]  # fmt: skip
    parts = [
        {"Effect": ABSENT}, {"Effect": "permit"}, {"Effect": ""}, {"Effect": None}, {"Effect": ["Allow"]},
        {"Sid": 7}, {"Sid": None}, {"Sid": ["A"]}, {"Action": [1]}, {"Action": None}, {"Action": {"a": "b"}},
        {"Action": ["s3:*", ["s3:*"]]}, {"Action": [None]}, {"Resource": True}, {"Resource": ["*", None]},
        {"NotAction": []}, {"NotAction": "iam:*"}, {"NotResource": []}, {"NotResource": "*"},
        {"action": "s3:*"}, {"Condition": []}, {"Condition": "a"}, {"Condition": None},
        {"Condition": {"StringEquals": []}}, {"Condition": {"StringEquals": "b"}}, {"Condition": {"Oops": []}},
        {"Condition": {"StringEquals": {"a:b": None}}}, {"Condition": {"StringEquals": {"a:b": {}}}},
        {"Condition": {"StringEquals": {"a:b": ["c", None]}}}, {"Condition": {"StringEquals": {"a:b": [["c"]]}}},
        *({"Condition": {name: {"a:b": "1"}}} for name in (
            "Oops", "stringequals", "StringEqual", "BOOL", "NullIfExists", "ForAnyValue:Null", "ForAnyValue::Bool",
            "foranyvalue:StringLike", "ForAny:StringLike", "ForAnyValue:ForAllValues:StringLike", ":Bool",
            "StringLikeifexists", "StringLikeIfExistsIfExists", "NotBool", "", "IfExists", "ForAllValues:", " Bool",
        )),
    ]  # fmt: skip
    texts = [*wholes, *(document(**changes) for changes in parts)]
    assert {text: refusal(text) for text in texts} == dict.fromkeys(texts, SYNTAX)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": "2008-10-17"}, VERSION),
        ({"Effect": "allow"}, LEGACY),
        ({"Effect": "DENY"}, LEGACY),
        ({"Principal": {"AWS": "*"}}, PRINCIPAL),
        ({"NotPrincipal": "*"}, PRINCIPAL),
        ({"Principal": {"Service": "ec2.amazonaws.com"}, "Resource": ABSENT}, PRINCIPAL),
        ({"Sid": "my_sid"}, BAD_SID),
        ({"Sid": "with space"}, BAD_SID),
        ({"Sid": "Straße"}, BAD_SID),
        ({"Action": ABSENT}, NO_ACTIONS),
        ({"Action": []}, NO_ACTIONS),
        ({"Action": ABSENT, "NotAction": []}, NO_ACTIONS),
        ({"Resource": ABSENT}, NO_RESOURCES),
        ({"Resource": []}, NO_RESOURCES),
        ({"Resource": ABSENT, "NotResource": []}, NO_RESOURCES),
        ({"Action": "invalid"}, NO_PREFIX),
        ({"Action": ""}, NO_PREFIX),
        ({"Action": "**"}, NO_PREFIX),
        ({"Action": ":ListBucket"}, NO_PREFIX),
        ({"Action": ABSENT, "NotAction": ["s3:*", "s3"]}, NO_PREFIX),
        ({"Action": "a a:ListBucket"}, "Vendor a a is not valid"),
        ({"Action": "s_3:ListBucket"}, "Vendor s_3 is not valid"),
        ({"Action": " s3:ListBucket"}, "Vendor  s3 is not valid"),
        ({"Action": "s3:List:Bucket"}, TWO_COLONS),
        ({"Action": "a a:List:Bucket"}, TWO_COLONS),
        ({"Action": "::"}, TWO_COLONS),
        ({"Resource": "xyz"}, 'Resource xyz must be in ARN format or "*".'),
        ({"Resource": ""}, 'Resource  must be in ARN format or "*".'),
        ({"Resource": "**"}, 'Resource ** must be in ARN format or "*".'),
        ({"Resource": "q:w"}, 'Partition "w" is not valid for resource "arn:w:*:*:*:*".'),
        ({"Resource": "aws:sns:t"}, 'Partition "sns" is not valid for resource "arn:sns:t:*:*:*".'),
        ({"Resource": "arn:moon:s3:::a:b:c"}, 'Partition "moon" is not valid for resource "arn:moon:s3:::a:b:c".'),
        ({"Resource": "arn:moon:s3::b"}, 'Partition "moon" is not valid for resource "arn:moon:s3::b:*".'),
        ({"Resource": "arn:aws*:s3:::b"}, 'Partition "aws*" is not valid for resource "arn:aws*:s3:::b".'),
        ({"Resource": "arn::s3:::b"}, 'Partition "" is not valid for resource "arn::s3:::b".'),
        ({"Resource": "arn:aws"}, FULLY),
        ({"Resource": "x:*"}, FULLY),
        ({"Resource": "arn:aws:s*:::bucket"}, FULLY),
        ({"Resource": ABSENT, "NotResource": ["*", "arn:aws:?:::bucket"]}, FULLY),
        ({"Resource": "arn:aws:sns::topic"}, LEGACY),
        ({"Resource": "arn:aws:iam::x"}, LEGACY),
        ({"Resource": "arn:aws:sqs::${aws:username}"}, LEGACY),
        ({"Resource": "arn:aws:::x:y"}, LEGACY),
        ({"Resource": "arn:aws:"}, LEGACY),
        ({"Resource": "arn:aws:iam:eu-west-1:1:user/a"},
         "IAM resource arn:aws:iam:eu-west-1:1:user/a cannot contain region information."),
        ({"Resource": "arn:aws:iam"}, "IAM resource arn:aws:iam cannot contain region information."),
        ({"Resource": "arn:aws:s3:eu-west-1::b"},
         "Resource arn:aws:s3:eu-west-1::b can not contain region information."),
        ({"Resource": "arn:aws:s3:*:*:b/accesspoint/c"},
         "Resource arn:aws:s3:*:*:b/accesspoint/c can not contain region information."),
        *(({"Resource": f"arn:aws:iam::111122223333:{rest}"}, IAM_PATH)
          for rest in ("foo", "", "u*", "user", "users/a", "User/a", "root/", "u2f/user/a/b", "${aws:username}")),
    ],
)  # fmt: skip
def test_what_is_refused(changes, message):
    assert refusal(document(**changes)) == message


BAD_OPERANDS = {
    "NumericEquals": ["", "NaN", "Infinity", "ten", "0x10", " 1", "1 2", "${aws:username}", True],
    "NumericLessThanEqualsIfExists": ["one"],
    "ForAnyValue:NumericGreaterThan": ["-"],
    "DateEquals": [
        "",
        "next week",
        "2026-13",
        "2026-05-01T10:00:00+1",
        "2026-05-01T10+0130",
        "1.5",
        "9223372036854775808",
        False,
    ],
    "ForAllValues:DateLessThanIfExists": ["today"],
    "IpAddress": ["", "office", "10.0.0.0/33", "2001:db8::5/64", "::1/0", "::ffff:10.0.0.1", "10.0.0", 10],
    "NotIpAddressIfExists": ["10.0.0.0/8/8"],
    "ArnLike": ["", "role", "arn:aws:iam", "arn:aws:iam::1", "${aws:PrincipalArn}", "arn:aws::::a"],
    "StringNotLike": ["${", "${}", "a-${aws:username", "${a,b}", "${aws:username}${x"],
    "ForAnyValue:StringEqualsIfExists": ["${aws:PrincipalTag/team, none}"],
    "ArnNotEquals": ["arn:aws:iam::*:user/${aws:username", "aws:iam::1:role/a:b", "arn:aws:s3:${a:b}:c"],
    "BinaryEquals": ["YR==", "YQ", "not base64!", " YQ=="],
}


def test_operands_that_cannot_be_read():
    """At the step of the older parser, among others that can be read, in a statement that has nothing else."""
    for operator, operands in BAD_OPERANDS.items():
        for operand in operands:
            for value in (
                operand,
                [operand],
                [*GOOD_OPERANDS[operator.partition(":")[2] or operator][:1], operand],
            ):
                for rest in ({}, {"Action": ABSENT, "Resource": ABSENT}, {"Action": "x", "Resource": "x"}):
                    text = document(Condition={operator: {"a:b": value}}, **rest)
                    assert refusal(text) == LEGACY, text


GOOD_OPERANDS = {
    "NumericEquals": ["1", "01", "+1", "-1", "1.", "1e0", 7, 2.5, "9007199254740993", "1e9999"],
    "NumericLessThanEqualsIfExists": ["1"],
    "NumericGreaterThan": ["1"],
    "DateEquals": [
        "0",
        1780000000,
        "07T",
        "2026-05-01t3:00:00.5+11",
        "2026-02-30",
        "2026-05",
        "9223372036854775807",
    ],
    "DateLessThanIfExists": ["2026-05-01T00:00:00Z"],
    "IpAddress": [
        "10.0.0.7/8",
        "192.000.002.1",
        "10.0.0.0/+24",
        "10.0.0.0/024",
        "::ffff:c000:200/120",
        "::/0",
    ],
    "NotIpAddressIfExists": ["2001:db8:::1/128"],
    "ArnLike": ["arn:aws:iam::*:role/${aws:username}", "arn:*:*:*:*:*", "*"],
    "ArnNotEquals": ["arn:aws:s3:::b"],
    "BinaryEquals": ["YQ==", ""],
    "Bool": ["true", "FALSE", "yes", "", "${", True, 1],
    "Null": ["true", "maybe", False],
    "StringNotLike": ["", "${aws:username}", "${$}{", "$", "${a:b, 'c'}", True, 1.5],
    "StringEqualsIfExists": ["x"],
}


@pytest.mark.parametrize(
    "changes",
    [
        {"Action": ["*", "iam:Get*", "S3:GetObject", "nosuch:Thing", "my.svc:Do", "a-1.b:c"]},
        {"Action": ["iam: odd name ", "s3:", "s3:*?", "s3:Größe", "s3:${x}"]},
        {"Action": ABSENT, "NotAction": "s3:*", "Resource": ABSENT, "NotResource": "*"},
        {"Action": "s3:\U0001f511", "Resource": "arn:aws:sqs:::\\ud83d"},
        {"Resource": ["arn:aws:iam::*:user/${aws:username}", "arn:*:s3:::a/*", "arn:aws:iam::123456789012:root"]},
        {"Resource": ["arn:aws:whatever", "x:aws:sns", "arn:aws:nosuch:moon:x:y:z", "arn:aws-cn:sqs:*:*"]},
        {"Resource": ["arn:aws:iam::*:*", "arn:aws:s3:::", "arn:aws:my service:::a", "arn:aws-us-gov:iam::1:mfa/a"]},
        {"Resource": [f"arn:aws:s3:eu-west-1:111122223333:{rest}" for rest in (
            "accesspoint/a", "accesspoint/a/object/*", "job/*", "storage-lens/a", "storage-lens-group/a",
            "access-grants/default", "async-request/mrap/*")]},
        {"Resource": ["arn:aws:iam::${aws:PrincipalAccount}:role/a", "arn:aws:s3:::${a:b, 'c:d'}"]},
        {"Resource": ["arn:aws:sqs:${aws:RequestedRegion}:${aws:PrincipalAccount}:q", "arn:aws:s3:::b/${"]},
        {"Resource": ["arn:aws:s3::111122223333:accesspoint/a.mrap", "arn:aws:s3:*:*:accesspoint/*"]},
        {"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a"]}, "Null": {"aws:x": "true"}}},
        {"Condition": {"Oops": {}}},
        {"Condition": {}},
        {"Condition": {"StringEquals": {}, "NumericEquals": {"a:b": []}}},
        *({"Condition": {operator: {"a:b": operands}}} for operator, operands in GOOD_OPERANDS.items()),
        {"Sid": ""},
    ],
)  # fmt: skip
def test_what_is_saved(changes):
    assert check_savable(document(**changes)).statements[0].allow


def test_sids_that_are_empty_can_repeat():
    row = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    rows = [{**row, "Sid": ""}, {**row, "Sid": ""}, row, row, {**row, "Sid": "A"}, {**row, "Sid": "a"}]
    assert refusal(statements(*rows)) == ""
    assert refusal(statements(*rows, {**row, "Sid": "a"})) == SAME_SID


# A statement for each step, in AWS's order.
STEPS = [
    ({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"a:b": None}}}, SYNTAX),
    ({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"DateEquals": {"a:b": "c"}}}, LEGACY),
    ({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}, PRINCIPAL),
    ({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Sid": "A"}, SAME_SID),
    ({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Sid": "b-c"}, BAD_SID),
    ({"Effect": "Allow", "Resource": "*"}, NO_ACTIONS),
    ({"Effect": "Allow", "Action": "s3:*", "Resource": "bucket"}, 'Resource bucket must be in ARN format or "*".'),
    ({"Effect": "Allow", "Action": "s3:*"}, NO_RESOURCES),
    ({"Effect": "Allow", "Action": "s3", "Resource": "*"}, NO_PREFIX),
]  # fmt: skip


def test_each_step_looks_at_the_whole_document_before_the_next():
    """Wherever the statements stand: with several faults the earliest step answers."""
    fine = {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    for (first, (early, message)), (second, (late, _)) in itertools.combinations(enumerate(STEPS), 2):
        for rows in ([early, late, fine], [fine, late, early], [late, fine, early]):
            assert refusal(statements(*rows)) == message, (first, second, rows)
    old = statements(*(row for row, message in STEPS if message != SYNTAX), Version="2008-10-17")
    assert refusal(old) == VERSION


def test_faults_in_one_statement_are_told_in_the_same_order():
    bad_date = {"DateLessThan": {"aws:CurrentTime": "soon"}}
    cases = [
        ({"Effect": "Allow", "Condition": {"DateLessThan": {"aws:CurrentTime": {}}}}, SYNTAX),
        ({"Effect": "Allow", "Condition": bad_date}, LEGACY),
        ({"Effect": "allow"}, LEGACY),
        ({"Effect": "Allow"}, NO_ACTIONS),
        ({"Effect": "Allow", "Action": "nocolon"}, NO_RESOURCES),
        ({"Effect": "Allow", "Action": "nocolon", "Resource": "nocolon"},
         'Resource nocolon must be in ARN format or "*".'),
    ]  # fmt: skip
    for row, message in cases:
        assert refusal(statements(row)) == message


def test_the_older_parser_reads_resources_until_one_is_in_a_wrong_format():
    def rows(*lists):
        return statements(*({"Effect": "Allow", "Action": "s3:*", "Resource": one} for one in lists))

    short, bad = "arn:aws:sns::topic", "arn:moon:sns:::topic"
    partition = f'Partition "moon" is not valid for resource "{bad}".'
    assert refusal(rows([bad, short])) == refusal(rows([short, bad])) == partition
    assert refusal(rows(bad, short)) == partition
    assert refusal(rows(short, bad)) == refusal(rows([short], "*", [bad])) == LEGACY
    assert (
        refusal(rows("*", ["arn:aws:a", "nocolon"], bad)) == 'Resource nocolon must be in ARN format or "*".'
    )


def test_aws_managed_policies_can_be_saved():
    """Those that people copy; a few of AWS's for its own services have resources that it lets nobody write."""
    [file] = (Path(__file__).parents[2] / "users" / "data").glob("aws_managed_policies_*.json.xz")
    policies = json.loads(lzma.decompress(file.read_bytes()))
    refused = [row["Path"] for row in policies if refusal(row["Document"])]
    assert set(refused) == {"/aws-service-role/"}
    assert len(refused) < 5
