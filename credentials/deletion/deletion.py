"""Deleting a user with everything that goes with it, in IAM's documented order (IAM-FACTS 2.5)."""

from dataclasses import dataclass, field
from datetime import datetime

from credentials import devices
from credentials.models import (
    AccessKey,
    LoginProfile,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
)
from credentials.models.devices import MFADevice
from credentials.service_credentials.services import service_or_unknown
from iamconsole.operations import Step
from users.models import Group, InlinePolicy, PolicyAttachment, User


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that goes: what it is called, a grey word, when it was last used, and its steps."""

    name: str
    note: str = ""
    last_used: datetime | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of thing, with all of its items; without any it is shown grey."""

    what: str
    items: list[Item] = field(default_factory=list)


def stages(user: User) -> list[Stage]:
    """Everything that must go before the user, and the user, in order."""
    return [
        Stage("Console password", _password(user)),
        Stage("Access keys", [_key(user, key) for key in AccessKey.objects.filter(user=user)]),
        Stage(
            "Signing certificates",
            [_certificate(user, c) for c in SigningCertificate.objects.filter(user=user)],
        ),
        Stage("SSH public keys", [_ssh_key(user, key) for key in SSHPublicKey.objects.filter(user=user)]),
        Stage("Credentials for AWS services", [_service(user, row) for row in _service_rows(user)]),
        Stage("MFA devices", [_device(user, d) for d in devices.of_user(user)]),
        Stage("Inline policies", [_inline(user, p) for p in InlinePolicy.objects.filter(user=user)]),
        Stage("Attached policies", [_attached(user, row) for row in _attachments(user)]),
        Stage("Group memberships", [_membership(user, g) for g in Group.objects.filter(users=user)]),
        Stage(user_and_tags(user), [Item(user.arn, steps=(_step(user, "DeleteUser"),))]),
    ]


def steps(stages: list[Stage]) -> list[Step]:
    """The operations of all stages, in order."""
    return [step for stage in stages for item in stage.items for step in item.steps]


def user_and_tags(user: User) -> str:
    count = len(user.tags)
    return f"The user and its {count} tag{'s' if count > 1 else ''}" if count else "The user"


def _step(user: User, operation: str, **params: str) -> Step:
    return Step(operation, {"UserName": user.user_name, **params})


def _password(user: User) -> list[Item]:
    profile = LoginProfile.objects.filter(user=user).first()
    if profile is None:
        return []
    step = _step(user, "DeleteLoginProfile")
    return [Item("Login profile", "open sessions end", user.password_last_used, (step,))]


def _key(user: User, key: AccessKey) -> Item:
    """The console deletes only inactive keys, so an active one is deactivated first."""
    steps = [_step(user, "DeleteAccessKey", AccessKeyId=key.label)]
    if key.active:
        steps.insert(0, _step(user, "UpdateAccessKey", AccessKeyId=key.label, Status="Inactive"))
    return Item(key.label, key.status, key.last_used_date, tuple(steps))


def _certificate(user: User, certificate: SigningCertificate) -> Item:
    number = {"CertificateId": certificate.label}
    steps = [_step(user, "DeleteSigningCertificate", **number)]
    if certificate.active:
        steps.insert(0, _step(user, "UpdateSigningCertificate", **number, Status="Inactive"))
    return Item(certificate.label, certificate.status, steps=tuple(steps))


def _ssh_key(user: User, key: SSHPublicKey) -> Item:
    number = {"SSHPublicKeyId": key.ssh_public_key_id}
    steps = [_step(user, "DeleteSSHPublicKey", **number)]
    if key.active:
        steps.insert(0, _step(user, "UpdateSSHPublicKey", **number, Status="Inactive"))
    return Item(key.ssh_public_key_id, key.status, steps=tuple(steps))


def _service_rows(user: User) -> list[ServiceSpecificCredential]:
    return list(ServiceSpecificCredential.objects.filter(user=user))


def _service(user: User, row: ServiceSpecificCredential) -> Item:
    """As with access keys, an active one is deactivated first."""
    named = {"ServiceSpecificCredentialId": row.credential_id}
    steps = [_step(user, "DeleteServiceSpecificCredential", **named)]
    if row.active:
        steps.insert(0, _step(user, "UpdateServiceSpecificCredential", **named, Status="Inactive"))
    return Item(row.name, f"for {service_or_unknown(row.service_name).short}", steps=tuple(steps))


def _device(user: User, device: MFADevice) -> Item:
    """A virtual device goes with its user; IAM would leave it behind, unassigned."""
    steps = [_step(user, "DeactivateMFADevice", SerialNumber=device.serial_number)]
    if device.deleted_by:
        steps.append(Step(device.deleted_by, {"SerialNumber": device.serial_number}))
    return Item(device.serial_number, device.words, device.last_used_at, tuple(steps))


def _inline(user: User, policy: InlinePolicy) -> Item:
    return Item(policy.policy_name, steps=(_step(user, "DeleteUserPolicy", PolicyName=policy.policy_name),))


def _attachments(user: User) -> list[PolicyAttachment]:
    return list(PolicyAttachment.objects.filter(user=user).select_related("policy"))


def _attached(user: User, row: PolicyAttachment) -> Item:
    step = _step(user, "DetachUserPolicy", PolicyArn=row.policy.arn)
    return Item(row.policy.policy_name, "the policy stays", steps=(step,))


def _membership(user: User, group: Group) -> Item:
    step = _step(user, "RemoveUserFromGroup", GroupName=group.group_name)
    return Item(group.group_name, "the group stays", steps=(step,))
