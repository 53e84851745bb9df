"""Short ways to write the policies and requests of these tests."""

import json

from iamconsole.policy import NamedPolicy, evaluate, parse, parse_resource_policy

ALICE = "arn:aws:iam::123456789012:user/alice"
CONTEXT = {
    "aws:username": "alice",
    "aws:SourceIp": "203.0.113.7",
    "aws:CurrentTime": "2026-11-23T12:00:00Z",
    "aws:MultiFactorAuthAge": "120",
    "aws:PrincipalAccount": "123456789012",
    "aws:PrincipalTag/service": "iam",
    "aws:PrincipalTag/partition": "aws",
    "aws:PrincipalTag/team": "blue",
    "aws:PrincipalTag/empty": "",
    "aws:PrincipalTag/flag": "perhaps",
    "aws:PrincipalTag/star": "*",
    "aws:TagKeys": ["team", "cost"],
    "aws:PrincipalArn": ALICE,
    "aws:SecureTransport": "true",
    "ec2:Seal": "c2VhbA==",
}


def statement(effect="Allow", action="*", resource="*", condition=None, **more):
    made = {"Effect": effect, **more}
    if "NotAction" not in more:
        made["Action"] = action
    if "NotResource" not in more:
        made["Resource"] = resource
    return {**made, **({"Condition": condition} if condition else {})}


def named(*statements, version="2012-10-17", name="p"):
    document = {"Version": version, "Statement": list(statements)}
    return NamedPolicy(name, "", "Inline", "", parse(json.dumps(document)))


def of_resource(*statements, version="2012-10-17"):
    document = {"Version": version, "Statement": list(statements)}
    return NamedPolicy("bucket", "", "Resource", "", parse_resource_policy(json.dumps(document)))


def decide(
    *statements, action="iam:GetUser", resource=ALICE, context=CONTEXT, version="2012-10-17", **stages
):
    identity = [named(*statements, version=version)] if statements else []
    return evaluate(action, resource, context, identity=identity, **stages)
