"""Statements, stages and the decision they make together (IAM-FACTS 8.3)."""

import json

import pytest

from iamconsole.policy import Outcome, evaluate

from .documents import ALICE, CONTEXT, decide, named, statement

allow, deny, silence = Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY
OWN = "arn:aws:iam::*:user/${aws:username}"


@pytest.mark.parametrize(
    ("statements", "outcome"),
    [
        pytest.param([], silence, id="nothing-allows-nothing"),
        pytest.param([statement()], allow, id="star-allows"),
        pytest.param([statement(), statement("Deny")], deny, id="deny-beats-allow"),
        pytest.param([statement("Deny"), statement()], deny, id="deny-beats-allow-in-any-order"),
        pytest.param([statement("Deny")], deny, id="deny-alone"),
        pytest.param([statement(action="IAM:getuser")], allow, id="actions-without-case"),
        pytest.param([statement(action="iam:Get*")], allow, id="action-star"),
        pytest.param([statement(action="iam:*user")], allow, id="action-star-without-case"),
        pytest.param([statement(action="iam:Get?ser")], allow, id="action-question-mark"),
        pytest.param([statement(action="ia?:GetUser")], allow, id="wildcard-in-the-service"),
        pytest.param([statement(action="*:GetUser")], allow, id="any-service"),
        pytest.param([statement(action="s3:*")], silence, id="another-service"),
        pytest.param([statement(action="iam:Get")], silence, id="no-prefix-match"),
        pytest.param([statement(action=["s3:*", "iam:GetUser"])], allow, id="one-of-several-actions"),
        pytest.param([statement(resource=ALICE.upper())], silence, id="resources-with-case"),
        pytest.param([statement(resource="arn:aws:iam::*:user/Alice")], silence, id="names-with-case"),
        pytest.param([statement(resource="arn:aws:iam::*:user/*")], allow, id="resource-star"),
        pytest.param([statement(resource="arn:*/alice")], allow, id="star-crosses-colons"),
        pytest.param([statement(resource="arn:aws:iam::*:user/al")], silence, id="no-resource-prefix-match"),
        pytest.param([statement(resource="arn:aws:iam::*:group/*")], silence, id="another-resource"),
        pytest.param([statement(NotAction="iam:Delete*")], allow, id="not-action-allows-the-rest"),
        pytest.param([statement(NotAction=["IAM:get*"])], silence, id="not-action-leaves-out"),
        pytest.param([statement(), statement("Deny", NotAction="iam:List*")], deny, id="deny-all-but"),
        pytest.param([statement(), statement("Deny", NotAction="iam:Get*")], allow, id="deny-all-but-this"),
        pytest.param([statement(NotResource=ALICE)], silence, id="not-resource"),
        pytest.param([statement(NotResource="arn:aws:iam::*:user/bob")], allow, id="not-that-resource"),
        pytest.param([statement(), statement("Deny", NotResource=OWN)], allow, id="deny-all-but-oneself"),
    ],
)
def test_statements(statements, outcome):
    assert decide(*statements).outcome is outcome


@pytest.mark.parametrize(
    ("resource", "outcome"),
    [
        pytest.param(OWN, allow, id="own-user"),
        pytest.param("arn:aws:iam::*:user/${AWS:USERNAME}", allow, id="keys-without-case"),
        pytest.param("arn:aws:iam::*:user/${aws:userid}", silence, id="no-value"),
        pytest.param("arn:aws:iam::*:user/${aws:userid, 'alice'}", allow, id="default"),
        pytest.param("arn:aws:iam::*:user/${aws:userid,'alice'}", allow, id="default-without-a-space"),
        pytest.param("arn:aws:iam::*:user/${aws:username, 'bob'}", allow, id="value-before-default"),
        pytest.param("arn:aws:iam::*:user/${aws:userid, '*'}", silence, id="a-default-is-literal"),
        pytest.param("arn:*:iam::${aws:PrincipalAccount}:user/*", allow, id="account"),
        pytest.param(
            "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}", allow, id="account-and-name"
        ),
        pytest.param("arn:aws:iam:${aws:PrincipalTag/empty}:*:user/alice", allow, id="region"),
        pytest.param("arn:aws:iam::${aws:username}:user/*", silence, id="another-account"),
        pytest.param("arn:aws:iam::${aws:PrincipalTag/star}:user/*", silence, id="an-account-is-literal"),
        pytest.param("arn:aws:iam::${aws:none, '*'}:user/alice", silence, id="its-default-is-literal"),
        pytest.param("arn:aws:iam::${aws:none}:user/*", silence, id="an-account-without-a-value"),
        pytest.param("arn:aws:iam::${aws:TagKeys}:user/*", silence, id="an-account-of-several-values"),
        pytest.param("arn:aws:${aws:PrincipalTag/service}::123456789012:user/alice", silence, id="service"),
        pytest.param("arn:${aws:PrincipalTag/partition}:iam::*:user/*", silence, id="partition"),
        pytest.param("${aws:PrincipalArn}", silence, id="instead-of-an-arn"),
        pytest.param("arn:aws:iam::*:user/${aws:TagKeys}", silence, id="several-values"),
    ],
)
def test_variables_in_resources(resource, outcome):
    assert decide(statement(resource=resource)).outcome is outcome


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        pytest.param(statement("Deny", resource="arn:aws:iam::*:user/${aws:userid}"), allow, id="no-value"),
        pytest.param(statement("Deny", resource="arn:aws:iam::*:user/${oops"), deny, id="left-open"),
        pytest.param(
            statement("Deny", resource="arn:aws:iam::${aws:PrincipalAccount}:*"), deny, id="account"
        ),
        pytest.param(
            statement("Deny", resource="arn:aws:iam::${aws:username}:*"), allow, id="another-account"
        ),
        pytest.param(statement("Deny", resource="arn:aws:${aws:username}:::x"), deny, id="too-early"),
        pytest.param(statement("Deny", resource="${aws:PrincipalArn}"), deny, id="instead-of-an-arn"),
        pytest.param(
            statement("Deny", NotResource="arn:aws:iam::*:user/${aws:userid}"),
            deny,
            id="not-resource-no-value",
        ),
    ],
)
def test_a_deny_with_variables(rule, outcome):
    assert decide(statement(), rule).outcome is outcome


