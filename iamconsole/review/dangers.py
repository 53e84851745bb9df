"""Actions that give more than they say: rights for oneself, or the ways in of somebody else.

What each can really do is told in the words after "it". Sources: SECURITY 1.36-1.38, IAM-FACTS 8.9.
"""

from dataclasses import dataclass
from typing import NamedTuple

# With these a person gives rights to oneself, on whatever resource.
RAISING = {
    "iam:CreatePolicyVersion": "writes new permissions into a policy its holder can have",
    "iam:SetDefaultPolicyVersion": "restores an older, broader version of a policy",
    "iam:AttachUserPolicy": "attaches any policy to a user",
    "iam:AttachGroupPolicy": "attaches any policy to a group",
    "iam:PutUserPolicy": "gives any permissions to a user",
    "iam:PutGroupPolicy": "gives any permissions to a group",
    "iam:AddUserToGroup": "gives the permissions of a group",
    "iam:DeleteUserPermissionsBoundary": "removes the permissions boundary of a user",
    "iam:PutUserPermissionsBoundary": "changes the permissions boundary of a user",
    "iamconsole:UpdateMFARequirement": "turns off the MFA requirement",
}
# With these a person acts as the user they name.
BORROWING = {
    "iam:CreateAccessKey": "creates access keys for other users",
    "iam:UpdateAccessKey": "activates access keys of other users",
    "iam:CreateLoginProfile": "sets passwords of other users",
    "iam:UpdateLoginProfile": "sets passwords of other users",
    "iamconsole:CreatePasswordLink": "creates links that set passwords of other users",
    "iam:DeactivateMFADevice": "removes the MFA devices of other users",
    "iam:EnableMFADevice": "assigns the holder's MFA device to other users",
    "iam:UploadSSHPublicKey": "adds SSH keys to other users",
    "iam:UpdateSSHPublicKey": "activates SSH keys of other users",
    "iam:UploadSigningCertificate": "adds signing certificates to other users",
    "iam:UpdateSigningCertificate": "activates signing certificates of other users",
    "iamconsole:CreateSigningCertificate": "creates signing certificates and private keys for other users",
    "iam:CreateServiceSpecificCredential": "creates service credentials for other users",
    "iam:UpdateServiceSpecificCredential": "activates service credentials of other users",
    "iam:ResetServiceSpecificCredential": "shows new service passwords of other users",
    "iam:UpdateUser": "renames and moves other users to where more permissions apply",
}
# These change what policies that decide by tags give.
TAGGING = {
    "iam:TagUser": "sets tags that policies depend on",
    "iam:UntagUser": "removes tags that policies depend on",
}
# With these a person hands on or takes on a role, unless the roles are named.
ROLES = {
    "iam:PassRole": "passes any role to a service",
    "iam:UpdateAssumeRolePolicy": "lets anybody assume a role",
    "iam:PutRolePolicy": "gives any permissions to a role",
    "iam:AttachRolePolicy": "attaches any policy to a role",
    "sts:AssumeRole": "assumes any role that trusts it",
}
ASSUME_ROLE = "sts:AssumeRole"
# Only people of the home account reach other accounts, by its roles and its links.
LINKING = {
    "iamconsole:LinkAccount": "links AWS accounts with this console's own access to AWS",
    "iamconsole:UpdateLink": "changes this console's access to AWS accounts",
}
ADMINISTRATOR_ROLE = "role/IamConsoleAdministrator"
THROUGH_THE_ROLE = "assumes the role that administers other accounts in this console"


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
