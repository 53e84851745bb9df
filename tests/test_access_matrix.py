"""Who may do what: every operation and every URL for Alice, Bob, Charlie and a stranger.

Alice administers, Bob manages only himself, Charlie has no policy and no password. A new operation
or URL fails here until its row is written.
"""

import uuid

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from credentials.models import ServerCertificate
from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import all_operations, execute
from tests.credentials.server_material import make_certificate
from users.models import Group, GroupMembership, ManagedPolicy
from users.models.policies import UNREADABLE

pytestmark = pytest.mark.django_db

NO_ONE = str(uuid.UUID(int=0))
ADMIN_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN_POLICY = "arn:aws:iam::100000000001:policy/p"
CHARLIE = "arn:aws:iam::100000000001:user/charlie"
MFA = "arn:aws:iam::100000000001:mfa/"
CERTIFICATE = {"ServerCertificateName": "web"}
ROLE = {"RoleName": "web"}
PROFILE = {"InstanceProfileName": "web"}
SAML = {"SAMLProviderArn": "arn:aws:iam::100000000001:saml-provider/web"}
OIDC = {"OpenIDConnectProviderArn": "arn:aws:iam::100000000001:oidc-provider/web"}
CREDENTIAL = {"ServiceSpecificCredentialId": "ACCA" + "A" * 17}
EXEMPTION = {"Reason": "Replaced in spring.", "EndsOn": "2099-01-01"}
CODES = {"AuthenticationCode1": "111111", "AuthenticationCode2": "222222"}

