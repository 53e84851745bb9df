"""The engine against IAM's rules: tables of (statement, request, outcome)."""

import json
import time

import pytest

from iamconsole.policy import NamedPolicy, Outcome, evaluate, parse
from iamconsole.policy.glob import matches

ALICE = "arn:aws:iam::123456789012:user/alice"
CONTEXT = {
    "aws:username": "alice",
    "aws:SourceIp": "203.0.113.7",
    "aws:CurrentTime": "2026-11-23T12:00:00Z",
    "aws:MultiFactorAuthAge": "120",
    "aws:PrincipalTag/team": "blue",
    "aws:TagKeys": ["team", "cost"],
    "aws:PrincipalArn": ALICE,
    "aws:SecureTransport": "true",
}


def named(*statements, version="2012-10-17"):
    document = {"Version": version, "Statement": list(statements)}
    return NamedPolicy("p", "", "Inline", "", parse(json.dumps(document)))


def statement(effect="Allow", action="*", resource="*", condition=None, **more):
    made = {"Effect": effect, **more}
    if "NotAction" not in more:
        made["Action"] = action
    if "NotResource" not in more:
        made["Resource"] = resource
    return {**made, **({"Condition": condition} if condition else {})}


def decide(*statements, action="iam:GetUser", resource=ALICE, context=CONTEXT, **stages):
    return evaluate(action, resource, context, identity=[named(*statements)], **stages)


allow, deny, silence = Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY


@pytest.mark.parametrize(
    ("statements", "outcome"),
    [
        pytest.param([], silence, id="nothing-allows-nothing"),
        pytest.param([statement()], allow, id="star-allows"),
        pytest.param([statement(), statement("Deny")], deny, id="deny-beats-allow"),
        pytest.param([statement("Deny"), statement()], deny, id="deny-beats-allow-in-any-order"),
        pytest.param([statement(action="IAM:getuser")], allow, id="actions-without-case"),
        pytest.param([statement(action="iam:Get*")], allow, id="action-star"),
        pytest.param([statement(action="iam:Get?ser")], allow, id="action-question-mark"),
        pytest.param([statement(action="iam:Get")], silence, id="no-prefix-match"),
        pytest.param([statement(resource=ALICE.upper())], silence, id="resources-with-case"),
        pytest.param([statement(resource="arn:aws:iam::*:user/*")], allow, id="resource-star"),
        pytest.param([statement(resource="arn:aws:iam::*:group/*")], silence, id="another-resource"),
        pytest.param([statement(NotAction="iam:Delete*")], allow, id="not-action-allows-the-rest"),
        pytest.param([statement(NotAction=["iam:Get*"])], silence, id="not-action-leaves-out"),
        pytest.param([statement(), statement("Deny", NotAction="iam:List*")], deny, id="deny-all-but"),
        pytest.param([statement(NotResource=ALICE)], silence, id="not-resource"),
        pytest.param([statement(resource="arn:aws:iam::*:user/${aws:username}")], allow, id="own-user"),
        pytest.param([statement(resource="arn:aws:iam::*:user/${aws:userid}")], silence, id="no-value"),
        pytest.param(
            [statement(resource="arn:aws:iam::*:user/${aws:userid, 'alice'}")], allow, id="default-of-variable"
        ),
    ],
)  # fmt: skip
def test_statements(statements, outcome):
    if not statements:
        assert evaluate("iam:GetUser", ALICE, CONTEXT, identity=[]).outcome is outcome
    else:
        assert decide(*statements).outcome is outcome


def test_variables_need_the_newer_version():
    old = named(statement(resource="arn:aws:iam::*:user/${aws:username}"), version="2008-10-17")
    assert evaluate("iam:GetUser", ALICE, CONTEXT, identity=[old]).outcome is silence


def test_a_value_with_a_star_matches_only_itself():
    context = {**CONTEXT, "aws:username": "*"}
    rule = statement(resource="arn:aws:iam::*:user/${aws:username}")
    assert decide(rule, context=context).outcome is silence
    assert decide(rule, context=context, resource="arn:aws:iam::123456789012:user/*").outcome is allow


@pytest.mark.parametrize(("literal", "text"), [("${*}", "*"), ("${?}", "?"), ("${$}", "$")])
def test_literals(literal, text):
    rule = statement(resource=f"arn:aws:iam::1:user/{literal}")
    assert decide(rule, resource=f"arn:aws:iam::1:user/{text}").outcome is allow
    assert decide(rule, resource="arn:aws:iam::1:user/x").outcome is silence


