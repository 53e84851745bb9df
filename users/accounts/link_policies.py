"""What this console needs in AWS, why, and what is lost without it.

The one source of the policies to copy, of what pages say is missing, and of the tables in docs/link-aws.md.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from iamconsole.operations import all_operations


@dataclass(frozen=True, slots=True)
class Need:
    """Why an action is needed, and what this console does not do or know without it."""

    why: str
    without: str
    # Without it a sync stops.
    required: bool = False


STOPS = "A sync stops and changes nothing here."
NO_REPORT = (
    "There is no credential report. When passwords were changed and used is not known, and changes of single "
    "users are found hours later."
)
NOT_ANSWERED = "The API refuses such a question about {what}."
HINGES = "What policies allow by these tags is denied."
# What is asked at AWS when a client of the API asks here: no sync lists it (``users.roles``).
WHEN_ASKED = {
    **dict.fromkeys(
        (
            "iam:ListRoles",
            "iam:GetRole",
            "iam:ListRolePolicies",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRoleTags",
            "iam:ListEntitiesForPolicy",
        ),
        Need("roles, when a client of the API asks for them", NOT_ANSWERED.format(what="roles")),
    ),
    **dict.fromkeys(
        (
            "iam:ListInstanceProfiles",
            "iam:GetInstanceProfile",
            "iam:ListInstanceProfilesForRole",
            "iam:ListInstanceProfileTags",
        ),
        Need(
            "instance profiles, when a client of the API asks for them",
            NOT_ANSWERED.format(what="instance profiles"),
        ),
    ),
    **dict.fromkeys(
        (
            "iam:ListSAMLProviders",
            "iam:GetSAMLProvider",
            "iam:ListSAMLProviderTags",
            "iam:ListOpenIDConnectProviders",
            "iam:GetOpenIDConnectProvider",
            "iam:ListOpenIDConnectProviderTags",
        ),
        Need(
            "identity providers, when a client of the API asks for them",
            NOT_ANSWERED.format(what="identity providers"),
        ),
    ),
}
BEFORE_UNDO = dict.fromkeys(
    (
        "iam:GetUser",
        "iam:ListGroupsForUser",
        "iam:ListAttachedUserPolicies",
        "iam:GetUserPolicy",
        "iam:GetGroup",
        "iam:ListAttachedGroupPolicies",
        "iam:GetGroupPolicy",
    ),
    Need(
        "how a user or group is right now, before a change to it is undone",
        "Changes to users and groups cannot be undone by the Undo button.",
    ),
)
# What a sync reads, and what is read when it is asked for.
READ = {
    "iam:GetAccountAuthorizationDetails": Need("users, groups and policies in bulk", STOPS, required=True),
    "iam:GetAccountPasswordPolicy": Need("the password policy", "The password policy is not known."),
    "iam:ListAccountAliases": Need("the alias people sign in with", "The alias is not known."),
    "iam:GetAccountSummary": Need(
        "the account's own quotas and how much of them is used",
        "What AWS allows the account is not known.",
    ),
    "iam:GetPolicy": Need(
        "descriptions and tags of policies, which no list includes, and AWS managed policies that are newer "
        "than this console's list",
        f"Descriptions and tags of policies are not known. {HINGES} Such a newer policy is not shown before "
        "you attach it.",
    ),
    "iam:GetPolicyVersion": Need(
        "the document of such a newer policy", "What such a policy allows is not known before a sync."
    ),
    "iam:GenerateServiceLastAccessedDetails": Need(
        "which services users, groups and policies last accessed", "Last accessed services are not known."
    ),
    "iam:GetServiceLastAccessedDetails": Need(
        "the report of last accessed services", "Last accessed services are not known."
    ),
    "iam:ListVirtualMFADevices": Need(
        "virtual MFA devices, including unassigned ones", "Unassigned MFA devices are not known."
    ),
    "iam:ListServiceSpecificCredentials": Need(
        "credentials for single AWS services", "Credentials for single AWS services are not known."
    ),
    "iam:ListServerCertificates": Need(
        "server certificates and when they expire", "Server certificates are not known."
    ),
    "iam:ListMFADevices": Need("which MFA device belongs to which user", STOPS, required=True),
    "iam:ListAccessKeys": Need("the IDs of access keys", STOPS, required=True),
    "iam:GetAccessKeyLastUsed": Need(
        "last use of access keys while AWS's report is old", "The last use of a key can be four hours old."
    ),
    "iam:GetLoginProfile": Need(
        "whether a user must set a new password", "Whether a user must set a new password is not known."
    ),
    "iam:ListSigningCertificates": Need(
        "signing certificates, where the report shows a change", "Signing certificates are not known."
    ),
    "iam:ListSSHPublicKeys": Need(
        "SSH public keys, which no list of all users includes", "SSH public keys are not known."
    ),
    "iam:GetSSHPublicKey": Need(
        "the text of a new SSH public key, once", "The text of SSH public keys is not known."
    ),
    "iam:ListMFADeviceTags": Need(
        "tags of an MFA device, which no list includes", f"Tags of MFA devices are not known. {HINGES}"
    ),
    "iam:GetServerCertificate": Need(
        "body, chain and tags of a server certificate, which no list includes",
        f"Texts and tags of server certificates are not known. {HINGES}",
    ),
    "iam:GenerateCredentialReport": Need("the credential report", NO_REPORT),
    "iam:GetCredentialReport": Need("the credential report", NO_REPORT),
    "cloudtrail:LookupEvents": Need(
        "who made changes outside this console, and from where",
        "Who made changes outside this console is not known.",
    ),
    "iam:SimulatePrincipalPolicy": Need(
        "which changes the link allows, before you try them",
        "Buttons do not show which changes the link allows. AWS says so when you try.",
    ),
    **WHEN_ASKED,
    **BEFORE_UNDO,
}
UNREAD = "The organization cannot be read."
NO_UNITS = "Organizational units are not known."
# For the identity that reads AWS Organizations, in the management account or a delegated administrator's.
ORGANIZATION = {
    "organizations:DescribeOrganization": Need("the organization and its management account", UNREAD),
    "organizations:ListAccounts": Need("its accounts, with the state of each", UNREAD),
    "organizations:ListRoots": Need("the root that organizational units are below", NO_UNITS),
    "organizations:ListOrganizationalUnitsForParent": Need("units, by which accounts are grouped", NO_UNITS),
    "organizations:ListAccountsForParent": Need(
        "the unit of each account, where AWS's list lacks it", "The unit of some accounts is not known."
    ),
}
# For the same identity, to look after the root users of member accounts (IAM-FACTS 2.17.3, 2.17.4).
ROOTS = {
    "iam:ListOrganizationsFeatures": Need(
        "whether central root access is enabled", "Why root sessions are not available is not known."
    ),
    "sts:AssumeRoot": Need(
        "root credentials of member accounts: read, delete, allow password recovery",
        "Root credentials are known of linked accounts only, and none can be deleted from here.",
    ),
}
ROOT_TASKS = ("IAMAuditRootUserCredentials", "IAMDeleteRootUserCredentials", "IAMCreateRootUserPassword")
REQUIRED = tuple(action for action, need in READ.items() if need.required)
# What an operation reads at AWS beside its change, to know how an answer that was lost came out.
READS = ("Get", "List")


def manage() -> dict[str, Need]:
    """Action -> what it is needed for, for all changes that are made at AWS: each operation says its own.
    What the syncs read too is in ``READ``.
    """
    needed: dict[str, Need] = {}
    for operation in all_operations().values():
        needed |= {action: _need(action, why) for action, why in operation.needed_at_aws.items()}
    return {action: need for action, need in sorted(needed.items()) if action not in READ}


def _need(action: str, why: str) -> Need:
    if action.partition(":")[2].startswith(READS):
        return Need(why, f"This console cannot tell {why}.")
    return Need(why, f"You cannot {why} from this console.")


def all_needs() -> dict[str, Need]:
    """Every action that a link can use."""
    return {**manage(), **READ}


def row_of(action: str, need: Need) -> str:
    """The action's row of the tables in docs/link-aws.md."""
    return f"| `{action}` | {need.why} | {need.without} | {'no' if need.required else 'yes'} |"


# To be replaced by whoever copies the policy: only the machine's AWS configuration knows it.
CONSOLE_IDENTITY = "ARN of the identity this console runs as"


def policy(actions: Iterable[str]) -> str:
    """A policy document that allows the actions."""
    return json.dumps(document(actions), indent=2)


def document(actions: Iterable[str]) -> dict[str, Any]:
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