# Operation -> parameters that aim at Charlie or at the account. Bob is denied all of these.
AIMED_AT_OTHERS = {
    "sts:AssumeRole": {
        "RoleArn": "arn:aws:iam::100000000001:role/IamConsoleAdministrator",
        "RoleSessionName": "session",
    },
    "sts:GetFederationToken": {"Name": "deploy"},
    "GetAccessKeyLastUsed": {"AccessKeyId": "AKIA" + "A" * 16},
    "GetAccountAuthorizationDetails": {},
    "GetAccountSummary": {},
    "tag:GetResources": {},
    "tag:GetTagKeys": {},
    "tag:GetTagValues": {"Key": "team"},
    "GenerateServiceLastAccessedDetails": {"Arn": CHARLIE},
    "GetServiceLastAccessedDetails": {"JobId": NO_ONE},
    "GetServiceLastAccessedDetailsWithEntities": {"JobId": NO_ONE, "ServiceNamespace": "iam"},
    "ListPoliciesGrantingServiceAccess": {"Arn": CHARLIE, "ServiceNamespaces": ["iam"]},
    "sts:GetAccessKeyInfo": {"AccessKeyId": "AKIA" + "A" * 16},
    "iamconsole:CreateAccount": {"AccountId": "100000000009"},
    "iamconsole:DeleteAccount": {"AccountId": "100000000009"},
    "iamconsole:LoadManagedPolicies": {"Policies": "[]", "Source": "a file"},
    "CreateUser": {"UserName": "dora"},
    "GetUser": {"UserName": "charlie"},
    "ListUsers": {},
    "DeleteUser": {"UserName": "charlie"},
    "AttachUserPolicy": {"UserName": "charlie", "PolicyArn": ADMIN_POLICY},
    "DetachUserPolicy": {"UserName": "charlie", "PolicyArn": ADMIN_POLICY},
    "DeleteUserPolicy": {"UserName": "charlie", "PolicyName": "p"},
    "ListAttachedUserPolicies": {"UserName": "charlie"},
    "PutUserPolicy": {"UserName": "charlie", "PolicyName": "p", "PolicyDocument": "{}"},
    "PutUserPermissionsBoundary": {"UserName": "charlie", "PermissionsBoundary": ADMIN_POLICY},
    "DeleteUserPermissionsBoundary": {"UserName": "charlie"},
    "UpdateUser": {"UserName": "charlie", "NewPath": "/staff/"},
    "TagUser": {"UserName": "charlie", "Tags": [{"Key": "team", "Value": "web"}]},
    "UntagUser": {"UserName": "charlie", "TagKeys": ["team"]},
    "ListUserTags": {"UserName": "charlie"},
    "ListGroupsForUser": {"UserName": "charlie"},
    "CreateGroup": {"GroupName": "g"},
    "GetGroup": {"GroupName": "g"},
    "ListGroups": {},
    "UpdateGroup": {"GroupName": "g", "NewGroupName": "h"},
    "DeleteGroup": {"GroupName": "g"},
    "AddUserToGroup": {"UserName": "charlie", "GroupName": "g"},
    "RemoveUserFromGroup": {"UserName": "charlie", "GroupName": "g"},
    "AttachGroupPolicy": {"GroupName": "g", "PolicyArn": ADMIN_POLICY},
    "DetachGroupPolicy": {"GroupName": "g", "PolicyArn": ADMIN_POLICY},
    "ListAttachedGroupPolicies": {"GroupName": "g"},
    "CreateAccountAlias": {"AccountAlias": "northwind-two"},
    "DeleteAccountAlias": {"AccountAlias": "northwind"},
    "ListAccountAliases": {},
    "GetUserPolicy": {"UserName": "charlie", "PolicyName": "p"},
    "ListUserPolicies": {"UserName": "charlie"},
    "PutGroupPolicy": {"GroupName": "g", "PolicyName": "p", "PolicyDocument": "{}"},
    "GetGroupPolicy": {"GroupName": "g", "PolicyName": "p"},
    "ListGroupPolicies": {"GroupName": "g"},
    "DeleteGroupPolicy": {"GroupName": "g", "PolicyName": "p"},
    "CreatePolicy": {"PolicyName": "p", "PolicyDocument": "{}"},
    "GetPolicy": {"PolicyArn": ADMIN_POLICY},
    "ListPolicies": {},
    "DeletePolicy": {"PolicyArn": OWN_POLICY},
    "ListEntitiesForPolicy": {"PolicyArn": ADMIN_POLICY},
    "CreatePolicyVersion": {"PolicyArn": OWN_POLICY, "PolicyDocument": "{}"},
    "GetPolicyVersion": {"PolicyArn": ADMIN_POLICY, "VersionId": "v1"},
    "ListPolicyVersions": {"PolicyArn": ADMIN_POLICY},
    "SetDefaultPolicyVersion": {"PolicyArn": OWN_POLICY, "VersionId": "v1"},
    "DeletePolicyVersion": {"PolicyArn": OWN_POLICY, "VersionId": "v1"},
    "TagPolicy": {"PolicyArn": OWN_POLICY, "Tags": [{"Key": "a", "Value": "b"}]},
    "UntagPolicy": {"PolicyArn": OWN_POLICY, "TagKeys": ["a"]},
    "ListPolicyTags": {"PolicyArn": ADMIN_POLICY},
    "SimulatePrincipalPolicy": {"PolicySourceArn": CHARLIE, "ActionNames": ["iam:GetUser"]},
    "SimulateCustomPolicy": {"PolicyInputList": [], "ActionNames": ["iam:GetUser"]},
    "GetContextKeysForPrincipalPolicy": {"PolicySourceArn": CHARLIE},
    "GetContextKeysForCustomPolicy": {"PolicyInputList": []},
    "TagMFADevice": {"SerialNumber": MFA + "charlie", "Tags": [{"Key": "a", "Value": "b"}]},
    "UntagMFADevice": {"SerialNumber": MFA + "charlie", "TagKeys": ["a"]},
    "ListMFADeviceTags": {"SerialNumber": MFA + "charlie"},
    "ListRoles": {},
    "GetRole": ROLE,
    "ListRolePolicies": ROLE,
    "ListAttachedRolePolicies": ROLE,
    "ListRoleTags": ROLE,
    "GetRolePolicy": {**ROLE, "PolicyName": "p"},
    "ListInstanceProfiles": {},
    "ListInstanceProfilesForRole": ROLE,
    "GetInstanceProfile": PROFILE,
    "ListInstanceProfileTags": PROFILE,
    "ListSAMLProviders": {},
    "GetSAMLProvider": SAML,
    "ListSAMLProviderTags": SAML,
    "ListOpenIDConnectProviders": {},
    "GetOpenIDConnectProvider": OIDC,
    "ListOpenIDConnectProviderTags": OIDC,
    "ListVirtualMFADevices": {},
    "GetMFADevice": {"UserName": "charlie", "SerialNumber": MFA + "charlie"},
    "ResyncMFADevice": {"UserName": "charlie", "SerialNumber": MFA + "charlie", **CODES},
    "UploadServerCertificate": {**CERTIFICATE, "CertificateBody": "b", "PrivateKey": "k"},
    "GetServerCertificate": CERTIFICATE,
    "ListServerCertificates": {},
    "UpdateServerCertificate": {**CERTIFICATE, "NewPath": "/web/"},
    "DeleteServerCertificate": CERTIFICATE,
    "TagServerCertificate": {**CERTIFICATE, "Tags": [{"Key": "a", "Value": "b"}]},
    "UntagServerCertificate": {**CERTIFICATE, "TagKeys": ["a"]},
    "ListServerCertificateTags": CERTIFICATE,
    "CreateLoginProfile": {"UserName": "charlie", "Password": "fresh-Horse-9-z"},
    "GetLoginProfile": {"UserName": "charlie"},
    "UpdateLoginProfile": {"UserName": "charlie", "Password": "fresh-Horse-9-z"},
    "DeleteLoginProfile": {"UserName": "charlie"},
    "CreateAccessKey": {"UserName": "charlie"},
    "ListAccessKeys": {"UserName": "charlie"},
    "UpdateAccessKey": {"UserName": "charlie", "AccessKeyId": "AKIA" + "A" * 16, "Status": "Inactive"},
    "DeleteAccessKey": {"UserName": "charlie", "AccessKeyId": "AKIA" + "A" * 16},
    "UploadSSHPublicKey": {"UserName": "charlie", "SSHPublicKeyBody": "ssh-rsa AAAA"},
    "GetSSHPublicKey": {"UserName": "charlie", "SSHPublicKeyId": "APKA" + "A" * 16, "Encoding": "PEM"},
    "ListSSHPublicKeys": {"UserName": "charlie"},
    "UpdateSSHPublicKey": {"UserName": "charlie", "SSHPublicKeyId": "APKA" + "A" * 16, "Status": "Inactive"},
    "DeleteSSHPublicKey": {"UserName": "charlie", "SSHPublicKeyId": "APKA" + "A" * 16},
    "UploadSigningCertificate": {"UserName": "charlie", "CertificateBody": "x"},
    "ListSigningCertificates": {"UserName": "charlie"},
    "UpdateSigningCertificate": {"UserName": "charlie", "CertificateId": "A" * 32, "Status": "Inactive"},
    "DeleteSigningCertificate": {"UserName": "charlie", "CertificateId": "A" * 32},
    "iamconsole:CreateSigningCertificate": {"UserName": "charlie"},
    "CreateServiceSpecificCredential": {"UserName": "charlie", "ServiceName": "logs.amazonaws.com"},
    "ListServiceSpecificCredentials": {"UserName": "charlie"},
    "UpdateServiceSpecificCredential": {"UserName": "charlie", **CREDENTIAL, "Status": "Inactive"},
    "ResetServiceSpecificCredential": {"UserName": "charlie", **CREDENTIAL},
    "DeleteServiceSpecificCredential": {"UserName": "charlie", **CREDENTIAL},
    "CreateVirtualMFADevice": {"VirtualMFADeviceName": "charlie"},
    "EnableMFADevice": {"UserName": "charlie", "SerialNumber": MFA + "charlie", **CODES},
    "DeactivateMFADevice": {"UserName": "charlie", "SerialNumber": MFA + "charlie"},
    "DeleteVirtualMFADevice": {"SerialNumber": MFA + "charlie"},
    "UpdateAccountPasswordPolicy": {"MinimumPasswordLength": 6},
    "DeleteAccountPasswordPolicy": {},
    "GenerateCredentialReport": {},
    "GetCredentialReport": {},
    "iamconsole:DownloadCredentialReport": {"ReportId": NO_ONE},
    "iamconsole:LinkAccount": {"AccountId": "222222222222", "Method": "default"},
    "iamconsole:AuditRootUserCredentials": {},
    "iamconsole:DeleteRootUserCredentials": {"AccountId": "222222222222", "Credential": "password"},
    "iamconsole:AllowRootPasswordRecovery": {"AccountId": "222222222222"},
    "iamconsole:ReadOrganization": {"Partition": "aws"},
    "iamconsole:Prune": {"Kind": "secrets"},
    "iamconsole:UpdateOrganization": {"Partition": "aws", "ReadEvery": 4},
    "iamconsole:UnlinkAccount": {"AccountId": "222222222222"},
    "iamconsole:UpdateLink": {"AccountId": "222222222222", "Method": "default"},
    "iamconsole:TestLink": {"AccountId": "222222222222"},
    "iamconsole:UpdateSyncSchedule": {"AccountId": "222222222222", "SyncEvery": 4},
    "iamconsole:ImportAccount": {"AccountId": "222222222222", "Content": b"user,arn"},
    "iamconsole:RemoveImportedAccount": {"AccountId": "222222222222"},
    "iamconsole:UpdateAccount": {"AccountId": "100000000001", "Colour": 2},
    "iamconsole:UpdateMFARequirement": {"Required": False},
    "iamconsole:UpdateUserProfile": {"UserName": "charlie", "UserType": "workload"},
    "iamconsole:UpdateAccessKeyDetails": {"UserName": "charlie", "AccessKeyId": "AKIA" + "A" * 16},
    "iamconsole:AcknowledgeFinding": {"FindingId": NO_ONE},
    "iamconsole:UnacknowledgeFinding": {"FindingId": NO_ONE},
    "iamconsole:AssignFinding": {"FindingId": NO_ONE, "Owner": "carol"},
    "iamconsole:SetFindingDueDate": {"FindingId": NO_ONE, "DueDate": "2099-01-01"},
    "iamconsole:SetFindingTicket": {"FindingId": NO_ONE, "Ticket": "https://tickets.example.com/1"},
    "iamconsole:CommentOnFinding": {"FindingId": NO_ONE, "Text": "Seen."},
    "iamconsole:ProposeExemption": {"FindingId": NO_ONE, **EXEMPTION},
    "iamconsole:ExemptFinding": {"FindingId": NO_ONE, **EXEMPTION},
    "iamconsole:EndExemption": {"FindingId": NO_ONE},
    "iamconsole:SetRuleLevel": {"Rule": "access-key-old", "Level": "warn"},
    "iamconsole:AttestControl": {
        "Rule": "access-key-old",
        "Holds": True,
        "Text": "Seen.",
        "EndsOn": "2099-01-01",
    },
    "iamconsole:WithdrawAttestation": {"Rule": "access-key-old"},
    "iamconsole:UpdateFindingSettings": {"SecondPerson": True},
    "iamconsole:SetBreakGlass": {"UserName": "charlie", "BreakGlass": True},
    "iamconsole:SwitchAccount": {"AccountId": "222222222222", "RoleName": "IamConsoleAdministrator"},
    "iamconsole:SyncAccount": {},
    "iamconsole:ReadLastAccessed": {"Arn": CHARLIE},
    "iamconsole:ListAcrossAccounts": {"List": "users"},
    "iamconsole:ReleaseUser": {"UserName": "charlie"},
    "iamconsole:AnswerPermissionRequest": {"RequestId": NO_ONE},
    "iamconsole:DeclinePermissionRequest": {"RequestId": NO_ONE},
    "iamconsole:StartRotation": {"UserName": "charlie", "KeyId": "AKIA" + "A" * 16},
    "iamconsole:StartCampaign": {"CampaignName": "Autumn"},
    "iamconsole:ContinueRotation": {"RotationId": NO_ONE, "State": "create"},
    "iamconsole:ConfirmRotation": {"RotationId": NO_ONE},
    "iamconsole:HandOverRotation": {"RotationId": NO_ONE},
    "iamconsole:TakeRotationSecret": {"RotationId": NO_ONE},
    "iamconsole:ReplaceRotationKey": {"RotationId": NO_ONE},
    "iamconsole:PauseRotation": {"RotationId": NO_ONE},
    "iamconsole:ResumeRotation": {"RotationId": NO_ONE},
    "iamconsole:GiveRotation": {"RotationId": NO_ONE},
    "iamconsole:UndoRotation": {"RotationId": NO_ONE},
    "iamconsole:CancelRotation": {"RotationId": NO_ONE},
    "iamconsole:CancelJob": {"JobId": NO_ONE},
    "iamconsole:ContinueJob": {"JobId": NO_ONE},
    "iamconsole:UndoJob": {"JobId": NO_ONE},
    "iamconsole:CloseJob": {"JobId": NO_ONE},
    "iamconsole:ListSessions": {"UserName": "charlie"},
    "iamconsole:RevokeSession": {"UserName": "charlie", "SessionId": NO_ONE},
    "iamconsole:RevokeSessions": {"UserName": "charlie"},
    "iamconsole:RevokeActiveSessions": {"UserName": "charlie"},
    "iamconsole:EnableRootMFADevice": {"SerialNumber": MFA + "root", **CODES},
    "iamconsole:DeactivateRootMFADevice": {"SerialNumber": MFA + "root"},
    "iamconsole:RegisterHardwareMFADevice": {"SerialNumber": "GAHT12345678", "Seed": "A" * 32},
    "iamconsole:RemoveHardwareMFADevice": {"SerialNumber": "GAHT12345678"},
    "iamconsole:DeleteRecoveryCodes": {"UserName": "charlie"},
    "iamconsole:ChangeRootPassword": {"OldPassword": "a", "NewPassword": "b"},
    "iamconsole:ResetRootPassword": {},
    "iamconsole:RecordBackup": {
        "TakenAt": "2026-11-30T00:00:00+00:00",
        "Rows": 1,
        "WithKeys": True,
        "Bytes": 1,
    },
    "iamconsole:RecordRestore": {"TakenAt": "2026-11-30T00:00:00+00:00", "Rows": 1, "WithKeys": True},
    "iamconsole:CreatePasswordLink": {"UserName": "charlie"},
    "iamconsole:DeletePasswordLink": {"UserName": "charlie"},
}
# Whoever holds the link, by it alone: without it not even an administrator.
BY_LINK = {
    "iamconsole:SetPasswordByLink": {
        "UserName": "charlie", "LinkDigest": "0" * 64, "NewPassword": "fresh-Horse-9-z",
    },
}  # fmt: skip
# What Bob may do for himself in the browser without any policy (ConsoleSelfService).
OWN = {
    "iamconsole:ListSessions": {},
    "iamconsole:RevokeSession": {"SessionId": NO_ONE},
    "iamconsole:RevokeSessions": {},
    "GetUser": {},
    "GetLoginProfile": {},
    "GetAccountPasswordPolicy": {},
    "CreateVirtualMFADevice": {"VirtualMFADeviceName": "bob"},
    "iamconsole:EnablePasskey": {"DeviceName": "key", "Challenge": "AAAA", "Credential": "{}"},
    "ListMFADevices": {},
    "ResyncMFADevice": {"UserName": "bob", "SerialNumber": MFA + "bob", **CODES},
    "iamconsole:UpdateUserProfile": {"UserName": "bob", "EmailAddress": "bob@example.com"},
    "iamconsole:CreateRecoveryCodes": {},
    "iamconsole:SendEmailConfirmation": {},
    "iamconsole:ConfirmEmailAddress": {"Token": "x"},
    "iamconsole:RequestPermission": {"Text": "Read the invoices"},
    "iamconsole:WithdrawPermissionRequest": {},
}
# What Bob may not even do for himself: no policy gives it.
NOT_OWN = {
    # Nobody's device; of one that he began himself tests/security/test_unassigned_devices.py tells.
    "EnableMFADevice": {"UserName": "bob", "SerialNumber": MFA + "bob", **CODES},
    "DeleteVirtualMFADevice": {"SerialNumber": MFA + "bob"},
    "CreateAccessKey": {},
    "ListAccessKeys": {},
    "DeleteLoginProfile": {},
    "ListServiceSpecificCredentials": {},
    "iamconsole:UpdateUserProfile": {"UserType": "workload"},
    "iamconsole:RequestTestMail": {},
    "DeactivateMFADevice": {"SerialNumber": MFA + "bob"},
    "ChangePassword": {"OldPassword": "a", "NewPassword": "b"},
}
# For everybody who can sign a request; they tell and give nothing but what the caller is already.
OPEN = {"sts:GetCallerIdentity", "sts:GetSessionToken"}
# Only root, or a command on the machine, whatever the policies say.
# Of accounts at AWS: administrators of the home account look after those root users.
OF_MEMBERS = {
    "iamconsole:AuditRootUserCredentials",
    "iamconsole:DeleteRootUserCredentials",
    "iamconsole:AllowRootPasswordRecovery",
}
OF_COMMANDS = {"iamconsole:RecordBackup", "iamconsole:RecordRestore"}  # on this console's machine
ROOT_ONLY = {name for name in AIMED_AT_OTHERS if "Root" in name and name not in OF_MEMBERS} | OF_COMMANDS


