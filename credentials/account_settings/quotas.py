"""How much of IAM's quotas an account uses (IAM-FACTS 9.1), for what this console keeps.

What is limited per user, group or policy is shown by the one that has most.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet

from credentials import devices
from credentials.mfa.operations.mfa import DEVICES_PER_ACCOUNT
from credentials.models import (
    AccessKey,
    ServerCertificate,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
    VirtualMFADevice,
)
from credentials.models.access_keys import KEYS_PER_USER
from credentials.models.server_certificates import CERTIFICATES_PER_ACCOUNT
from credentials.models.service_specific_credentials import CREDENTIALS_PER_SERVICE
from credentials.models.signing_certificates import CERTIFICATES_PER_USER
from credentials.models.ssh_public_keys import SSH_KEYS_PER_USER
from iamconsole.addresses import reverse
from iamconsole.not_known import NotKnown
from users.groups.operations.groups import GROUPS_PER_ACCOUNT
from users.groups.operations.memberships import GROUPS_PER_USER
from users.models import Account, Group, GroupMembership, ManagedPolicy, PolicyAttachment, PolicyVersion, User
from users.people.operations.users import USERS_PER_ACCOUNT
from users.policies.operations.attachments import MANAGED_POLICIES_PER_GROUP, MANAGED_POLICIES_PER_USER
from users.policies.operations.policies import POLICIES_PER_ACCOUNT
from users.policies.operations.policy_versions import VERSIONS_PER_POLICY
from users.quotas import Allowance

NEARLY = 0.8
# What this console does not keep: its name in GetAccountSummary, and here.
AT_AWS = {
    "PolicyVersionsInUse": "Managed policies in use",
    "Roles": "Roles",
    "InstanceProfiles": "Instance profiles",
}


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit of the account, or of the one user, group or policy that has most. ``limit`` is None where
    AWS has not told it.
    """

    name: str
    used: int
    limit: int | None
    url: str = ""
    account_wide: bool = False
    unread: NotKnown | None = None

    @property
    def tone(self) -> str:
        """Only a limit that stops the whole account asks for attention."""
        if self.limit is None or not self.account_wide or self.used < self.limit * NEARLY:
            return "normal"
        return "error" if self.used >= self.limit else "warning"


def quotas(account: Account, allowance: Allowance) -> list[Quota]:
    """Limits of the account, then of users, groups and policies, in a fixed number of queries."""
    if account.kind == Account.Kind.IMPORTED:  # a report includes users and their keys only
        return [_users(account, allowance), _keys(account, allowance)]
    return [
        _users(account, allowance),
        *_of_account(account, allowance),
        *_at_aws(allowance),
        _keys(account, allowance),
        *_of_one(account, allowance),
    ]


def _users(account: Account, allowance: Allowance) -> Quota:
    users = User.objects.people(account)
    limit = allowance.number(USERS_PER_ACCOUNT, "UsersQuota")
    url, unread = reverse("users:list"), account.not_known["users"]
    return Quota("Users", users.count(), limit, url, account_wide=True, unread=unread)


def _keys(account: Account, allowance: Allowance) -> Quota:
    keys = AccessKey.objects.of_people(account)
    limit = allowance.number(KEYS_PER_USER, "AccessKeysPerUserQuota")
    return Quota("Access keys per user", most(keys, "user"), limit, unread=account.not_known["access_keys"])


def _of_account(account: Account, allowance: Allowance) -> Iterator[Quota]:
    number = allowance.number
    groups = Group.objects.filter(account=account).count()
    policies = ManagedPolicy.objects.customer(account).count()
    virtual = VirtualMFADevice.objects.filter(account=account).count()
    certificates = ServerCertificate.objects.filter(account=account).count()
    for fact, name, used, limit, url in (
        ("groups", "User groups", groups, number(GROUPS_PER_ACCOUNT, "GroupsQuota"), "users:groups"),
        (
            "policies",
            "Customer managed policies",
            policies,
            number(POLICIES_PER_ACCOUNT, "PoliciesQuota"),
            "",
        ),
        # AWS tells no quota of its own for them: there can be as many as users.
        (
            "spare_mfa_devices",
            "Virtual MFA devices",
            virtual,
            number(DEVICES_PER_ACCOUNT, "UsersQuota"),
            "",
        ),
        (
            "server_certificates",
            "Server certificates",
            certificates,
            number(CERTIFICATES_PER_ACCOUNT, "ServerCertificatesQuota"),
            "credentials:server-certificates",
        ),
    ):
        yield Quota(name, used, limit, reverse(url) if url else "", True, account.not_known[fact])


def _at_aws(allowance: Allowance) -> Iterator[Quota]:
    """What only AWS counts, as it told it (IAM-FACTS 2.15.1)."""
    for name, quota in AT_AWS.items():
        used = allowance.said(name)
        if used is not None:
            yield Quota(quota, used, allowance.said(f"{name}Quota"), account_wide=True)


def _of_one(account: Account, allowance: Allowance) -> Iterator[Quota]:
    """Limits of one user, group or policy. AWS tells nothing of four: those are the same everywhere."""
    number = allowance.number
    most_devices = User.objects.filter(account=account).aggregate(most=Max("mfa_count"))["most"] or 0
    services = ServiceSpecificCredential.objects.filter(user__account=account)
    memberships = GroupMembership.objects.filter(user__account=account)
    of_users = PolicyAttachment.objects.filter(user__account=account)
    of_groups = PolicyAttachment.objects.filter(group__account=account)
    versions = PolicyVersion.objects.filter(policy__account=account)
    certificates = SigningCertificate.objects.filter(user__account=account)
    ssh_keys = SSHPublicKey.objects.filter(user__account=account)
    signing = number(CERTIFICATES_PER_USER, "SigningCertificatesPerUserQuota")
    for fact, name, used, limit in (
        ("signing_certificates", "Signing certificates per user", most(certificates, "user"), signing),
        ("ssh_public_keys", "SSH public keys per user", most(ssh_keys, "user"), SSH_KEYS_PER_USER),
        ("mfa_devices", "MFA devices per user", most_devices, devices.PER_USER),
        (
            "service_credentials",
            "Credentials per user and service",
            most(services, "user", "service_name"),
            CREDENTIALS_PER_SERVICE,
        ),
        (
            "groups",
            "Groups per user",
            most(memberships, "user"),
            number(GROUPS_PER_USER, "GroupsPerUserQuota"),
        ),
        (
            "policies",
            "Managed policies per user",
            most(of_users, "user"),
            number(MANAGED_POLICIES_PER_USER, "AttachedPoliciesPerUserQuota"),
        ),
        (
            "policies",
            "Managed policies per group",
            most(of_groups, "group"),
            number(MANAGED_POLICIES_PER_GROUP, "AttachedPoliciesPerGroupQuota"),
        ),
        (
            "policies",
            "Versions per policy",
            most(versions, "policy"),
            number(VERSIONS_PER_POLICY, "VersionsPerPolicyQuota"),
        ),
    ):
        yield Quota(name, used, limit, unread=account.not_known[fact])


def most(rows: QuerySet[Any], *of: str) -> int:
    """How many of the rows belong to the one that has most of them."""
    counted = rows.order_by().values(*of).annotate(number=Count("pk"))
    return counted.aggregate(most=Max("number"))["most"] or 0
