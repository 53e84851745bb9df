"""Every condition operator, what an absent key means, and what happens where nothing can be told."""

import pytest

from .documents import ALICE, CONTEXT, decide, statement


def row(operator, key, values, met, because):
    return pytest.param(operator, key, values, met, id=f"{operator}-{because}".replace(" ", "-"))


STRINGS = [
    row("StringEquals", "aws:username", "alice", True, "equal"),
    row("StringEquals", "AWS:UserName", "alice", True, "keys without case"),
    row("stringequals", "aws:username", "alice", True, "operators without case"),
    row("StringEquals", "aws:username", "Alice", False, "values with case"),
    row("StringEquals", "aws:username", "al*", False, "no wildcards"),
    row("StringEquals", "aws:username", ["bob", "alice"], True, "one of several"),
    row("StringEquals", "aws:username", [], False, "no values"),
    row("StringEquals", "aws:PrincipalTag/empty", "", True, "an empty value is a value"),
    row("StringNotEquals", "aws:username", "bob", True, "another"),
    row("StringNotEquals", "aws:username", ["bob", "alice"], False, "none may match"),
    row("StringEqualsIgnoreCase", "aws:username", "ALICE", True, "any case"),
    row("StringNotEqualsIgnoreCase", "aws:username", "ALICE", False, "any case"),
    row("StringLike", "aws:username", "al*", True, "star"),
    row("StringLike", "aws:username", "alic?", True, "question mark"),
    row("StringLike", "aws:username", "al", False, "whole value"),
    row("StringLike", "aws:username", "[a]lice", False, "no other wildcards"),
    row("StringNotLike", "aws:username", "al*", False, "star"),
    row("StringNotLike", "aws:username", "bo*", True, "another"),
]
VARIABLES = [
    row("StringEquals", "aws:PrincipalTag/team", "${aws:PrincipalTag/team}", True, "variable"),
    row("StringEquals", "aws:PrincipalTag/team", "${aws:principaltag/TEAM}", True, "variable without case"),
    row("StringEquals", "aws:PrincipalTag/team", "b${aws:absent, 'lue'}", True, "default"),
    row("StringEquals", "aws:PrincipalTag/empty", "${aws:absent, ''}", True, "empty default"),
    row("StringEquals", "aws:PrincipalTag/star", "${*}", True, "literal star"),
    row("StringLike", "aws:username", "${*}", False, "literal star"),
    row("StringLike", "aws:username", "${aws:PrincipalTag/star}", False, "a star that a variable brought"),
    row("StringLike", "aws:username", "a${aws:PrincipalTag/empty}*", True, "written star beside a variable"),
    row("StringEquals", "aws:username", "${aws:absent}", False, "variable without value"),
    row("StringNotEquals", "aws:username", "${aws:absent}", True, "variable without value"),
    row("StringEquals", "aws:username", "${aws:TagKeys}", False, "variable of several values"),
    row("StringNotEquals", "aws:username", "${aws:TagKeys}", True, "variable of several values"),
    row("StringNotEquals", "aws:username", "${aws:username", False, "variable left open"),
    row("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/${aws:username}", True, "variable"),
    row("Bool", "aws:SecureTransport", "${aws:SecureTransport}", True, "variable"),
    row(
        "NumericNotEquals", "aws:MultiFactorAuthAge", "${aws:MultiFactorAuthAge}", False, "no variables here"
    ),
]
NUMBERS = [
    row("NumericEquals", "aws:MultiFactorAuthAge", "120.0", True, "same number"),
    row("NumericEquals", "aws:MultiFactorAuthAge", 120, True, "json number"),
    row("NumericNotEquals", "aws:MultiFactorAuthAge", "120", False, "same number"),
    row("NumericLessThan", "aws:MultiFactorAuthAge", "300", True, "less"),
    row("NumericLessThan", "aws:MultiFactorAuthAge", "120", False, "equal"),
    row("NumericLessThan", "aws:MultiFactorAuthAge", "60", False, "more"),
    row("NumericLessThanEquals", "aws:MultiFactorAuthAge", "120", True, "equal"),
    row("NumericGreaterThan", "aws:MultiFactorAuthAge", "-1", True, "more"),
    row("NumericGreaterThan", "aws:MultiFactorAuthAge", "120", False, "equal"),
    row("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", "120", True, "equal"),
    row("NumericEquals", "aws:username", "1", False, "not a number in the request"),
    row("NumericNotEquals", "aws:username", "1", True, "not a number in the request"),
    row("NumericNotEquals", "aws:MultiFactorAuthAge", "many", False, "not a number in the policy"),
    row("NumericLessThan", "aws:MultiFactorAuthAge", "Infinity", False, "infinity is no number"),
    row("NumericLessThan", "aws:MultiFactorAuthAge", "1_000", False, "underscores are no number"),
]
DATES = [
    row("DateEquals", "aws:CurrentTime", "2026-11-23T13:00:00+01:00", True, "another zone"),
    row("DateEquals", "aws:CurrentTime", "2026-11-23T12:00:00", True, "no zone is UTC"),
    row("DateEquals", "aws:CurrentTime", "1795435200", True, "epoch"),
    row("DateNotEquals", "aws:CurrentTime", "2026-11-23T12:00:00.001Z", True, "a millisecond apart"),
    row("DateLessThan", "aws:CurrentTime", "2026-12-01T00:00:00Z", True, "before"),
    row("DateLessThan", "aws:CurrentTime", "2026-12", True, "a month"),
    row("DateLessThanEquals", "aws:CurrentTime", "2026-11-23T12:00:00Z", True, "same"),
    row("DateGreaterThan", "aws:CurrentTime", "1795000000", True, "after"),
    row("DateGreaterThan", "aws:CurrentTime", "2027-01-01", False, "before"),
    row("DateGreaterThanEquals", "aws:CurrentTime", "2026-11-23T12:00:00Z", True, "same"),
    row("DateNotEquals", "aws:CurrentTime", "nan", False, "no date in the policy"),
    row("DateNotEquals", "aws:CurrentTime", "2026-13-41", False, "no such day in the policy"),
    row("DateNotEquals", "aws:username", "2026-11-23", True, "no date in the request"),
]
ADDRESSES = [
    row("IpAddress", "aws:SourceIp", "203.0.113.0/24", True, "in network"),
    row("IpAddress", "aws:SourceIp", "203.0.113.99/24", True, "network named by one of its addresses"),
    row("IpAddress", "aws:SourceIp", "203.0.113.7", True, "one address"),
    row("IpAddress", "aws:SourceIp", "203.0.113.8", False, "another address"),
    row("IpAddress", "aws:SourceIp", ["2001:db8::/32", "203.0.113.7"], True, "either family"),
    row("IpAddress", "aws:SourceIp", "0.0.0.0/0", True, "everywhere"),
    row("IpAddress", "aws:SourceIp", "::/0", False, "other family"),
    row("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", False, "in network"),
    row("NotIpAddress", "aws:SourceIp", ["198.51.100.0/24", "203.0.113.0/24"], False, "none may match"),
    row("NotIpAddress", "aws:SourceIp", "198.51.100.0/24", True, "elsewhere"),
    row("NotIpAddress", "aws:SourceIp", "203.0.113.0/255.255.255.0", False, "net masks are not understood"),
    row("NotIpAddress", "aws:username", "203.0.113.0/24", False, "no address in the request"),
]
ARNS = [
    row("ArnEquals", "aws:PrincipalArn", ALICE, True, "same"),
    row("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", True, "stars"),
    row("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:user/*", True, "equals is like"),
    row("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/*", False, "another type"),
    row("ArnLike", "aws:PrincipalArn", "arn:aws:*:user/alice", False, "a star within one segment"),
    row("ArnLike", "aws:PrincipalArn", "arn:*", False, "too few segments"),
    row("ArnNotLike", "aws:PrincipalArn", "arn:*", False, "too few segments"),
    row("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", False, "stars"),
    row("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/*", True, "another type"),
    row("ArnLike", "aws:username", "arn:aws:iam::*:user/*", False, "no ARN in the request"),
    row("ArnNotLike", "aws:username", "arn:aws:iam::*:user/*", False, "no ARN in the request"),
]
OTHERS = [
    row("Bool", "aws:SecureTransport", "true", True, "true"),
    row("Bool", "aws:SecureTransport", "TRUE", True, "any case"),
    row("Bool", "aws:SecureTransport", True, True, "json boolean"),
    row("Bool", "aws:SecureTransport", "false", False, "false"),
    row("Bool", "aws:PrincipalTag/flag", "false", True, "any other text is false"),
    row("Bool", "aws:SecureTransport", "yes", False, "no boolean in the policy"),
    row("BinaryEquals", "ec2:Seal", "c2VhbA==", True, "same bytes"),
    row("BinaryEquals", "ec2:Seal", "YWxpY2U=", False, "other bytes"),
    row("BinaryEquals", "aws:username", "YWxpY2U=", False, "no base64 in the request"),
    row("Null", "aws:absent", "true", True, "absent"),
    row("Null", "aws:absent", "false", False, "absent"),
    row("Null", "aws:username", "true", False, "present"),
    row("Null", "aws:username", "false", True, "present"),
    row("Null", "aws:PrincipalTag/empty", "false", True, "an empty value is present"),
    row("Null", "aws:TagKeys", False, True, "several values are present"),
]
ABSENT = [
    row("StringEquals", "aws:absent", "x", False, "absent"),
    row("StringNotEquals", "aws:absent", "x", True, "absent"),
    row("StringEqualsIfExists", "aws:absent", "x", True, "absent"),
    row("StringEqualsIfExists", "aws:username", "x", False, "present"),
    row("StringNotEqualsIfExists", "aws:absent", "x", True, "absent"),
    row("BoolIfExists", "aws:MultiFactorAuthPresent", "false", True, "absent"),
    row("Bool", "aws:MultiFactorAuthPresent", "false", False, "absent"),
    row("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8", False, "absent"),
    row("NotIpAddress", "aws:VpcSourceIp", "10.0.0.0/8", True, "absent"),
    row("NumericLessThan", "aws:absent", "1", False, "absent"),
    row("DateGreaterThan", "aws:absent", "2026-01-01", False, "absent"),
    row("ArnNotLike", "aws:absent", "arn:aws:iam::*:user/*", True, "absent"),
]
SEVERAL = [
    row("ForAllValues:StringEquals", "aws:TagKeys", ["team", "cost", "owner"], True, "subset"),
    row("ForAllValues:StringEquals", "aws:TagKeys", ["team"], False, "one outside"),
    row("ForAllValues:StringLike", "aws:TagKeys", ["*m", "c?st"], True, "wildcards"),
    row("ForAllValues:StringEquals", "aws:absent", ["team"], True, "absent"),
    row("ForAllValues:StringNotEquals", "aws:TagKeys", ["owner"], True, "none of them"),
    row("ForAllValues:StringNotEquals", "aws:TagKeys", ["cost"], False, "one of them"),
    row("ForAllValues:StringEquals", "aws:username", ["alice"], True, "a single value is a set of one"),
    row("ForAnyValue:StringEquals", "aws:TagKeys", ["cost"], True, "one of them"),
    row("ForAnyValue:StringEquals", "aws:TagKeys", ["owner"], False, "none of them"),
    row("ForAnyValue:StringEquals", "aws:absent", ["team"], False, "absent"),
    row("ForAnyValue:StringNotEquals", "aws:absent", ["team"], False, "absent"),
    row("ForAnyValue:StringEqualsIfExists", "aws:absent", ["team"], True, "absent"),
    row("ForAnyValue:StringNotEquals", "aws:TagKeys", ["cost"], True, "another one"),
    row("forallvalues:stringequals", "aws:TagKeys", ["team", "cost"], True, "without case"),
    row("StringEquals", "aws:TagKeys", ["team", "cost"], False, "plain operator"),
    row("StringNotEquals", "aws:TagKeys", ["owner"], False, "plain negated operator"),
    row("StringEqualsIfExists", "aws:TagKeys", ["team", "cost"], False, "plain operator"),
]


