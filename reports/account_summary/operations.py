"""GetAccountSummary: how much there is in an account, and IAM's limits (IAM-FACTS 9.1, 9.3)."""

from credentials.models import ServerCertificate, SigningCertificate, VirtualMFADevice
from credentials.models.access_keys import KEYS_PER_USER
from credentials.models.server_certificates import CERTIFICATES_PER_ACCOUNT
from iamconsole.operations import Call, Facts, Operation, operation
from users.groups.operations.groups import GROUPS_PER_ACCOUNT
from users.groups.operations.memberships import GROUPS_PER_USER
from users.lookups import find_account
from users.models import Account, Group, ManagedPolicy, User
from users.people.operations.users import USERS_PER_ACCOUNT
from users.policies.operations.attachments import MANAGED_POLICIES_PER_GROUP, MANAGED_POLICIES_PER_USER
from users.policies.operations.group_inline_policies import INLINE_SIZE_PER_GROUP
from users.policies.operations.inline_policies import INLINE_SIZE_PER_USER
from users.policies.operations.policies import POLICIES_PER_ACCOUNT, POLICY_SIZE, USED_AS, usable
from users.policies.operations.policy_versions import VERSIONS_PER_POLICY
from users.quotas import Allowance
from users.roles.virtual import roles_of

LIMITS = {
    "UsersQuota": USERS_PER_ACCOUNT,
    "GroupsQuota": GROUPS_PER_ACCOUNT,
    "PoliciesQuota": POLICIES_PER_ACCOUNT,
    "PolicyVersionsInUseQuota": 10_000,
    "ServerCertificatesQuota": CERTIFICATES_PER_ACCOUNT,
    "AccessKeysPerUserQuota": KEYS_PER_USER,
    "SigningCertificatesPerUserQuota": 2,
    "GroupsPerUserQuota": GROUPS_PER_USER,
    "AttachedPoliciesPerUserQuota": MANAGED_POLICIES_PER_USER,
    "AttachedPoliciesPerGroupQuota": MANAGED_POLICIES_PER_GROUP,
    "UserPolicySizeQuota": INLINE_SIZE_PER_USER,
    "GroupPolicySizeQuota": INLINE_SIZE_PER_GROUP,
    "PolicySizeQuota": POLICY_SIZE,
    "VersionsPerPolicyQuota": VERSIONS_PER_POLICY,
    "GlobalEndpointTokenVersion": 1,
}
# Roles use policies too: only AWS knows all of a linked account.
COUNTED_BY_AWS = ("PolicyVersionsInUse",)
# A local account has the console's own roles; instance profiles and identity providers are at AWS alone.
NOT_KEPT = {
    "RolesQuota": 1000,
    "InstanceProfiles": 0,
    "InstanceProfilesQuota": 1000,
    "Providers": 0,
    "AttachedPoliciesPerRoleQuota": 10,
    "RolePolicySizeQuota": 10_240,
    "AssumeRolePolicySizeQuota": 2048,
}
# Number -> the fact that must have been read for it.
FACTS = {
    "Users": "users",
    "Groups": "groups",
    "Policies": "policies",
    "PolicyVersionsInUse": "policies",
    "ServerCertificates": "server_certificates",
    "MFADevices": "spare_mfa_devices",
    "MFADevicesInUse": "mfa_devices",
    "AccountMFAEnabled": "root",
    "AccountAccessKeysPresent": "root",
    "AccountPasswordPresent": "root",
    "AccountSigningCertificatesPresent": "root",
}


@operation("GetAccountSummary")
class GetAccountSummary(Operation):
    """On a linked account AWS's numbers of the last sync, with what was made here since. What was not read,
    and quotas that AWS has not told, are absent.
    """

    reads = True

    def read(self, call: Call) -> Facts:
        account = find_account(call.account_id)
        ours, root = read_of(account, counts(account)), read_of(account, of_root(account))
        allowance = Allowance.of(account)
        if allowance.counted_here:
            roles = {"Roles": len(roles_of(account))}
            return {"SummaryMap": {**ours, **root, **LIMITS, **NOT_KEPT, **roles}}
        counted = {name: number for name, number in ours.items() if name not in COUNTED_BY_AWS}
        return {"SummaryMap": {**root, **allowance.summary, **counted}}


def read_of(account: Account, numbers: dict[str, int]) -> dict[str, int]:
    """Those of the numbers whose facts were read."""
    return {name: number for name, number in numbers.items() if account.not_known[FACTS[name]] is None}


def counts(account: Account) -> dict[str, int]:
    """What there is of everything that is kept here."""
    devices = VirtualMFADevice.objects.filter(account=account)
    in_use = usable(account.account_id).filter(USED_AS[""])
    return {
        "Users": User.objects.people(account).count(),
        "Groups": Group.objects.filter(account=account).count(),
        "Policies": ManagedPolicy.objects.customer(account).count(),
        # One version of each policy that is attached or bounds somebody, AWS's own among them.
        "PolicyVersionsInUse": in_use.count(),
        "ServerCertificates": ServerCertificate.objects.filter(account=account).count(),
        "MFADevices": devices.count(),
        "MFADevicesInUse": devices.filter(user__isnull=False).count(),
    }


def of_root(account: Account) -> dict[str, int]:
    """What root has, each 0 or 1. An account that was imported may know nothing of its root."""
    roots = User.objects.roots(account)
    root, certificates = roots.first(), SigningCertificate.objects.filter(user__in=roots)
    return {
        "AccountMFAEnabled": int(bool(root and root.mfa_count)),
        "AccountAccessKeysPresent": int(bool(root and root.access_key_count)),
        "AccountPasswordPresent": int(bool(root and root.password_enabled)),
        "AccountSigningCertificatesPresent": int(certificates.exists()),
    }
