"""Closing the Intents that were left open: what did AWS do when it did not answer?"""

from collections.abc import Callable, Mapping
from typing import Any

from credentials.models import (
    AccessKey,
    LoginProfile,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
    VirtualMFADevice,
)
from credentials.models.server_certificates import ServerCertificate
from iamconsole.models import Intent
from iamconsole.sync.mirror_write import MirrorWrite
from users.models import (
    Account,
    Group,
    GroupMembership,
    InlinePolicy,
    ManagedPolicy,
    PolicyAttachment,
    PolicyVersion,
    User,
)

HAPPENED = "AWS had done it; the mirror now shows it."
KEY_LOST = (
    "AWS had made the access key {key}, but its secret never arrived. Nobody can use it: delete it and "
    "create another."
)
SEED_LOST = "AWS had made the device, but its secret never arrived. Delete it and create another."
SET_UNHEARD = "AWS had set the password. It is not known here: set it again to sign in here with it."
RESET_UNHEARD = "AWS does not tell which password it has. Set the password again to be sure."
NEVER_ARRIVED = "If AWS has made it, it is listed now, but its secret never arrived. Reset it to have one."
RESET_AGAIN = "AWS may have given it a new secret, which never arrived. Reset it again to be sure."
NOT_READ = "AWS does not let the console read these. Look there whether it happened."
DID_NOT = "AWS did not do it. Try again if it is still wanted."
CANNOT_TELL = "The mirror shows the account as AWS has it now."
Params = Mapping[str, Any]
Happened = Callable[[Account, Params], bool]


def settle(writing: MirrorWrite) -> list[str]:
    """Settle the Intents nobody waits for any more. Returns a sentence for each.

    An incomplete reading settles nothing: what it lacks may be there.
    """
    told: list[str] = []
    if not writing.snapshot.complete:
        return told
    for intent in writing.settling:
        sentence = outcome(writing, intent)
        if sentence is None:
            continue
        intent.close(Intent.State.SETTLED, sentence)
        told.append(f"{intent.operation} on {intent.resource}: {sentence}")
    return told


def outcome(writing: MirrorWrite, intent: Intent) -> str | None:
    """What the fresh mirror says of an open question; None while it cannot be told."""
    account = writing.account
    if NEEDS.get(intent.operation) in writing.snapshot.unknown:
        return None
    if any(intent.operation.endswith(what) and needs in writing.snapshot.unknown for what, needs in ASKED):
        return NOT_READ
    name = intent.params.get("UserName", "").lower()
    if name in writing.busy | writing.recent.users or writing.recent.has_group(
        intent.params.get("GroupName", "")
    ):
        return None  # not written now, so the mirror cannot tell
    if intent.operation == "CreateAccessKey":
        key = writing.lost.get(intent.id)
        return KEY_LOST.format(key=key) if key else DID_NOT
    if intent.operation in SAID:
        return SAID[intent.operation]
    test = TESTS.get(intent.operation)
    if test is None:
        return CANNOT_TELL
    return TOLD.get(intent.operation, HAPPENED) if test(account, intent.params) else DID_NOT


def user_exists(account: Account, params: Params) -> bool:
    return users(account, params).exists()


def users(account: Account, params: Params) -> Any:
    return User.objects.filter(account=account, kind=User.Kind.USER, name_folded=params["UserName"].lower())


def profile_exists(account: Account, params: Params) -> bool:
    return LoginProfile.objects.filter(user__in=users(account, params)).exists()


def key_exists(account: Account, params: Params) -> bool:
    return AccessKey.objects.filter(user__account=account, access_key_id=params["AccessKeyId"]).exists()


def key_has_status(account: Account, params: Params) -> bool:
    keys = AccessKey.objects.filter(user__account=account, access_key_id=params["AccessKeyId"])
    return keys.filter(status=params["Status"]).exists()


def service_credential(account: Account, params: Params) -> Any:
    rows = ServiceSpecificCredential.objects.filter(user__account=account)
    return rows.filter(credential_id=params["ServiceSpecificCredentialId"])


def service_credential_exists(account: Account, params: Params) -> bool:
    return service_credential(account, params).exists()


def service_credential_has_status(account: Account, params: Params) -> bool:
    return service_credential(account, params).filter(status=params["Status"]).exists()


def ssh_key(account: Account, params: Params) -> Any:
    rows = SSHPublicKey.objects.filter(user__account=account)
    return rows.filter(ssh_public_key_id=params["SSHPublicKeyId"])