@pytest.mark.parametrize(
    ("operator", "key", "values", "met"),
    STRINGS + VARIABLES + NUMBERS + DATES + ADDRESSES + ARNS + OTHERS + ABSENT + SEVERAL,
)
def test_an_allow_matches_when_its_condition_is_met(operator, key, values, met):
    assert decide(statement(condition={operator: {key: values}})).allowed is met


@pytest.mark.parametrize(
    ("address", "network", "met"),
    [
        pytest.param("2001:db8::1", "2001:db8::/32", True, id="v6-in-network"),
        pytest.param("2001:DB8:0::0001", "2001:db8::1", True, id="v6-other-spelling"),
        pytest.param("2001:db9::1", "2001:db8::/32", False, id="v6-outside"),
        pytest.param("::ffff:203.0.113.7", "203.0.113.0/24", True, id="v4-in-v6-clothes"),
        pytest.param("203.0.113.7", "2001:db8::/32", False, id="v4-against-v6"),
        pytest.param("203.0.113.7", "0xCB007107", False, id="no-other-notation"),
    ],
)
def test_addresses_of_both_families(address, network, met):
    rule = statement(condition={"IpAddress": {"aws:SourceIp": network}})
    assert decide(rule, context={"aws:SourceIp": address}).allowed is met


def test_an_empty_set_counts_as_absent():
    for operator, met in [("ForAllValues:StringEquals", True), ("ForAnyValue:StringEquals", False)]:
        rule = statement(condition={operator: {"aws:TagKeys": ["team"]}})
        assert decide(rule, context={"aws:TagKeys": []}).allowed is met
    null = statement(condition={"Null": {"aws:TagKeys": "true"}})
    assert decide(null, context={"aws:TagKeys": []}).allowed


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(
            {"StringEquals": {"aws:username": "alice", "aws:PrincipalTag/team": "red"}}, id="two-keys"
        ),
        pytest.param(
            {"StringEquals": {"aws:username": "alice"}, "Bool": {"aws:SecureTransport": "false"}},
            id="two-operators",
        ),
        pytest.param({"StringEquals": {"aws:username": "alice", "AWS:USERNAME": "bob"}}, id="one-key-twice"),
    ],
)
def test_all_conditions_must_be_met(condition):
    assert not decide(statement(condition=condition)).allowed


