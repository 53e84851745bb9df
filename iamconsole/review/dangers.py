"""Actions that give more than they say: rights for oneself, or the ways in of somebody else.

What each can really do is told in the words after "it". Sources: SECURITY 1.36-1.38, IAM-FACTS 8.9.
"""

from dataclasses import dataclass
from typing import NamedTuple

# With these a person gives rights to oneself, on whatever resource.
RAISING = {
    "iam:CreatePolicyVersion": "writes new permissions into a policy its holder may have",
    "iam:SetDefaultPolicyVersion": "brings back an older, wider version of a policy",
    "iam:AttachUserPolicy": "gives any policy to a user",
    "iam:AttachGroupPolicy": "gives any policy to a group",
    "iam:PutUserPolicy": "writes any permissions into a user",
    "iam:PutGroupPolicy": "writes any permissions into a group",
    "iam:AddUserToGroup": "gives the permissions of a group",
    "iam:DeleteUserPermissionsBoundary": "takes off the limit of a user",
    "iam:PutUserPermissionsBoundary": "changes the limit of a user",
    "iamconsole:UpdateMFARequirement": "lifts the requirement of MFA",
}
# With these a person acts as the user they name.
BORROWING = {
    "iam:CreateAccessKey": "makes access keys for other users",
    "iam:UpdateAccessKey": "switches on access keys of other users",
    "iam:CreateLoginProfile": "sets passwords of other users",
    "iam:UpdateLoginProfile": "sets passwords of other users",
    "iamconsole:CreatePasswordLink": "makes links that set passwords of other users",
    "iam:DeactivateMFADevice": "removes the MFA devices of other users",
    "iam:EnableMFADevice": "gives other users an MFA device that its holder has",
    "iam:UploadSSHPublicKey": "adds SSH keys to other users",
    "iam:UpdateSSHPublicKey": "switches on SSH keys of other users",
    "iam:UploadSigningCertificate": "adds signing certificates to other users",
    "iam:UpdateSigningCertificate": "switches on signing certificates of other users",
    "iamconsole:CreateSigningCertificate": "makes signing certificates and private keys for other users",
    "iam:CreateServiceSpecificCredential": "makes service credentials for other users",
    "iam:UpdateServiceSpecificCredential": "switches on service credentials of other users",
    "iam:ResetServiceSpecificCredential": "shows new service passwords of other users",
    "iam:UpdateUser": "renames and moves other users to where further permissions reach",
}
# These change what policies that decide by tags give.
TAGGING = {
    "iam:TagUser": "sets tags that policies depend on",
    "iam:UntagUser": "removes tags that policies depend on",
}
# With these a person hands on or takes on a role, unless the roles are named.
ROLES = {
    "iam:PassRole": "hands any role to a service",
    "iam:UpdateAssumeRolePolicy": "lets anybody take on a role",
    "iam:PutRolePolicy": "writes any permissions into a role",
    "iam:AttachRolePolicy": "gives any policy to a role",
    "sts:AssumeRole": "takes on any role that lets it",
}
ASSUME_ROLE = "sts:AssumeRole"
# Only people of the home account reach other accounts, by its roles and its links.
LINKING = {
    "iamconsole:LinkAccount": "links AWS accounts by this console's own access to AWS",
    "iamconsole:UpdateLink": "changes the access that this console has to AWS accounts",
}
ADMINISTRATOR_ROLE = "role/IamConsoleAdministrator"
THROUGH_THE_ROLE = "takes on the role that administers other accounts in this console"


class Person(NamedTuple):
    """A user who administers the account."""

    name: str
    arn: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the account that a policy is for, as far as its editor may know it.

    ``administrators``: those the editor may know; ``complete``: whether these are all there are.
    ``is_home``: whether its people reach other accounts. ``tags_decide``: whether policies ask for tags.
    """

    administrators: tuple[Person, ...] = ()
    complete: bool = False
    is_home: bool = False
    tags_decide: bool = False
