"""How a denial names its resource, operation by operation as AWS does, and why it was denied."""

import json

import pytest
from botocore.exceptions import ClientError

from iamconsole.errors import AccessDenied
from iamconsole.models import Event
from iamconsole.operations import all_operations, execute
from tests.cast import ADMINISTRATOR_ACCESS
from tests.test_access_matrix import ADMIN_POLICY, AIMED_AT_OTHERS, CHARLIE, MFA, NOT_OWN, OWN, OWN_POLICY
from users.models import InlinePolicy, ManagedPolicy, PolicyAttachment, Scope, User

pytestmark = pytest.mark.django_db
HERE = "arn:aws:iam::100000000001:"
# Resource in the sentence -> operations, asked as in the access matrix.
NAMED = {
    "user charlie": """
        GetUser DeleteUser UpdateUser TagUser UntagUser ListUserTags ListGroupsForUser AttachUserPolicy
        DetachUserPolicy DeleteUserPolicy ListAttachedUserPolicies PutUserPolicy PutUserPermissionsBoundary
        DeleteUserPermissionsBoundary GetUserPolicy ListUserPolicies GetMFADevice ResyncMFADevice
        CreateLoginProfile GetLoginProfile UpdateLoginProfile DeleteLoginProfile CreateAccessKey ListAccessKeys
        UpdateAccessKey DeleteAccessKey UploadSSHPublicKey GetSSHPublicKey ListSSHPublicKeys UpdateSSHPublicKey
        DeleteSSHPublicKey UploadSigningCertificate ListSigningCertificates UpdateSigningCertificate
        DeleteSigningCertificate CreateServiceSpecificCredential ListServiceSpecificCredentials
        UpdateServiceSpecificCredential ResetServiceSpecificCredential DeleteServiceSpecificCredential
        EnableMFADevice DeactivateMFADevice""",
    "user bob": "ChangePassword ListMFADevices",
    "group g": """
        GetGroup UpdateGroup DeleteGroup AddUserToGroup RemoveUserFromGroup AttachGroupPolicy DetachGroupPolicy
        ListAttachedGroupPolicies PutGroupPolicy GetGroupPolicy ListGroupPolicies DeleteGroupPolicy""",
    "role web": """
        GetRole ListRolePolicies ListAttachedRolePolicies ListRoleTags GetRolePolicy ListInstanceProfilesForRole""",
    f"{HERE}user/dora": "CreateUser",
    f"{HERE}group/g": "CreateGroup",
    f"{MFA}charlie": "CreateVirtualMFADevice DeleteVirtualMFADevice TagMFADevice UntagMFADevice ListMFADeviceTags",
    "policy p": "CreatePolicy",
    f"policy {ADMIN_POLICY}": "GetPolicy ListEntitiesForPolicy GetPolicyVersion ListPolicyVersions ListPolicyTags",
    f"policy {OWN_POLICY}": """
        DeletePolicy CreatePolicyVersion SetDefaultPolicyVersion DeletePolicyVersion TagPolicy UntagPolicy""",
    f"{HERE}user/": "ListUsers",
    f"{HERE}group/": "ListGroups",
    f"{HERE}mfa/": "ListVirtualMFADevices",
    f"{HERE}role/": "ListRoles",
    f"{HERE}instance-profile/": "ListInstanceProfiles",
    "policy path /": "ListPolicies",
    # What is asked for by an ARN is named by it, and what has no recorded name by its ARN too.
    CHARLIE: """
        SimulatePrincipalPolicy GetContextKeysForPrincipalPolicy GenerateServiceLastAccessedDetails
        ListPoliciesGrantingServiceAccess""",
    f"{HERE}server-certificate/web": """
        UploadServerCertificate GetServerCertificate UpdateServerCertificate DeleteServerCertificate
        TagServerCertificate UntagServerCertificate ListServerCertificateTags""",
    f"{HERE}instance-profile/web": "GetInstanceProfile ListInstanceProfileTags",
    f"{HERE}saml-provider/web": "GetSAMLProvider ListSAMLProviderTags",
    f"{HERE}oidc-provider/web": "GetOpenIDConnectProvider ListOpenIDConnectProviderTags",
    "*": """
        CreateAccountAlias DeleteAccountAlias ListAccountAliases GetAccountSummary GetAccountAuthorizationDetails
        GetAccountPasswordPolicy UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy GenerateCredentialReport
        GetCredentialReport GetContextKeysForCustomPolicy SimulateCustomPolicy ListServerCertificates
        GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities
        ListSAMLProviders ListOpenIDConnectProviders""",
}
ASKED = {**OWN, **NOT_OWN, **AIMED_AT_OTHERS}
EXPECTED = {name: resource for resource, names in NAMED.items() for name in names.split()}


def said(iam, method: str, **params) -> str:
    with pytest.raises(ClientError) as caught:
        getattr(iam, method)(**params)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    return caught.value.response["Error"]["Message"]


def give(user: User, effect: str, action: str = "*", resource: str = "*") -> None:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    fields = {"policy_name": effect, "document": document}
    InlinePolicy.objects.update_or_create(user=user, name_folded=effect.lower(), defaults=fields)