UNKNOWN = [
    pytest.param({"StringMatches": {"aws:username": "alice"}}, id="operator"),
    pytest.param({"ForSomeValues:StringEquals": {"aws:username": "alice"}}, id="quantifier"),
    pytest.param({"NullIfExists": {"aws:username": "false"}}, id="null-if-exists"),
    pytest.param({"IpAddress": {"aws:SourceIp": "not-a-network"}}, id="network"),
    pytest.param({"IpAddress": {"aws:SourceIp": "203.0.113.0/33"}}, id="prefix"),
    pytest.param({"NotIpAddress": {"aws:SourceIp": ["bad", "198.51.100.0/24"]}}, id="network-among-others"),
    pytest.param({"DateGreaterThan": {"aws:CurrentTime": "yesterday"}}, id="date"),
    pytest.param({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "old"}}, id="number"),
    pytest.param({"BinaryEquals": {"ec2:Seal": "%"}}, id="base64"),
    pytest.param({"ArnLike": {"aws:PrincipalArn": "arn:*"}}, id="arn"),
    pytest.param({"StringEquals": {"aws:username": "${}"}}, id="variable"),
]


@pytest.mark.parametrize("condition", UNKNOWN)
def test_what_cannot_be_told_never_allows_and_always_denies(condition):
    assert not decide(statement(condition=condition)).allowed
    assert decide(statement(), statement("Deny", condition=condition)).outcome == "explicitDeny"


