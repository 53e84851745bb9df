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

NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit of the account, or of the one user, group or policy that has most."""

    name: str
    used: int
    limit: int
    url: str = ""
    account_wide: bool = False
    unread: NotKnown | None = None

    @property
    def tone(self) -> str:
        """Only a limit that stops the whole account asks for attention."""
        if not self.account_wide or self.used < self.limit * NEARLY:
            return "normal"
        return "error" if self.used >= self.limit else "warning"


def quotas(account: Account) -> list[Quota]:
    """Limits of the account, then of users, groups and policies, in a fixed number of queries."""
    if account.kind == Account.Kind.IMPORTED:  # a report includes users and their keys only
        return [_users(account), _keys(account)]
    return [_users(account), *_of_account(account), _keys(account), *_of_one(account)]


def _users(account: Account) -> Quota:
    users = User.objects.people(account)
    url, unread = reverse("users:list"), account.not_known["users"]
    return Quota("Users", users.count(), USERS_PER_ACCOUNT, url, account_wide=True, unread=unread)


def _keys(account: Account) -> Quota:
    keys = AccessKey.objects.of_people(account)
    unread = account.not_known["access_keys"]
    return Quota("Access keys per user", most(keys, "user"), KEYS_PER_USER, unread=unread)


def _of_account(account: Account) -> Iterator[Quota]:
    groups = Group.objects.filter(account=account).count()
    policies = ManagedPolicy.objects.customer(account).count()
    virtual = VirtualMFADevice.objects.filter(account=account).count()
    unread, url = account.not_known, reverse("users:groups")
    yield Quota("User groups", groups, GROUPS_PER_ACCOUNT, url, True, unread["groups"])
    yield Quota("Customer managed policies", policies, POLICIES_PER_ACCOUNT, "", True, unread["policies"])
    yield Quota("Virtual MFA devices", virtual, DEVICES_PER_ACCOUNT, "", True, unread["spare_mfa_devices"])
    yield _certificates(account)


def _certificates(account: Account) -> Quota:
    used = ServerCertificate.objects.filter(account=account).count()
    url = reverse("credentials:server-certificates")
    unread = account.not_known["server_certificates"]
    return Quota("Server certificates", used, CERTIFICATES_PER_ACCOUNT, url, True, unread)


def _of_one(account: Account) -> Iterator[Quota]:
    most_devices = User.objects.filter(account=account).aggregate(most=Max("mfa_count"))["most"] or 0
    services = ServiceSpecificCredential.objects.filter(user__account=account)
    memberships = GroupMembership.objects.filter(user__account=account)
    of_users = PolicyAttachment.objects.filter(user__account=account)
    of_groups = PolicyAttachment.objects.filter(group__account=account)
    versions = PolicyVersion.objects.filter(policy__account=account)
    certificates = SigningCertificate.objects.filter(user__account=account)
    ssh_keys = SSHPublicKey.objects.filter(user__account=account)
    unread = account.not_known
    yield Quota(
        "Signing certificates per user",
        most(certificates, "user"),
        CERTIFICATES_PER_USER,
        unread=unread["signing_certificates"],
    )
    yield Quota(
        "SSH public keys per user",
        most(ssh_keys, "user"),
        SSH_KEYS_PER_USER,
        unread=unread["ssh_public_keys"],
    )
    yield Quota("MFA devices per user", most_devices, devices.PER_USER, unread=unread["mfa_devices"])
    for_service = most(services, "user", "service_name")
    yield Quota(
        "Credentials per user and service",
        for_service,
        CREDENTIALS_PER_SERVICE,
        unread=unread["service_credentials"],
    )
    yield Quota("Groups per user", most(memberships, "user"), GROUPS_PER_USER, unread=unread["groups"])
    yield Quota(
        "Managed policies per user",
        most(of_users, "user"),
        MANAGED_POLICIES_PER_USER,
        unread=unread["policies"],
    )
    yield Quota(
        "Managed policies per group",
        most(of_groups, "group"),
        MANAGED_POLICIES_PER_GROUP,
        unread=unread["policies"],
    )
    yield Quota(
        "Versions per policy", most(versions, "policy"), VERSIONS_PER_POLICY, unread=unread["policies"]
    )


def most(rows: QuerySet[Any], *of: str) -> int:
    """How many of the rows belong to the one that has most of them."""
    counted = rows.order_by().values(*of).annotate(number=Count("pk"))
    return counted.aggregate(most=Max("number"))["most"] or 0