def managed(user: User, effect: str, name: str) -> ManagedPolicy:
    statement = {"Effect": effect, "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return ManagedPolicy.objects.create(
        account=user.account, scope=Scope.LOCAL, policy_name=name, document=document,
        arn=f"{HERE}policy/team/{name}", path="/team/", policy_id=name.upper(), default_version_id="v1",
    )  # fmt: skip


def test_every_operation_of_iam_names_its_resource_as_aws_does(bob, charlie, caller):
    offered = {name for name in all_operations() if ":" not in name}
    assert offered - EXPECTED.keys() == {"GetAccessKeyLastUsed"}
    bob_by_key, wrong = caller(bob, channel="access-key"), {}
    for name, resource in EXPECTED.items():
        with pytest.raises(AccessDenied) as caught:
            execute(bob_by_key, name, **ASKED[name])
        sentence = (
            f"User: {bob.arn} is not authorized to perform: iam:{name} on resource: {resource} "
            f"because no identity-based policy allows the iam:{name} action"
        )
        if caught.value.message != sentence:
            wrong[name] = caught.value.message
    assert not wrong


def test_a_name_is_repeated_as_it_was_written(bobs_iam, bob, charlie):
    assert " on resource: user CHARLIE because" in said(bobs_iam, "get_user", UserName="CHARLIE")
    assert " on resource: user nobody because" in said(bobs_iam, "list_access_keys", UserName="nobody")
    assert " on resource: group Crew because" in said(bobs_iam, "get_group", GroupName="Crew")
    assert " on resource: user bob because" in said(bobs_iam, "get_user")
    assert f" on resource: {HERE}user/a/b/x because" in said(
        bobs_iam, "create_user", UserName="x", Path="/a/b/"
    )
    assert f" on resource: {HERE}group/staff/ because" in said(bobs_iam, "list_groups", PathPrefix="/staff/")
    assert " on resource: policy path /staff/ because" in said(
        bobs_iam, "list_policies", PathPrefix="/staff/"
    )


def test_the_owner_of_a_key_is_named_as_other_users_are(bobs_iam, alice, charlie, caller):
    key = execute(caller(alice), "CreateAccessKey", UserName="charlie")["AccessKey"]["AccessKeyId"]
    assert said(bobs_iam, "get_access_key_last_used", AccessKeyId=key).endswith(
        "is not authorized to perform: iam:GetAccessKeyLastUsed on resource: user charlie because "
        "no identity-based policy allows the iam:GetAccessKeyLastUsed action"
    )


def test_where_a_user_would_go_is_named_by_its_arn(bobs_iam, bob, charlie):
    give(bob, "Allow", "iam:UpdateUser", CHARLIE)
    assert f" on resource: {HERE}user/staff/charlie because" in said(
        bobs_iam, "update_user", UserName="charlie", NewPath="/staff/"
    )


def test_an_explicit_deny_tells_the_policy_that_has_an_arn(bobs_iam, bob, charlie):
    give(bob, "Allow")
    deny = managed(bob, "Deny", "never")
    PolicyAttachment.objects.create(user=bob, policy=deny)
    end = f"on resource: user charlie with an explicit deny in an identity-based policy: {deny.arn}"
    assert said(bobs_iam, "get_user", UserName="charlie").endswith(end)
    PolicyAttachment.objects.filter(user=bob).delete()
    give(bob, "Deny")
    assert said(bobs_iam, "list_users").endswith("with an explicit deny in an identity-based policy")


def test_a_boundary_is_named_too(bobs_iam, bob, charlie):
    give(bob, "Allow")
    User.objects.filter(pk=bob.pk).update(permissions_boundary=(deny := managed(bob, "Deny", "edge")))
    end = f"on resource: * with an explicit deny in a permissions boundary: {deny.arn}"
    assert said(bobs_iam, "get_account_summary").endswith(end)
    deny.document = json.dumps({"Version": "2012-10-17", "Statement": []})
    deny.document = deny.document.replace("[]", '[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]')
    deny.save()
    end = "on resource: * because no permissions boundary allows the iam:GetAccountSummary action"
    assert said(bobs_iam, "get_account_summary").endswith(end)


def test_an_unknown_access_key_is_denied_in_the_same_words_to_everybody(iam, bobs_iam, alice, bob):
    key = "AKIAABCDEFGHIJKLMNOP"
    for client, who in ((iam, alice), (bobs_iam, bob)):
        message = said(client, "get_access_key_last_used", AccessKeyId=key)
        words = f"is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {key}"
        assert message == f"User: {who.arn} {words}"
    assert Event.objects.filter(action="iam:GetAccessKeyLastUsed", outcome="denied").count() == 2


def test_pages_name_a_user_by_its_name_and_show_its_arn(client, bob, charlie, sign_in):
    sign_in(client, bob)
    page = client.get(f"/users/{charlie.user_id}/access-keys/create/")
    text = page.content.decode()
    assert page.status_code == 403
    assert "iam:CreateAccessKey on resource: user charlie because no identity-based policy" in text
    assert charlie.arn in text
    assert ADMINISTRATOR_ACCESS not in text
    assert "iam:ListPolicies on resource: policy path / because" in client.get("/policies/").content.decode()