@pytest.mark.parametrize("order", [pytest.param(1, id="first"), pytest.param(-1, id="last")])
def test_certainty_beats_doubt_in_any_order(order):
    """A value that matches, or a condition that fails, decides whatever stands beside it."""
    values = ["not-a-network", "203.0.113.7"][::order]
    assert decide(statement(condition={"IpAddress": {"aws:SourceIp": values}})).allowed
    doubtful = [("StringMatches", {"aws:username": "x"}), ("StringEquals", {"aws:username": "bob"})]
    assert decide(statement(), statement("Deny", condition=dict(doubtful[::order]))).allowed


def test_two_spellings_of_a_key_that_disagree_cannot_be_told():
    context = {**CONTEXT, "aws:RequestTag/Stage": "test", "aws:RequestTag/stage": "live"}
    condition = {"StringEquals": {"aws:RequestTag/stage": "test"}}
    assert not decide(statement(condition=condition), context=context).allowed
    denied = decide(statement(), statement("Deny", condition=condition), context=context)
    assert denied.outcome == "explicitDeny"


def test_only_ascii_letters_have_case_in_keys():
    context = {"aws:RequestTag/k": "mine", "aws:RequestTag/\N{KELVIN SIGN}": "other"}
    rule = statement(condition={"StringEquals": {"aws:RequestTag/K": "mine"}})
    assert decide(rule, context=context).allowed


def test_the_mfa_rule_of_the_user_guide():
    """Deny all but a few actions without MFA (IAM-FACTS 10.2), for keys that never say."""
    rule = statement(
        "Deny",
        NotAction="iam:ListMFADevices",
        condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    )
    for context, allowed in [
        ({}, False),
        ({"aws:MultiFactorAuthPresent": "false"}, False),
        ({"aws:MultiFactorAuthPresent": "true"}, True),
    ]:
        assert decide(statement(), rule, context=context).allowed is allowed
        assert decide(statement(), rule, context=context, action="iam:ListMFADevices").allowed