def ssh_key_exists(account: Account, params: Params) -> bool:
    return ssh_key(account, params).exists()


def ssh_key_has_status(account: Account, params: Params) -> bool:
    return ssh_key(account, params).filter(status=params["Status"]).exists()


def certificate(account: Account, params: Params) -> Any:
    rows = SigningCertificate.objects.filter(user__account=account)
    return rows.filter(certificate_id=params["CertificateId"])


def certificate_exists(account: Account, params: Params) -> bool:
    return certificate(account, params).exists()


def certificate_has_status(account: Account, params: Params) -> bool:
    return certificate(account, params).filter(status=params["Status"]).exists()


def server_certificate_named(account: Account, params: Params) -> bool:
    """Under its new name, where the change was one of name."""
    name = params.get("NewServerCertificateName", params["ServerCertificateName"])
    rows = ServerCertificate.objects.filter(account=account, name_folded=name.lower())
    return rows.filter(path=params["NewPath"]).exists() if "NewPath" in params else rows.exists()


def device_named(account: Account, params: Params) -> bool:
    path, name = params.get("Path", "/"), params["VirtualMFADeviceName"]
    devices = VirtualMFADevice.objects.filter(account=account)
    return devices.filter(serial_number__endswith=f":mfa{path}{name}").exists()


def device_exists(account: Account, params: Params) -> bool:
    return VirtualMFADevice.objects.filter(account=account, serial_number=params["SerialNumber"]).exists()


def device_assigned(account: Account, params: Params) -> bool:
    devices = VirtualMFADevice.objects.filter(account=account, serial_number=params["SerialNumber"])
    return devices.filter(user__isnull=False).exists()


def attached(account: Account, params: Params) -> bool:
    rows = PolicyAttachment.objects.filter(user__in=users(account, params))
    return rows.filter(policy__arn=params["PolicyArn"]).exists()


def has_inline(account: Account, params: Params) -> bool:
    rows = InlinePolicy.objects.filter(user__in=users(account, params))
    return rows.filter(name_folded=params["PolicyName"].lower()).exists()


def is_member(account: Account, params: Params) -> bool:
    rows = GroupMembership.objects.filter(user__in=users(account, params))
    return rows.filter(group__name_folded=params["GroupName"].lower()).exists()


def renamed(account: Account, params: Params) -> bool:
    """The user stands at the new name and path."""
    found = users(account, {"UserName": params.get("NewUserName", params["UserName"])})
    return found.filter(path=params["NewPath"]).exists() if "NewPath" in params else found.exists()


def tagged(account: Account, params: Params) -> bool:
    found = users(account, params).first()
    return bool(found) and all(found.tags.get(tag["Key"]) == tag["Value"] for tag in params["Tags"])


def has_tags(account: Account, params: Params) -> bool:
    found = users(account, params).first()
    return bool(found) and any(key in found.tags for key in params["TagKeys"])


def bounded(account: Account, params: Params) -> bool:
    return users(account, params).filter(permissions_boundary__isnull=False).exists()


def bounded_by(account: Account, params: Params) -> bool:
    return users(account, params).filter(permissions_boundary__arn=params["PermissionsBoundary"]).exists()


def groups(account: Account, params: Params) -> Any:
    return Group.objects.filter(account=account, name_folded=params["GroupName"].lower())


def group_exists(account: Account, params: Params) -> bool:
    return groups(account, params).exists()


def group_renamed(account: Account, params: Params) -> bool:
    found = groups(account, {"GroupName": params.get("NewGroupName", params["GroupName"])})
    return found.filter(path=params["NewPath"]).exists() if "NewPath" in params else found.exists()


def group_attached(account: Account, params: Params) -> bool:
    rows = PolicyAttachment.objects.filter(group__in=groups(account, params))
    return rows.filter(policy__arn=params["PolicyArn"]).exists()


def policy_named(account: Account, params: Params) -> bool:
    return ManagedPolicy.objects.customer(account).filter(policy_name__iexact=params["PolicyName"]).exists()


def policies(account: Account, params: Params) -> Any:
    return ManagedPolicy.objects.customer(account).filter(arn=params["PolicyArn"])


def policy_exists(account: Account, params: Params) -> bool:
    return policies(account, params).exists()


def version_exists(account: Account, params: Params) -> bool:
    number = int(params["VersionId"].removeprefix("v"))
    return PolicyVersion.objects.filter(policy__in=policies(account, params), number=number).exists()