def test_not_resource_without_a_value_does_not_become_everything():
    assert decide(statement(NotResource="arn:aws:iam::*:user/${aws:userid}")).outcome is silence


@pytest.mark.parametrize("version", ["2008-10-17", "2012-10-17"])
def test_variables_need_the_newer_version(version):
    expected = allow if version == "2012-10-17" else silence
    assert decide(statement(resource=OWN), version=version).outcome is expected


def test_a_document_without_version_is_an_old_one():
    from iamconsole.policy import NamedPolicy, parse

    old = NamedPolicy("p", "", "Inline", "", parse(json.dumps({"Statement": statement(resource=OWN)})))
    assert evaluate("iam:GetUser", ALICE, CONTEXT, identity=[old]).outcome is silence


def test_a_value_with_a_star_matches_only_itself():
    context = {**CONTEXT, "aws:username": "*"}
    assert decide(statement(resource=OWN), context=context).outcome is silence
    star = "arn:aws:iam::123456789012:user/*"
    assert decide(statement(resource=OWN), context=context, resource=star).outcome is allow


@pytest.mark.parametrize(
    ("literal", "text"), [("${*}", "*"), ("${?}", "?"), ("${$}", "$"), ("${$}{x}", "${x}")]
)
def test_literals(literal, text):
    rule = statement(resource=f"arn:aws:iam::1:user/{literal}")
    assert decide(rule, resource=f"arn:aws:iam::1:user/{text}").outcome is allow
    assert decide(rule, resource="arn:aws:iam::1:user/x").outcome is silence


EVERYTHING, READING = named(statement(), name="all"), named(statement(action="iam:Get*"), name="read")
DENYING = named(statement("Deny", "iam:Get*"), name="deny")


@pytest.mark.parametrize(
    ("action", "stages", "outcome", "stage"),
    [
        pytest.param("iam:GetUser", {"boundary": READING}, allow, "identity", id="inside-the-boundary"),
        pytest.param("iam:DeleteUser", {"boundary": READING}, silence, "boundary", id="outside-the-boundary"),
        pytest.param("iam:GetUser", {"boundary": DENYING}, deny, "boundary", id="denied-by-the-boundary"),
        pytest.param("iam:GetUser", {"session": [READING]}, allow, "identity", id="inside-the-session"),
        pytest.param("iam:DeleteUser", {"session": [READING]}, silence, "session", id="outside-the-session"),
        pytest.param("iam:GetUser", {"session": []}, silence, "session", id="session-of-no-policies"),
        pytest.param(
            "iam:GetUser", {"session": [EVERYTHING, DENYING]}, deny, "session", id="denied-by-session"
        ),
        pytest.param(
            "iam:DeleteUser",
            {"boundary": READING, "session": []},
            silence,
            "boundary",
            id="first-silent-stage",
        ),
        pytest.param(
            "iam:GetUser", {"boundary": EVERYTHING, "session": [READING]}, allow, "identity", id="all-three"
        ),
    ],
)
def test_every_stage_must_allow(action, stages, outcome, stage):
    decision = evaluate(action, ALICE, CONTEXT, identity=[EVERYTHING], **stages)
    assert (decision.outcome, decision.stage) == (outcome, stage)
    assert decision.allowed is (outcome is allow)


def test_neither_boundary_nor_session_grants():
    decision = evaluate("iam:GetUser", ALICE, {}, identity=[], boundary=EVERYTHING, session=[EVERYTHING])
    assert (decision.outcome, decision.stage, decision.matches) == (silence, "identity", ())


def test_an_allow_names_what_allowed_it_in_every_stage():
    decision = evaluate("iam:GetUser", ALICE, {}, identity=[READING], boundary=EVERYTHING)
    assert [(m.stage, m.source.name) for m in decision.matches] == [("identity", "read"), ("boundary", "all")]


def test_a_deny_names_every_statement_that_denies_and_hides_the_allows():
    decision = decide(
        statement(Sid="Base"),
        statement("Deny", "iam:GetUser", Sid="First"),
        statement("Deny", "s3:*", Sid="Elsewhere"),
        statement("Deny", "iam:*", Sid="Second"),
    )
    assert [match.statement.sid for match in decision.matches] == ["First", "Second"]
