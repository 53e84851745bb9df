"""What the console needs in AWS: the least-privilege policies to copy (docs/link-aws.md)."""

import json
from typing import Any

# Action -> why it is needed.
READ = {
    "iam:GetAccountAuthorizationDetails": "users, groups and policies in bulk",
    "iam:GetAccountPasswordPolicy": "the password policy",
    "iam:ListAccountAliases": "the alias people sign in with",
    "iam:ListVirtualMFADevices": "virtual MFA devices, also unassigned ones",
    "iam:ListServiceSpecificCredentials": "credentials for single AWS services",
    "iam:ListServerCertificates": "server certificates and when they expire",
    "iam:ListMFADevices": "which device belongs to whom",
    "iam:ListAccessKeys": "the IDs of access keys",
    "iam:GetAccessKeyLastUsed": "last use of access keys while AWS's report is old",
    "iam:GetLoginProfile": "whether a new password is due",
    "iam:ListSigningCertificates": "signing certificates, where the report shows a change",
    "iam:ListSSHPublicKeys": "SSH public keys, which no list of all users has",
    "iam:GetSSHPublicKey": "a new SSH public key itself, once",
    "iam:GenerateCredentialReport": "the credential report",
    "iam:GetCredentialReport": "the credential report",
    "iam:SimulatePrincipalPolicy": "tells on the test of a link which changes it may make",
}
# Without these a sync stops.
REQUIRED = ("iam:GetAccountAuthorizationDetails", "iam:ListAccessKeys", "iam:ListMFADevices")
MANAGE = {
    "iam:CreateUser": "create users",
    "iam:DeleteUser": "delete users",
    "iam:CreateLoginProfile": "give a console password",
    "iam:UpdateLoginProfile": "reset or change a password",
    "iam:DeleteLoginProfile": "take console access away",
    "iam:CreateAccessKey": "create access keys",
    "iam:UpdateAccessKey": "activate and deactivate access keys",
    "iam:DeleteAccessKey": "delete access keys",
    "iam:UploadSSHPublicKey": "upload SSH public keys",
    "iam:UpdateSSHPublicKey": "activate and deactivate SSH public keys",
    "iam:DeleteSSHPublicKey": "delete SSH public keys",
    "iam:UploadSigningCertificate": "upload and create signing certificates",
    "iam:UpdateSigningCertificate": "activate and deactivate signing certificates",
    "iam:DeleteSigningCertificate": "delete signing certificates",
    "iam:CreateServiceSpecificCredential": "generate credentials for single AWS services",
    "iam:UpdateServiceSpecificCredential": "activate and deactivate them",
    "iam:ResetServiceSpecificCredential": "give them a new secret",
    "iam:DeleteServiceSpecificCredential": "delete them",
    "iam:CreateVirtualMFADevice": "enrol MFA devices",
    "iam:EnableMFADevice": "enrol MFA devices",
    "iam:DeactivateMFADevice": "remove MFA devices",
    "iam:DeleteVirtualMFADevice": "remove MFA devices",
    "iam:AttachUserPolicy": "attach managed policies",
    "iam:DetachUserPolicy": "detach managed policies",
    "iam:UpdateUser": "rename and move users",
    "iam:TagUser": "tag users",
    "iam:UntagUser": "remove tags",
    "iam:TagMFADevice": "tag MFA devices",
    "iam:UntagMFADevice": "remove tags of MFA devices",
    "iam:ResyncMFADevice": "set a device's clock right",
    "iam:PutUserPolicy": "copy inline policies",
    "iam:DeleteUserPolicy": "delete a user with inline policies",
    "iam:PutUserPermissionsBoundary": "set a permissions boundary",
    "iam:DeleteUserPermissionsBoundary": "remove a permissions boundary",
    "iam:CreateGroup": "create groups",
    "iam:UpdateGroup": "rename and move groups",
    "iam:DeleteGroup": "delete groups",
    "iam:AddUserToGroup": "add users to groups",
    "iam:RemoveUserFromGroup": "remove users from groups",
    "iam:AttachGroupPolicy": "attach managed policies to groups",
    "iam:DetachGroupPolicy": "detach managed policies from groups",
    "iam:PutGroupPolicy": "write inline policies of groups",
    "iam:DeleteGroupPolicy": "delete a group with inline policies",
    "iam:CreatePolicy": "create customer managed policies",
    "iam:DeletePolicy": "delete customer managed policies",
    "iam:CreatePolicyVersion": "edit customer managed policies",
    "iam:DeletePolicyVersion": "make room for another version",
    "iam:SetDefaultPolicyVersion": "go back to an earlier version",
    "iam:TagPolicy": "tag policies",
    "iam:UntagPolicy": "remove tags of policies",
    "iam:UploadServerCertificate": "upload server certificates",
    "iam:UpdateServerCertificate": "rename and move server certificates",
    "iam:DeleteServerCertificate": "delete server certificates",
    "iam:TagServerCertificate": "tag server certificates",
    "iam:UntagServerCertificate": "remove tags of server certificates",
    "iam:CreateAccountAlias": "set the account alias",
    "iam:DeleteAccountAlias": "remove the account alias",
    "iam:UpdateAccountPasswordPolicy": "set the password policy",
    "iam:DeleteAccountPasswordPolicy": "go back to the default password policy",
}


# To be replaced by whoever copies the policy: only the machine's AWS configuration knows it.
CONSOLE_IDENTITY = "ARN of the identity the console runs as"


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