def version_is_default(account: Account, params: Params) -> bool:
    return policies(account, params).filter(default_version_id=params["VersionId"]).exists()


def group_has_inline(account: Account, params: Params) -> bool:
    rows = InlinePolicy.objects.filter(group__in=groups(account, params))
    return rows.filter(name_folded=params["PolicyName"].lower()).exists()


def has_alias(account: Account, params: Params) -> bool:
    return account.alias == params["AccountAlias"]


def no(test: Happened) -> Happened:
    """The opposite: what was to be removed is gone."""
    return lambda account, params: not test(account, params)


TESTS: dict[str, Happened] = {
    "CreateUser": user_exists,
    "DeleteUser": no(user_exists),
    "CreateLoginProfile": profile_exists,
    "DeleteLoginProfile": no(profile_exists),
    "UpdateAccessKey": key_has_status,
    "DeleteAccessKey": no(key_exists),
    "UpdateServiceSpecificCredential": service_credential_has_status,
    "DeleteServiceSpecificCredential": no(service_credential_exists),
    "UpdateSSHPublicKey": ssh_key_has_status,
    "DeleteSSHPublicKey": no(ssh_key_exists),
    "UpdateSigningCertificate": certificate_has_status,
    "DeleteSigningCertificate": no(certificate_exists),
    "UploadServerCertificate": server_certificate_named,
    "UpdateServerCertificate": server_certificate_named,
    "DeleteServerCertificate": no(server_certificate_named),
    "CreateVirtualMFADevice": device_named,
    "DeleteVirtualMFADevice": no(device_exists),
    "EnableMFADevice": device_assigned,
    "DeactivateMFADevice": no(device_assigned),
    "AttachUserPolicy": attached,
    "DetachUserPolicy": no(attached),
    "DeleteUserPolicy": no(has_inline),
    "UpdateUser": renamed,
    "TagUser": tagged,
    "UntagUser": no(has_tags),
    "PutUserPermissionsBoundary": bounded_by,
    "DeleteUserPermissionsBoundary": no(bounded),
    "PutUserPolicy": has_inline,
    "CreateGroup": group_exists,
    "UpdateGroup": group_renamed,
    "DeleteGroup": no(group_exists),
    "AddUserToGroup": is_member,
    "RemoveUserFromGroup": no(is_member),
    "AttachGroupPolicy": group_attached,
    "DetachGroupPolicy": no(group_attached),
    "PutGroupPolicy": group_has_inline,
    "DeleteGroupPolicy": no(group_has_inline),
    "CreatePolicy": policy_named,
    "DeletePolicy": no(policy_exists),
    "DeletePolicyVersion": no(version_exists),
    "SetDefaultPolicyVersion": version_is_default,
    "CreateAccountAlias": has_alias,
    "DeleteAccountAlias": no(has_alias),
}
# What there is to say besides that it happened.
TOLD = {"CreateVirtualMFADevice": SEED_LOST, "CreateLoginProfile": SET_UNHEARD}
# What a mirror cannot tell, however fresh.
SAID = {
    "UpdateLoginProfile": RESET_UNHEARD,
    "ChangePassword": RESET_UNHEARD,
    "CreateServiceSpecificCredential": NEVER_ARRIVED,
    "ResetServiceSpecificCredential": RESET_AGAIN,
}
# What is read user by user, and may be denied for good: a question about it must not stay open for ever.
ASKED = (("SSHPublicKey", "ListSSHPublicKeys"), ("SigningCertificate", "ListSigningCertificates"))
# Operations whose outcome only this read can tell, where it may be denied.
NEEDS = {
    "UpdateServiceSpecificCredential": "ListServiceSpecificCredentials",
    "DeleteServiceSpecificCredential": "ListServiceSpecificCredentials",
    "CreateServiceSpecificCredential": "ListServiceSpecificCredentials",
    "UploadServerCertificate": "ListServerCertificates",
    "UpdateServerCertificate": "ListServerCertificates",
    "DeleteServerCertificate": "ListServerCertificates",
    "CreateVirtualMFADevice": "ListVirtualMFADevices",
    "DeleteVirtualMFADevice": "ListVirtualMFADevices",
    "UpdateAccountPasswordPolicy": "GetAccountPasswordPolicy",
    "DeleteAccountPasswordPolicy": "GetAccountPasswordPolicy",
}