def test_every_operation_has_its_row():
    assert {*AIMED_AT_OTHERS, *OWN, *NOT_OWN, *OPEN, *BY_LINK} == set(all_operations())


@pytest.mark.parametrize("name", AIMED_AT_OTHERS)
def test_bob_and_charlie_are_denied_what_aims_at_others(name, bob, charlie, caller):
    params = AIMED_AT_OTHERS[name]
    with pytest.raises(AccessDenied):
        execute(caller(bob), name, **params)
    if params.get("UserName") != "charlie" and not name.startswith(("CreateVirtual", "DeleteVirtual")):
        with pytest.raises(AccessDenied):
            execute(caller(charlie), name, **params)


# AWS answers an unknown key, or a role that cannot be taken, like one that is not the caller's to ask
# about (IAM-FACTS 6), and only an access key gets a federated session; tests/query has alice do both.
DENIED_IF_UNKNOWN = {"GetAccessKeyLastUsed", "sts:AssumeRole", "sts:GetFederationToken"}


@pytest.mark.parametrize("name", sorted(set(AIMED_AT_OTHERS) - ROOT_ONLY - DENIED_IF_UNKNOWN))
def test_alice_is_not_denied(name, alice, charlie, caller):
    try:
        execute(caller(alice), name, **AIMED_AT_OTHERS[name])
    except AccessDenied as error:
        pytest.fail(str(error))
    except IamError:
        pass  # refused by a rule, not by her policies


