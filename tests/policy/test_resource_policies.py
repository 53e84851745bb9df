"""Policies of resources beside those of the user, in one account (IAM-FACTS 8.3)."""

import json

import pytest

from iamconsole.policy import (
    MalformedPolicyDocument,
    Outcome,
    context_keys,
    parse,
    parse_resource_policy,
    statement_spans,
)

from .documents import ALICE, decide, named, of_resource, statement

BOB = "arn:aws:iam::123456789012:user/bob"
ROOT = "arn:aws:iam::123456789012:root"
BUCKET = "arn:aws:s3:::photos/cat.jpg"
READ = statement(action="s3:GetObject")
NOTHING = named(statement(action="ec2:*"))


def outcome(*bucket, identity=(), **stages):
    decision = decide(
        *identity,
        action="s3:GetObject",
        resource=BUCKET,
        resource_policy=of_resource(*bucket),
        principal=ALICE,
        **stages,
    )
    return decision.outcome, decision.stage


def rule(effect="Allow", **principal):
    return statement(effect, "s3:GetObject", "arn:aws:s3:::photos/*", **principal)


@pytest.mark.parametrize(
    ("principal", "alone", "bounded"),
    [
        ({"AWS": ALICE}, True, True),
        ({"AWS": [BOB, ALICE]}, True, True),
        ("*", True, False),
        ({"AWS": "*"}, True, False),
        ({"AWS": "123456789012"}, False, False),
        ({"AWS": ROOT}, False, False),
        ({"AWS": BOB}, False, False),
        ({"AWS": ALICE[:-1] + "*"}, False, False),
        ({"AWS": ALICE.upper()}, False, False),
        ({"AWS": "999999999999"}, False, False),
        ({"Service": "ec2.amazonaws.com"}, False, False),
        ({"Federated": ALICE}, False, False),
        ({"Service": "ec2.amazonaws.com", "AWS": ALICE}, True, True),
    ],
)
def test_whom_an_allow_reaches(principal, alone, bounded):
    """Alone: without a policy of the user's own. Bounded: past a boundary that does not allow it."""
    grant = rule(Principal=principal)
    assert outcome(grant)[0] == ("allowed" if alone else "implicitDeny")
    assert outcome(grant, boundary=NOTHING)[0] == ("allowed" if bounded else "implicitDeny")
    assert outcome(grant, identity=[READ]) == ("allowed", "identity")


@pytest.mark.parametrize(
    ("principal", "denied"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": ALICE}}, True),
        ({"Principal": {"AWS": ROOT}}, True),
        ({"Principal": {"AWS": "123456789012"}}, True),
        ({"Principal": {"AWS": BOB}}, False),
        ({"NotPrincipal": {"AWS": BOB}}, True),
        ({"NotPrincipal": {"AWS": ROOT}}, True),
        ({"NotPrincipal": {"AWS": [ALICE, ROOT]}}, False),
        ({"NotPrincipal": {"AWS": "*"}}, False),
    ],
)
def test_whom_a_deny_reaches(principal, denied):
    found = outcome(rule("Deny", **principal), identity=[READ])
    assert found == (("explicitDeny", "resource") if denied else ("allowed", "identity"))


@pytest.mark.parametrize(("excepted", "allowed"), [(BOB, True), (ALICE, False), (ROOT, False), ("*", False)])
def test_an_allow_that_excepts_some_reaches_the_others(excepted, allowed):
    assert (outcome(rule(NotPrincipal={"AWS": excepted}))[0] == "allowed") is allowed


def test_a_deny_of_the_user_or_the_boundary_wins_over_the_resource():
    grant = rule(Principal={"AWS": ALICE})
    deny = statement("Deny", "s3:*")
    assert outcome(grant, identity=[deny]) == ("explicitDeny", "identity")
    assert outcome(grant, boundary=named(deny)) == ("explicitDeny", "boundary")


def test_a_session_must_allow_all_the_same():
    grant = rule(Principal={"AWS": ALICE})
    assert outcome(grant, session=[NOTHING]) == ("implicitDeny", "session")
    assert outcome(grant, session=[named(READ)]) == ("allowed", "resource")


def test_conditions_and_resources_count_there_too():
    grant = rule(Principal={"AWS": ALICE})
    assert outcome({**grant, "Resource": "arn:aws:s3:::other/*"})[0] == "implicitDeny"
    here = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    assert outcome({**grant, "Condition": here})[0] == "allowed"
    assert outcome({**grant, "Condition": {"NotIpAddress": here["IpAddress"]}})[0] == "implicitDeny"


def test_the_statements_that_decided_are_told():
    source = of_resource(rule(Principal={"AWS": BOB}), rule(Principal={"AWS": ALICE}, Sid="mine"))
    decision = decide(action="s3:GetObject", resource=BUCKET, resource_policy=source, principal=ALICE)
    assert decision.outcome is Outcome.ALLOWED
    assert [(match.statement.sid, match.stage) for match in decision.matches] == [("mine", "resource")]


@pytest.mark.parametrize(
    "principal",
    [
        {},
        {"Principal": "*", "NotPrincipal": "*"},
        {"Principal": {}},
        {"Principal": {"AWS": []}},
        {"Principal": {"AWS": 5}},
        {"Principal": {"Nobody": "*"}},
        {"Principal": ALICE},
        {"NotPrincipal": [ALICE]},
    ],
)
def test_what_is_no_principal_is_refused(principal):
    with pytest.raises(MalformedPolicyDocument):
        of_resource(rule(**principal))


def test_a_principal_has_no_place_in_a_policy_of_a_user():
    """Also when the same text was read as the policy of a resource before."""
    text = json.dumps({"Version": "2012-10-17", "Statement": rule(Principal="*")})
    parse_resource_policy(text)
    with pytest.raises(MalformedPolicyDocument, match="should not specify a principal"):
        parse(text)


def test_keys_of_conditions_and_variables():
    policy = parse(
        {
            "Version": "2012-10-17",
            "Statement": {
                **statement(resource="arn:aws:s3:::home/${aws:username}/${*}"),
                "Condition": {
                    "StringLike": {"aws:PrincipalTag/team": "${aws:PrincipalTag/Unit, 'none'}"},
                    "Bool": {"AWS:UserName": "true"},
                },
            },
        }
    )
    found = context_keys(policy)
    assert found == ["aws:PrincipalTag/team", "AWS:UserName", "aws:PrincipalTag/Unit"]


def test_old_documents_have_no_variables():
    resource = "arn:aws:s3:::home/${aws:username}"
    assert context_keys(parse({"Version": "2008-10-17", "Statement": statement(resource=resource)})) == []


@pytest.mark.parametrize("several", [True, False])
def test_where_statements_stand(several):
    """Braces in strings, and a key called Statement deeper down, lead nobody astray."""
    tricky = statement(Sid="one", condition={"StringEquals": {"x:Statement": '}{ \\ " ]'}})
    statements = [tricky, statement("Deny")] if several else tricky
    for indent in (None, 2):
        text = json.dumps({"Version": "2012-10-17", "Statement": statements, "Id": "x"}, indent=indent)
        lines = text.split("\n")
        found = []
        for span in statement_spans(text):
            start = sum(len(line) + 1 for line in lines[: span.start.line - 1]) + span.start.column - 1
            end = sum(len(line) + 1 for line in lines[: span.end.line - 1]) + span.end.column - 1
            found.append(json.loads(text[start:end]))
        assert found == (statements if several else [tricky])
