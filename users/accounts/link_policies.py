"""What the console needs in AWS: the least-privilege policies to copy (docs/link-aws.md)."""

import json
import secrets
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
    "iam:GenerateCredentialReport": "the credential report",
    "iam:GetCredentialReport": "the credential report",
    "iam:SimulatePrincipalPolicy": "shows, when you test a link, which changes it allows",
}
# For the identity that reads AWS Organizations, in the management account or a delegated administrator's.
ORGANIZATION = {
    "organizations:DescribeOrganization": "the organization and its management account",
    "organizations:ListAccounts": "its accounts and their states: new, closed and suspended ones",
    "organizations:ListRoots": "the root that organizational units are below",
    "organizations:ListOrganizationalUnitsForParent": "organizational units, by which accounts are grouped",
    "organizations:ListAccountsForParent": "the unit of each account, where AWS's list lacks it",
}
# For the same identity, to look after the root users of member accounts (IAM-FACTS 2.17.3, 2.17.4).
ROOTS = {
    "iam:ListOrganizationsFeatures": "whether central root access is turned on",
    "sts:AssumeRoot": "reads and deletes root credentials of member accounts, and allows password recovery",
}
ROOT_TASKS = ("IAMAuditRootUserCredentials", "IAMDeleteRootUserCredentials", "IAMCreateRootUserPassword")
# Without these a sync stops.
REQUIRED = ("iam:GetAccountAuthorizationDetails", "iam:ListAccessKeys", "iam:ListMFADevices")


def manage() -> dict[str, str]:
    """Action -> why it is needed, for all changes that are made at AWS: each operation says its own."""
    needed: dict[str, str] = {}
    for operation in all_operations().values():
        needed |= operation.needed_at_aws
    return dict(sorted(needed.items()))


# To be replaced by whoever copies the policy: only the machine's AWS configuration knows it.
CONSOLE_IDENTITY = "ARN of the identity this console runs as"


def policy(actions: dict[str, str]) -> str:
    """A policy document that allows the actions."""
    return json.dumps(document(actions), indent=2)


def document(actions: dict[str, str]) -> dict[str, Any]:
    """The same as data."""
    return _document([{"Effect": "Allow", "Action": list(actions), "Resource": "*"}])


def organization_policy(partition: str) -> str:
    """What the identity needs that reads an organization and looks after its root users."""
    tasks = [f"arn:{partition}:iam::aws:policy/root-task/{task}" for task in ROOT_TASKS]
    reads = {"Effect": "Allow", "Action": [*ORGANIZATION, "iam:ListOrganizationsFeatures"], "Resource": "*"}
    root = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoot",
        "Resource": "*",
        "Condition": {"StringEquals": {"sts:TaskPolicyArn": tasks}},
    }
    return json.dumps(_document([reads, root]), indent=2)


def new_external_id() -> str:
    """A proposal nobody can guess."""
    return f"iam-console-{secrets.token_urlsafe(18)}"


def trust(external_id: str) -> str:
    """The trust policy of the role, for the console's own identity and one external ID."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": CONSOLE_IDENTITY},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    return json.dumps(_document([statement]), indent=2)


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