@pytest.mark.parametrize("name", sorted(ROOT_ONLY))
def test_an_administrator_is_not_root(name, alice, caller):
    with pytest.raises(AccessDenied):
        execute(caller(alice), name, **AIMED_AT_OTHERS[name])


@pytest.mark.parametrize("name", OWN)
def test_bob_cares_for_himself(name, bob, caller):
    try:
        execute(caller(bob), name, **OWN[name])
    except AccessDenied as error:
        pytest.fail(str(error))
    except IamError:
        pass


@pytest.mark.parametrize("name", OWN)
def test_self_service_is_for_the_browser_only(name, bob, caller):
    from users.callers.build import Origin, caller_for_user

    with pytest.raises(AccessDenied):
        execute(caller_for_user(bob, Origin(channel="access-key")), name, **OWN[name])


@pytest.mark.parametrize("name", NOT_OWN)
def test_bob_needs_a_policy_for_the_rest(name, bob, caller):
    with pytest.raises(AccessDenied):
        execute(caller(bob), name, **NOT_OWN[name])


@pytest.mark.parametrize("name", BY_LINK)
def test_nobody_gets_by_without_the_link(name, alice, bob, charlie, caller):
    for person in (alice, bob, charlie):
        with pytest.raises(AccessDenied):
            execute(caller(person), name, **BY_LINK[name])


