"""What the console needs in AWS: the least-privilege policies to copy (docs/link-aws.md)."""

import json
from typing import Any

from iamconsole.operations import all_operations

# Action -> why it is needed.
READ = {
    "iam:GetAccountAuthorizationDetails": "users, groups and policies in bulk",
    "iam:GetAccountPasswordPolicy": "the password policy",
    "iam:ListAccountAliases": "the alias people sign in with",
    "iam:ListVirtualMFADevices": "virtual MFA devices, including unassigned ones",
    "iam:ListServiceSpecificCredentials": "credentials for single AWS services",
    "iam:ListServerCertificates": "server certificates and when they expire",
    "iam:ListMFADevices": "which MFA device belongs to which user",
    "iam:ListAccessKeys": "the IDs of access keys",
    "iam:GetAccessKeyLastUsed": "last use of access keys while AWS's report is old",
    "iam:GetLoginProfile": "whether a user must set a new password",
    "iam:ListSigningCertificates": "signing certificates, where the report shows a change",
    "iam:ListSSHPublicKeys": "SSH public keys, which no list of all users includes",
    "iam:GetSSHPublicKey": "the text of a new SSH public key, once",
    "iam:GetPolicy": "description and tags of a policy, which no list includes",
    "iam:ListMFADeviceTags": "tags of an MFA device, which no list includes",
    "iam:GetServerCertificate": "body, chain and tags of a server certificate, which no list includes",
    "iam:GenerateCredentialReport": "the credential report",
    "iam:GetCredentialReport": "the credential report",
    "iam:SimulatePrincipalPolicy": "shows, when you test a link, which changes it allows",
}
# Without these a sync stops.
REQUIRED = ("iam:GetAccountAuthorizationDetails", "iam:ListAccessKeys", "iam:ListMFADevices")


def manage() -> dict[str, str]:
    """Action -> why it is needed, for all changes that are made at AWS: each operation says its own. What the
    syncs read too is in ``READ``.
    """
    needed: dict[str, str] = {}
    for operation in all_operations().values():
        needed |= operation.needed_at_aws
    return {action: why for action, why in sorted(needed.items()) if action not in READ}


# To be replaced by whoever copies the policy: only the machine's AWS configuration knows it.
CONSOLE_IDENTITY = "ARN of the identity this console runs as"


def policy(actions: dict[str, str]) -> str:
    """A policy document that allows the actions."""
    return _text([{"Effect": "Allow", "Action": list(actions), "Resource": "*"}])


def trust(external_id: str) -> str:
    """The trust policy of the role, for the console's own identity and one external ID."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": CONSOLE_IDENTITY},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    return _text([statement])


def _text(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)
