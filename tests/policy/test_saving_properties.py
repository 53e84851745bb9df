"""What holds for every document that IAM would save, and for every one that it would not (IAM-FACTS 8.2)."""

import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from iamconsole.policy import MalformedPolicyDocument, Outcome, check_savable, evaluate, parse
from iamconsole.policy.operator_names import IF_EXISTS, NAMES, NULL, QUANTIFIERS

from .documents import ALICE, named
from .test_saving import (
    BAD_OPERANDS,
    BAD_SID,
    GOOD_OPERANDS,
    LEGACY,
    NO_ACTIONS,
    NO_PREFIX,
    NO_RESOURCES,
    PRINCIPAL,
    SYNTAX,
    TWO_COLONS,
    refusal,
)

words = st.text(st.characters(codec="latin-1", exclude_characters="\x00"), max_size=8)
no_colon = words.filter(lambda text: ":" not in text)
plain = st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True)
operators = st.one_of(
    st.sampled_from(NAMES),
    st.builds(
        lambda quantifier, name, suffix: f"{quantifier}{name}{suffix}",
        st.sampled_from(["", *QUANTIFIERS]),
        st.sampled_from([name for name in NAMES if name != NULL]),
        st.sampled_from(["", IF_EXISTS]),
    ),
)


# What the tables take.
numbers = st.one_of(
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.builds(lambda whole, part, power: f"+00{whole}.{part}e{power}",
              st.integers(0, 10**20), st.integers(0), st.integers(-400, 400)),
)  # fmt: skip
dates = st.one_of(
    st.integers(0, 2**63 - 1).map(str),
    st.dates().map(str),
    st.builds(lambda date, zone: f"{date}{zone}",
              st.datetimes().map(lambda one: one.isoformat()), st.sampled_from(["", "Z", "z", "+09", "+05:45"])),
    st.builds(lambda year, rest: f"{year}{rest}",
              st.integers(-292275054, 292278993), st.sampled_from(["t", "T", "-07", "-02-31", "-1-1T7"])),
)  # fmt: skip
networks = st.one_of(
    st.ip_addresses().map(str).filter(lambda one: not ("." in one and ":" in one)),
    st.builds(lambda address, bits: f"{address}/{bits}", st.ip_addresses(v=4), st.integers(0, 32)),
    st.builds(lambda head, bits: f"{head:x}::/{bits}", st.integers(1, 0xFFFF), st.integers(16, 128)),
)
arns = st.builds(
    lambda vendor, region, account, rest: f"arn:aws:{vendor}:{region}:{account}:{rest}",
    plain, st.sampled_from(["", "*", "eu-west-1"]), st.sampled_from(["", "*", "111122223333"]), words.filter(bool),
)  # fmt: skip
binaries = st.binary(max_size=9).map(lambda one: base64.b64encode(one).decode())
readable = {"Numeric": numbers, "Date": dates, "IpAddress": networks, "Arn": arns, "Binary": binaries}


def operands(operator):
    return next(
        (some for name, some in readable.items() if name in operator), words | st.booleans() | numbers
    )


conditions = st.dictionaries(
    operators.flatmap(lambda one: st.tuples(st.just(one), operands(one))), st.just(None), max_size=3
).map(lambda drawn: {operator: {"aws:some/key": value} for operator, value in drawn})
actions = st.one_of(
    st.just("*"), st.builds(lambda vendor, name: f"{vendor}:{name}",
                            st.from_regex(r"[A-Za-z0-9.-]{1,9}", fullmatch=True), no_colon)
)  # fmt: skip
free = st.builds(
    lambda first, partition, vendor, rest: ":".join([first, partition, vendor, *rest]),
    st.sampled_from(["arn", "x", ""]), st.sampled_from(["aws", "aws-cn", "*"]),
    st.from_regex(r"[a-z0-9 .-]{1,6}", fullmatch=True).filter(lambda one: one not in ("iam", "s3")),
    st.lists(no_colon, max_size=4),
).filter(lambda one: one.count(":") >= 5 or "::" not in one)  # fmt: skip
of_iam = st.builds(
    lambda kind, rest: f"arn:aws:iam::111122223333:{kind}{rest}",
    st.sampled_from(["user/", "role/", "group/", "policy/", "mfa/", "report/", "federated-user/"]), words,
)  # fmt: skip
of_s3 = st.builds(
    lambda region, kind, rest: f"arn:aws:s3:{region}:111122223333:{kind}/{rest}",
    st.sampled_from(["*", "eu-west-1"]), st.sampled_from(["accesspoint", "job", "storage-lens"]), words,
)  # fmt: skip
resources = st.one_of(st.just("*"), free, of_iam, of_s3)


def one_or_more(texts):
    return texts | st.lists(texts, min_size=1, max_size=3)