# URL name -> what a GET gives (Alice, Bob, a stranger). "in": sent to the sign-in page.
PAGES = {
    "home": (200, 302, "in"),
    "favicon": (302, 302, 302),
    "robots": (200, 200, 200),
    "healthz": (200, 200, 200),
    # Answers signed requests only (tests/query): a session in a browser counts for nothing.
    "api": (403, 403, 403),
    "readyz": (200, 200, 200),
    "startedz": (200, 200, 200),
    "jobs": (200, 403, "in"),
    "reports:system": (200, 403, "in"),
    "job": (404, 404, "in"),
    "credentials:sign-in": (302, 302, 200),
    "credentials:root-sign-in": (302, 302, 200),
    "credentials:mfa-code": (302, 302, 302),
    "credentials:recovery-code": (302, 302, 302),
    "credentials:new-password": (302, 302, "in"),
    "credentials:my-security-credentials": (200, 200, "in"),
    "credentials:change-password": (200, 403, "in"),
    "credentials:own-email-address": (200, 200, "in"),
    "credentials:confirm-email-address": (400, 400, "in"),
    # Root's own pages: for everybody else they do not exist.
    "credentials:create-root-access-key": (404, 404, "in"),
    "credentials:delete-root-access-key": (404, 404, "in"),
    "credentials:confirm-with-other-factor": (404, 404, "in"),
    "credentials:assign-mfa-device": (200, 200, "in"),
    "credentials:register-passkey": (302, 302, "in"),
    "credentials:assign-user-mfa-device": (200, 403, "in"),
    "credentials:deactivate-mfa-device": (404, 403, "in"),
    "credentials:resync-mfa-device": (404, 403, "in"),
    "credentials:replace-mfa-device": (404, 403, "in"),
    "credentials:replace-with-hardware-mfa-device": (404, 403, "in"),
    "credentials:assign-hardware-mfa-device": (200, 200, "in"),
    "credentials:assign-user-hardware-mfa-device": (200, 403, "in"),
    "credentials:access-keys": (200, 403, "in"),
    "credentials:export-access-keys": (200, 403, "in"),
    "credentials:confirm-access-keys": (404, 403, "in"),
    "credentials:mfa-devices": (200, 403, "in"),
    "credentials:register-hardware-mfa-devices": (200, 403, "in"),
    "credentials:create-recovery-codes": (302, 302, "in"),
    "credentials:recovery-codes": (404, 404, "in"),
    "credentials:delete-recovery-codes": (404, 403, "in"),
    "credentials:mfa-device-tags": (404, 403, "in"),
    "credentials:user-last-accessed": (200, 403, "in"),
    "credentials:account-settings": (200, 403, "in"),
    "credentials:password-policy": (200, 403, "in"),
    "credentials:create-user": (302, 302, "in"),
    # Open to everybody, as nobody is named yet: sent, it is refused with the reason.
    "credentials:create-user-details": (200, 200, "in"),
    "credentials:create-user-permissions": (404, 404, "in"),
    "credentials:create-user-tags": (404, 404, "in"),
    "credentials:create-user-review": (404, 404, "in"),
    "credentials:delete-user": (200, 403, "in"),
    "credentials:user-security-credentials": (200, 403, "in"),
    "credentials:create-access-key": (200, 403, "in"),
    "credentials:delete-access-key": (404, 403, "in"),
    "credentials:upload-ssh-public-key": (200, 403, "in"),
    "credentials:ssh-public-key": (404, 403, "in"),
    "credentials:ssh-public-key-file": (404, 403, "in"),
    "credentials:delete-ssh-public-key": (404, 403, "in"),
    "credentials:upload-signing-certificate": (200, 403, "in"),
    "credentials:create-signing-certificate": (200, 403, "in"),
    "credentials:signing-certificate": (404, 403, "in"),
    "credentials:signing-certificate-file": (404, 403, "in"),
    "credentials:delete-signing-certificate": (404, 403, "in"),
    "credentials:access-key-details": (404, 403, "in"),
    "credentials:create-service-specific-credential": (200, 403, "in"),
    "credentials:reset-service-specific-credential": (404, 403, "in"),
    "credentials:delete-service-specific-credential": (404, 403, "in"),
    "credentials:console-access": (200, 403, "in"),
    # Charlie's account is not linked.
    "credentials:revoke-active-sessions": (404, 403, "in"),
    "credentials:server-certificates": (200, 403, "in"),
    "credentials:export-server-certificates": (200, 403, "in"),
    "credentials:upload-server-certificate": (200, 403, "in"),
    "credentials:server-certificate": (200, 403, "in"),
    "credentials:download-server-certificate": (200, 403, "in"),
    "credentials:edit-server-certificate": (200, 403, "in"),
    "credentials:server-certificate-tags": (200, 403, "in"),
    "credentials:delete-server-certificate": (200, 403, "in"),
    "credentials:create-password-link": (200, 403, "in"),
    # For whoever has a link, signed in or not; this one leads nowhere.
    "credentials:open-password-link": (302, 302, 302),
    "credentials:password-link": (410, 410, 410),
    "credentials:open-rotation-link": (302, 302, 302),
    "credentials:rotation-secret": (410, 410, 410),
    "users:list": (200, 403, "in"),
    "users:list-preferences": (200, 200, "in"),
    "users:export": (200, 403, "in"),
    "users:user": (200, 403, "in"),
    "users:edit-user": (200, 403, "in"),
    "users:user-groups": (200, 403, "in"),
    "users:add-user-to-groups": (200, 403, "in"),
    "users:user-tags": (200, 403, "in"),
    "users:user-activity": (200, 403, "in"),
    "users:permissions-boundary": (200, 403, "in"),
    "users:attach-user-policy": (200, 403, "in"),
    "users:user-access": (200, 403, "in"),
    "users:create-user-inline-policy": (200, 403, "in"),
    "users:edit-user-inline-policy": (404, 403, "in"),
    "users:delete-user-inline-policy": (404, 403, "in"),
    "users:create-group-inline-policy": (200, 403, "in"),
    "users:edit-group-inline-policy": (404, 403, "in"),
    "users:delete-group-inline-policy": (404, 403, "in"),
    "users:copy-permissions": (200, 403, "in"),
    "users:attach-policy-to-users": (200, 403, "in"),
    "users:attach-policy-to-groups": (200, 403, "in"),
    "users:detach-policy-from-users": (200, 403, "in"),
    "users:detach-policy-from-groups": (200, 403, "in"),
    "users:own-permissions": (200, 200, "in"),
    "users:own-activity": (200, 200, "in"),
    "users:request-permission": (200, 200, "in"),
    "users:permission-requests": (200, 403, "in"),
    "users:permission-request": (404, 403, "in"),
    "users:search": (200, 200, "in"),
    "users:search-list": (200, 200, "in"),
    "users:simulator": (200, 403, "in"),
    "users:who-can": (200, 403, "in"),
    "users:across-who-can": (200, 403, "in"),
    "users:across-who-can-result": (404, 403, "in"),
    "users:export-across-who-can": (404, 403, "in"),
    "users:suggest-actions": (200, 200, "in"),
    # Without a question there is nothing to export.
    "users:export-who-can": (400, 403, "in"),
    "users:who-can-inline-policy": (404, 404, "in"),
    "users:policies": (200, 403, "in"),
    "users:ready-policies": (200, 403, "in"),
    "users:create-policy": (200, 403, "in"),
    "users:policy": (200, 403, "in"),
    "users:policy-entities": (200, 403, "in"),
    "users:policy-tags": (200, 403, "in"),
    "users:policy-versions": (200, 403, "in"),
    "users:edit-policy": (200, 403, "in"),
    "users:delete-policy": (200, 403, "in"),
    "users:groups": (200, 403, "in"),
    "users:create-group": (200, 403, "in"),
    "users:group": (200, 403, "in"),
    "users:edit-group": (200, 403, "in"),
    "users:delete-group": (200, 403, "in"),
    "users:add-group-users": (200, 403, "in"),
    "users:group-permissions": (200, 403, "in"),
    "users:attach-group-policy": (200, 403, "in"),
    "users:detach-user-policy": (405, 405, 405),
    "credentials:account-alias": (200, 403, "in"),
    # Charlie's account is not linked.
    "users:require-mfa-of-groups": (404, 403, "in"),
    "users:require-mfa-of-users": (404, 403, "in"),
    "users:restore-mfa-policy": (404, 404, "in"),
    "users:stop-requiring-mfa": (404, 404, "in"),
    "users:preview-mfa-of-groups": (404, 403, "in"),
    "users:review-permissions": (404, 404, "in"),
    # What is asked about is not in the address here.
    "users:set-default-policy-version": (400, 400, "in"),
    "users:remove-group-user": (400, 400, "in"),
    "users:remove-user-from-group": (400, 400, "in"),
    "users:mfa-requirement": (200, 403, "in"),
    "users:group-mfa-requirement": (200, 403, "in"),
    "users:preview-mfa-of-users": (404, 403, "in"),
    # What was chosen is for who chose it, whoever asks.
    "credentials:confirm-bulk": (404, 403, "in"),
    "credentials:confirm-clean-up": (404, 403, "in"),
    "reports:confirm-deactivation": (404, 403, "in"),
    "across-accounts": (200, 403, "in"),
    "export-across-accounts": (200, 403, "in"),
    "across-findings": (200, 403, "in"),
    "export-across-findings": (200, 403, "in"),
    "reports:change-across-findings": (405, 405, 405),
    "reports:confirm-across-findings": (404, 403, "in"),
    "reports:findings": (200, 403, "in"),
    "reports:export-findings": (200, 403, "in"),
    "reports:change-findings": (405, 405, 405),
    "reports:confirm-findings": (404, 403, "in"),
    "reports:finding": (404, 403, "in"),
    "reports:finding-rules": (200, 403, "in"),
    "reports:finding-rule": (200, 403, "in"),
    # This console checks the control by itself.
    "reports:attest-control": (404, 403, "in"),
    "reports:withdraw-attestation": (405, 405, 405),
    "reports:finding-settings": (200, 403, "in"),
    "reports:finding-standards": (200, 403, "in"),
    "reports:finding-standard": (200, 403, "in"),
    "reports:export-standard": (200, 403, "in"),
    "users:across-users": (200, 403, "in"),
    "users:export-across-users": (200, 403, "in"),
    "credentials:across-access-keys": (200, 403, "in"),
    "credentials:export-across-access-keys": (200, 403, "in"),
    "credentials:confirm-across-access-keys": (404, 403, "in"),
    "credentials:changed-across-access-keys": (200, 403, "in"),
    "reports:across-credential-reports": (200, 403, "in"),
    "reports:download-across-credential-reports": (200, 403, "in"),
    "users:accounts": (200, 403, "in"),
    "reports:kept-data": (200, 403, "in"),
    "users:account": (200, 403, "in"),
    "users:edit-account": (200, 403, "in"),
    "users:link-account": (200, 403, "in"),
    "users:create-account": (200, 403, "in"),
    "users:delete-account": (200, 403, "in"),
    "users:link-accounts": (200, 403, "in"),
    "users:link-organization": (200, 403, "in"),
    "credentials:member-roots": (200, 403, "in"),
    "credentials:audit-roots": (405, 405, 405),
    # No organization was read.
    "credentials:member-root": (404, 403, "in"),
    "credentials:delete-root-credentials": (404, 403, "in"),
    "credentials:allow-root-password-recovery": (404, 403, "in"),
    "users:read-organization": (405, 405, 405),
    "users:stack-set": (200, 403, "in"),
    "users:download-stack-set": (200, 403, "in"),
    "users:link-tested": (404, 404, "in"),
    "users:syncs": (200, 403, "in"),
    # Charlie's account is not linked.
    "users:update-link": (404, 403, "in"),
    "users:unlink-account": (404, 403, "in"),
    "reports:credential-report": (200, 403, "in"),
    "reports:user-services": (200, 403, "in"),
    "reports:export-user-services": (200, 403, "in"),
    "reports:group-services": (200, 403, "in"),
    "reports:export-group-services": (200, 403, "in"),
    "reports:policy-services": (200, 403, "in"),
    "reports:export-policy-services": (200, 403, "in"),
    "reports:import-account": (200, 403, "in"),
    "reports:account-uploads": (404, 403, "in"),
    "reports:upload": (404, 403, "in"),
    "reports:unused-credentials": (200, 403, "in"),
    "reports:export-unused-credentials": (200, 403, "in"),
    "reports:deactivated-credentials": (302, 403, "in"),
    "reports:download-credential-report": (400, 403, "in"),
    "reports:view-credential-report": (404, 403, "in"),
    "reports:compare-credential-reports": (200, 403, "in"),
    "reports:export-credential-report-comparison": (404, 403, "in"),
    "reports:events": (200, 403, "in"),
    "reports:event-details": (404, 403, "in"),
    "reports:export-events": (200, 403, "in"),
}
# Only POST: what a POST by Bob gives, aimed at Charlie or the account; nothing may change.
ACTIONS = {
    "cancel-job": 404,
    "continue-job": 404,
    "undo-changes": 302,
    "undo-job": 404,
    "undo-row": 302,
    "users:hide-part": 302,
    "close-job": 404,
    "credentials:sign-out": 302,
    "credentials:end-own-sessions": 302,
    "credentials:end-own-session": 302,
    "credentials:update-root-access-key": 404,
    "credentials:end-user-sessions": 403,
    "credentials:remove-revocation": 403,
    "credentials:send-email-confirmation": 302,
    "credentials:request-test-mail": 302,
    "credentials:end-own-temporary-credentials": 302,
    "credentials:end-temporary-credentials": 403,
    "credentials:end-user-session": 403,
    "credentials:secret-csv": 404,
    "credentials:secret-pem": 404,
    "credentials:update-ssh-public-key": 403,
    "credentials:update-signing-certificate": 403,
    "credentials:update-access-key": 403,
    "credentials:update-service-specific-credential": 403,
    "credentials:bulk": 403,
    "credentials:change-access-keys": 403,
    "credentials:change-across-access-keys": 403,
    "credentials:delete-password-link": 403,
    "credentials:password-strength": 200,
    "credentials:release-user": 403,
    "credentials:clean-up-mfa-devices": 403,
    "credentials:registration-options": 400,
    "credentials:second-factor-options": 200,
    "credentials:passkey-options": 200,
    "credentials:passkey-sign-in": 302,
    "users:create-ready-policy": 302,
    "users:withdraw-permission-request": 302,
    "users:delete-policy-version": 302,
    "users:leave-account": 302,
    "users:switch-account": 403,
    "users:sync-account": 403,
    "users:detach-group-policy": 302,
    "users:work-out-permissions": 400,
    "users:test-link": 403,
    "users:update-sync-schedule": 403,
    "reports:generate-credential-report": 403,
    "reports:read-user-services": 403,
    "reports:read-group-services": 403,
    "reports:read-policy-services": 403,
    "reports:generate-across-credential-reports": 403,
    "reports:deactivate-credentials": 403,
    "reports:remove-imported-account": 403,
}
# A one-time secret is for the session that made it, whoever asks.
PAGES["credentials:secret"] = (404, 404, "in")