@pytest.mark.parametrize(
    ("operator", "key", "values", "met"),
    [
        ("StringEquals", "aws:username", "alice", True),
        ("StringEquals", "AWS:UserName", "alice", True),
        ("StringEquals", "aws:username", "Alice", False),
        ("StringEquals", "aws:username", "al*", False),
        ("StringEquals", "aws:username", ["bob", "alice"], True),
        ("StringNotEquals", "aws:username", ["bob", "alice"], False),
        ("StringEqualsIgnoreCase", "aws:username", "ALICE", True),
        ("StringLike", "aws:username", "al*", True),
        ("StringNotLike", "aws:username", "al*", False),
        ("StringEquals", "aws:absent", "x", False),
        ("StringNotEquals", "aws:absent", "x", True),
        ("StringEqualsIfExists", "aws:absent", "x", True),
        ("StringEqualsIfExists", "aws:username", "x", False),
        ("StringEquals", "aws:PrincipalTag/team", "${aws:PrincipalTag/team}", True),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "300", True),
        ("NumericLessThan", "aws:MultiFactorAuthAge", 60, False),
        ("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", "120.0", True),
        ("NumericEquals", "aws:username", "1", False),
        ("NumericNotEquals", "aws:username", "1", True),
        ("DateLessThan", "aws:CurrentTime", "2026-12-01T00:00:00Z", True),
        ("DateGreaterThan", "aws:CurrentTime", "1795000000", True),
        ("DateGreaterThan", "aws:CurrentTime", "2027-01-01", False),
        ("Bool", "aws:SecureTransport", "true", True),
        ("Bool", "aws:SecureTransport", True, True),
        ("Bool", "aws:SecureTransport", "false", False),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "false", True),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", True),
        ("IpAddress", "aws:SourceIp", "203.0.113.8", False),
        ("IpAddress", "aws:SourceIp", ["2001:db8::/32", "203.0.113.7"], True),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", False),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", True),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/*", False),
        ("ArnLike", "aws:PrincipalArn", "arn:*", False),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", False),
        ("Null", "aws:absent", "true", True),
        ("Null", "aws:username", "true", False),
        ("Null", "aws:username", "false", True),
        ("BinaryEquals", "aws:username", "YWxpY2U=", False),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["team", "cost", "owner"], True),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["team"], False),
        ("ForAllValues:StringEquals", "aws:absent", ["team"], True),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["cost"], True),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["owner"], False),
        ("ForAnyValue:StringEquals", "aws:absent", ["team"], False),
        ("ForAnyValue:StringNotEquals", "aws:TagKeys", ["cost"], True),
        ("StringEquals", "aws:TagKeys", ["team"], False),
        ("StringNotEquals", "aws:TagKeys", ["owner"], False),
    ],
)
def test_conditions(operator, key, values, met):
    rule = statement(condition={operator: {key: values}})
    assert decide(rule).allowed is met


def test_all_conditions_must_be_met():
    both = {"StringEquals": {"aws:username": "alice", "aws:PrincipalTag/team": "red"}}
    assert not decide(statement(condition=both)).allowed


@pytest.mark.parametrize("operator", ["StringMatches", "Foo:StringEquals", "IpAddress"])
def test_what_cannot_be_evaluated_fails_closed(operator):
    condition = {operator: {"aws:SourceIp": "not-a-network"}}
    assert decide(statement(condition=condition)).outcome is silence
    assert decide(statement(), statement("Deny", condition=condition)).outcome is deny


def test_a_boundary_limits_and_never_grants():
    everything, reading = named(statement()), named(statement(action="iam:Get*"))
    run = lambda action, identity, boundary: evaluate(  # noqa: E731
        action, ALICE, CONTEXT, identity=identity, boundary=boundary
    )
    assert run("iam:GetUser", [everything], reading).allowed
    limited = run("iam:DeleteUser", [everything], reading)
    assert (limited.outcome, limited.stage) == (silence, "boundary")
    assert not run("iam:GetUser", [], everything).allowed


def test_a_session_policy_limits_too():
    run = evaluate("iam:DeleteUser", ALICE, {}, identity=[named(statement())], session=[])
    assert (run.outcome, run.stage) == (silence, "session")


def test_the_deciding_statement_is_named():
    decision = decide(statement(Sid="Base"), statement("Deny", "iam:GetUser", Sid="NotThis"))
    assert [match.statement.sid for match in decision.matches] == ["NotThis"]


def test_wildcard_bombs_are_cheap():
    start = time.perf_counter()
    assert not matches("*a" * 60 + "b", "a" * 128)
    assert time.perf_counter() - start < 0.005