statements = st.builds(
    lambda effect, not_action, action, not_resource, resource, rest: {
        "Effect": effect,
        f"{not_action}Action": action,
        f"{not_resource}Resource": resource,
        **rest,
    },
    st.sampled_from(["Allow", "Deny"]), st.sampled_from(["", "Not"]), one_or_more(actions),
    st.sampled_from(["", "Not"]), one_or_more(resources),
    st.fixed_dictionaries({}, optional={"Condition": conditions | st.just({"Oops": {}}), "Sid": st.just("")}),
)  # fmt: skip


def document(rows, **more) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": rows, **more})


@settings(max_examples=150)
@given(st.lists(statements, min_size=1, max_size=3) | statements)
def test_what_the_tables_take_is_saved_and_can_be_read(rows):
    policy = check_savable(document(rows))
    assert policy == parse(document(rows))
    assert len(policy.statements) == (len(rows) if isinstance(rows, list) else 1)


# A fault of each kind: the element that it is in, and IAM's words. They stand in AWS's order.
FAULTS = [
    ("Extra", {"Extra": 1}, SYNTAX),
    ("Effect", {"Effect": "permit"}, SYNTAX),
    ("Condition", {"Condition": {"Boolean": {"a:b": "true"}}}, SYNTAX),
    ("Action", {"NotAction": []}, SYNTAX),
    ("Effect", {"Effect": "ALLOW"}, LEGACY),
    ("Condition", {"Condition": {"NumericLessThan": {"a:b": ["1", "few"]}}}, LEGACY),
    ("Principal", {"Principal": "*"}, PRINCIPAL),
    ("Sid", {"Sid": "a-b"}, BAD_SID),
    ("Action", {"Action": []}, NO_ACTIONS),
    ("Resource", {"Resource": ["*", "bucket"]}, 'Resource bucket must be in ARN format or "*".'),
    ("Resource", {"Resource": []}, NO_RESOURCES),
    ("Action", {"Action": ["s3:*", "s3:a:b"]}, TWO_COLONS),
    ("Action", {"Action": "s3"}, NO_PREFIX),
]
ORDER = [message for _, _, message in FAULTS[:-2]]


@given(
    st.lists(
        st.lists(st.sampled_from(FAULTS), max_size=4, unique_by=lambda fault: fault[0]),
        min_size=1,
        max_size=4,
    ).filter(any)
)
def test_of_several_faults_the_earliest_step_answers(drawn):
    rows = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"} for _ in drawn]
    for place, (row, some) in enumerate(zip(rows, drawn, strict=True)):
        for element, changes, _ in some:
            row.update(changes if element != "Sid" else {"Sid": f"a-{place}"})
    messages = [message for some in drawn for _, _, message in some]
    earlier = [message for message in messages if message in ORDER]
    # The last step has several messages: the first action answers.
    assert refusal(document(rows)) == (min(earlier, key=ORDER.index) if earlier else messages[0])


ODD = ["", " ", "true", "yes", "0", "1", "1e0", "NaN", "2026-05-01", "2026T", "10.0.0.1", "::1", "10.0.0.0/8", "YQ==", "YR==",
       "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:*", "arn:a", "*", "alice", "${", "${x", "${}",
       "${aws:username}", "${aws:TagKeys}", "${aws:TagKeys, 'none'}", "arn:aws:iam::1:user/${aws:username}", "${*}", "${a:none, 'x'}",
       "arn:aws:s3:${aws:username}:b"]  # fmt: skip
tried = st.sampled_from(
    [*ODD, *(text for some in (BAD_OPERANDS, GOOD_OPERANDS) for row in some.values() for text in row)]
)
contexts = st.fixed_dictionaries(
    {}, optional={"aws:username": st.sampled_from(ODD) | words, "aws:some/key": st.sampled_from(ODD) | words,
                  "aws:TagKeys": st.lists(st.sampled_from(ODD), max_size=3)}
)  # fmt: skip


@settings(max_examples=500)
@given(
    operators,
    st.sampled_from(["aws:username", "aws:some/key", "aws:TagKeys", "a:none"]),
    st.lists(tried | words, max_size=3),
    st.sampled_from(["*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/${aws:TagKeys}"]),
    contexts,
)
def test_what_is_saved_is_met_or_not(operator, key, values, resource, context):
    """An Allow and a Deny with the same condition agree: nothing in a saved document is beyond the engine."""
    row = {"Action": "iam:GetUser", "Resource": resource, "Condition": {operator: {key: values}}}
    allow, deny = ({**row, "Effect": effect} for effect in ("Allow", "Deny"))
    try:
        check_savable(document([allow, deny]))
    except MalformedPolicyDocument:
        return
    allowed, denied = (
        evaluate("iam:GetUser", ALICE, context, identity=[named(one)]).outcome for one in (allow, deny)
    )
    assert (allowed is Outcome.ALLOWED) is (denied is Outcome.EXPLICIT_DENY)