def url_names(patterns=None, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inner = prefix + (f"{pattern.namespace}:" if pattern.namespace else "")
            found |= url_names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.add(prefix + pattern.name)
    return found


def crew(charlie) -> Group:
    """A group with Charlie in it."""
    group, _ = Group.objects.get_or_create(
        account=charlie.account, group_name="crew", name_folded="crew", group_id="AGPACREW"
    )
    GroupMembership.objects.get_or_create(group=group, user=charlie)
    return group


def own_policy(charlie) -> ManagedPolicy:
    """A customer managed policy of Charlie's account."""
    policy, _ = ManagedPolicy.objects.get_or_create(
        account=charlie.account, arn=OWN_POLICY, defaults={"policy_name": "p", "document": UNREADABLE}
    )
    return policy


def own_certificate(charlie) -> ServerCertificate:
    """A server certificate of Charlie's account."""
    found = ServerCertificate.objects.filter(account=charlie.account).first()
    return found or make_certificate(charlie.account)


def arguments(name: str) -> list[str]:
    """The names of the parts of an address."""
    possible = get_resolver()
    for part in name.split(":")[:-1]:
        possible = possible.namespace_dict[part][1]
    return list(possible.reverse_dict.getlist(name.split(":")[-1])[0][0][0][1])


def address(name: str, charlie, /, **others) -> str:
    """The URL with Charlie, or nothing that exists, or what is given, for its arguments."""
    values = {
        "user_id": charlie.user_id,
        "account_id": charlie.account.account_id,
        "access_key_id": "AKIA" + "A" * 16,
        "ssh_public_key_id": "APKA" + "A" * 16,
        "encoding": "pem",
        "service_name": "logs.amazonaws.com",
        "credential_id": "ACCA" + "A" * 17,
        "device_id": NO_ONE,
        "then": "replace",
        "job_id": NO_ONE,
        "work_id": NO_ONE,
        "row": 1,
        "hidden": "first-steps",
        "session_id": NO_ONE,
        "event_id": NO_ONE,
        "secret_id": NO_ONE,
        "draft_id": NO_ONE,
        "choice_id": NO_ONE,
        "report_id": NO_ONE,
        "finding_id": NO_ONE,
        "rule_id": "access-key-old",
        "standard_id": "cis-3.0",
        "request_id": NO_ONE,
        "group_id": crew(charlie).group_id,
        "policy_pk": own_policy(charlie).pk,
        "inline_pk": 0,
        "form": "exact",
        "name": "ConsoleAuditor",
        "certificate_id": own_certificate(charlie).server_certificate_id,
        "part": "body",
        "token": "no-such-token",
        **others,
    }
    return reverse(name, kwargs={key: values[key] for key in arguments(name)})


def test_every_url_has_its_row():
    assert set(PAGES) | set(ACTIONS) == url_names()


@pytest.mark.parametrize("name", PAGES)
def test_pages(name, client, alice, bob, charlie, sign_in):
    url = address(name, charlie)
    for person, expected in zip((alice, bob, None), PAGES[name], strict=True):
        client.logout()
        if person:
            sign_in(client, person)
        answer = client.get(url)
        if expected == "in":
            assert (answer.status_code, answer.url.split("?")[0]) == (302, "/signin/"), name
        else:
            assert answer.status_code == expected, f"{person}: {name}"


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_by_bob_change_nothing(name, client, bob, charlie, sign_in):
    sign_in(client, bob)
    answer = client.post(
        address(name, charlie), {"status": "Inactive", "confirm": charlie.account.account_id}
    )
    assert answer.status_code == ACTIONS[name]
    assert client.get(address(name, charlie)).status_code == 405, "only POST"
