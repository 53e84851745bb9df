"""The policies that decisions are measured on, each with requests and the right answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

OWN = "arn:aws:iam::111122223333:user/${aws:username}"
SERVICES = [
    *("s3", "ec2", "sqs", "sns", "dynamodb", "lambda", "kms", "logs", "rds", "ecs"),
    *("ecr", "iam", "sts", "events", "glue", "athena", "kinesis", "batch", "ssm", "cloudwatch"),
]


@dataclass(frozen=True, slots=True)
class Request:
    """One question, with the right answer."""

    action: str
    resource: str
    context: Mapping[str, str]
    allowed: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A policy in the languages of the evaluators, and its requests."""

    name: str
    aim: float
    document: str
    cedar: str
    requests: list[Request]


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def cases(count: int) -> list[Case]:
    """The three of the aims, with ``count`` requests each, no two of them alike."""
    return [administrator(count), without_mfa(count), long_policy(count)]


def administrator(count: int) -> Case:
    requests = [
        Request(f"{service}:Get{number}", f"arn:aws:{service}:::thing-{number}", {}, allowed=True)
        for number, service in spread(count)
    ]
    text = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    return Case("AdministratorAccess", 1, text, "permit(principal, action, resource);", requests)


# IAM-FACTS 10.2: users manage their own credentials, and nothing without MFA.
MANAGED = {
    "AllowManageOwnPasswords": ["iam:ChangePassword", "iam:GetUser"],
    "AllowManageOwnAccessKeys": [f"iam:{verb}AccessKey" for verb in ("Create", "Delete", "Update")],
    "AllowManageOwnSigningCertificates": [f"iam:{verb}SigningCertificate" for verb in ("Delete", "Upload")],
    "AllowManageOwnSSHPublicKeys": [f"iam:{verb}SSHPublicKey" for verb in ("Delete", "Get", "Upload")],
    "AllowManageOwnGitCredentials": [
        f"iam:{verb}ServiceSpecificCredential" for verb in ("Create", "Delete", "Reset")
    ],
    "AllowManageOwnUserMFA": [f"iam:{verb}MFADevice" for verb in ("Deactivate", "Enable", "Resync")],
}
LEFT = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser", "iam:ResyncMFADevice"]


def without_mfa(count: int) -> Case:
    own = [
        {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": OWN}
        for sid, actions in MANAGED.items()
    ]
    virtual = {"Effect": "Allow", "Action": "iam:CreateVirtualMFADevice", "Resource": "arn:aws:iam::*:mfa/*"}
    deny = {
        "Sid": "DenyAllExceptListedIfNoMFA",
        "Effect": "Deny",
        "NotAction": LEFT,
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
    everything = sorted({action for actions in MANAGED.values() for action in actions})
    requests = []
    for number in range(count):
        action, mfa = everything[number % len(everything)], number // 7 % 2 == 0
        resource = f"arn:aws:iam::111122223333:user/user-{number}"
        context = {"aws:username": f"user-{number}", "aws:MultiFactorAuthPresent": str(mfa).lower()}
        requests.append(Request(action, resource, context, allowed=mfa or action in LEFT))
    grants = (
        'permit(principal, action, resource) when { ["' + '", "'.join(actions) + '"].contains(context.action)'
        " && context.resource == context.own };"
        for actions in MANAGED.values()
    )
    forbidden = (
        'forbid(principal, action, resource) when { !["' + '", "'.join(LEFT) + '"].contains(context.action)'
        ' && (context has mfa) && context.mfa == "false" };'
    )
    return Case(
        "deny without MFA", 5, document(*own, virtual, deny), "\n".join([*grants, forbidden]), requests
    )


def long_policy(count: int) -> Case:
    """40 statements, about 6,000 characters: two verbs of a service on a bucket-like resource each."""
    rows = list(product(SERVICES, (("Get", "List"), ("Put", "Delete"))))
    statements = [
        {
            "Sid": f"Statement{number}",
            "Effect": "Allow",
            "Action": [f"{service}:{verb}*" for verb in verbs],
            "Resource": [f"arn:aws:{service}:*:111122223333:team-{number}/*"],
        }
        for number, (service, verbs) in enumerate(rows)
    ]
    cedar = [
        f'permit(principal, action, resource) when {{ (context.action like "{service}:{verbs[0]}*" || '
        f'context.action like "{service}:{verbs[1]}*") && '
        f'context.resource like "arn:aws:{service}:*:111122223333:team-{number}/*" }};'
        for number, (service, verbs) in enumerate(rows)
    ]
    requests = []
    for number in range(count):
        which = number % len(rows)
        service, verbs = rows[which]
        right = number // len(rows) % 2 == 0
        team = which if right else which + 100
        resource = f"arn:aws:{service}:eu-north-1:111122223333:team-{team}/item-{number}"
        requests.append(Request(f"{service}:{verbs[number % 2]}Item{number}", resource, {}, allowed=right))
    return Case("40 statements", 10, document(*statements), "\n".join(cedar), requests)


def spread(count: int) -> list[tuple[int, str]]:
    return [(number, SERVICES[number % len(SERVICES)]) for number in range(count)]
