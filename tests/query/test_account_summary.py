"""GetAccountSummary by a genuine client."""

import pytest
from botocore.exceptions import ClientError

from credentials.models import SigningCertificate
from iamconsole.operations import execute
from tests.credentials.authenticator import enrol
from users.callers.build import Origin, caller_for_user

pytestmark = pytest.mark.django_db
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
# Every key of IAM-FACTS 9.3 whose value does not depend on the account.
FIXED = """
    UsersQuota 5000 GroupsQuota 300 PoliciesQuota 1500 PolicyVersionsInUseQuota 10000 ServerCertificatesQuota 20
    Roles 0 RolesQuota 1000 InstanceProfiles 0 InstanceProfilesQuota 1000 Providers 0 GlobalEndpointTokenVersion 1
    AccessKeysPerUserQuota 2 SigningCertificatesPerUserQuota 2 GroupsPerUserQuota 10
    AttachedPoliciesPerUserQuota 10 AttachedPoliciesPerGroupQuota 10 AttachedPoliciesPerRoleQuota 10
    UserPolicySizeQuota 2048 GroupPolicySizeQuota 5120 RolePolicySizeQuota 10240 AssumeRolePolicySizeQuota 2048
    PolicySizeQuota 6144 VersionsPerPolicyQuota 5
""".split()


def test_every_key_is_there_and_counts(iam, alice, bob, home):
    iam.create_group(GroupName="crew")
    own = iam.create_policy(PolicyName="own", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.create_policy(PolicyName="unused", PolicyDocument=DOCUMENT)
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=own)
    iam.attach_group_policy(GroupName="crew", PolicyArn=own)
    iam.create_virtual_mfa_device(VirtualMFADeviceName="unassigned")
    enrol(alice)
    summary = iam.get_account_summary()["SummaryMap"]
    counted = {
        "Users": 2,
        "Groups": 1,
        "Policies": 2,
        "PolicyVersionsInUse": 2,  # AdministratorAccess of Alice, and the own one, however often it is used
        "ServerCertificates": 0,
        "MFADevices": 2,
        "MFADevicesInUse": 1,
        "AccountMFAEnabled": 0,
        "AccountAccessKeysPresent": 0,
        "AccountPasswordPresent": 1,
        "AccountSigningCertificatesPresent": 0,
    }
    fixed = {key: int(value) for key, value in zip(FIXED[::2], FIXED[1::2], strict=True)}
    assert summary == {**counted, **fixed}


def test_what_root_has(iam, home):
    root = home.users.get(kind="root")
    enrol(root, "safe")
    execute(caller_for_user(root, Origin(channel="command")), "CreateAccessKey")
    SigningCertificate.objects.create(user=root, slot=1)
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["AccountMFAEnabled"] == 1
    assert summary["AccountAccessKeysPresent"] == 1
    assert summary["AccountSigningCertificatesPresent"] == 1


def test_who_has_no_policy_learns_nothing(bobs_iam):
    with pytest.raises(ClientError, match="iam:GetAccountSummary"):
        bobs_iam.get_account_summary()
