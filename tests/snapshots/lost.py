"""Writes at AWS whose answer is lost: each on things of its own, so that a reading tells them apart."""

from collections.abc import Callable
from typing import Any

from tests.snapshots.material import certificate, private_text, ssh_key
from tests.snapshots.world import ALLOW, GIT, MORE

CODES = {"AuthenticationCode1": "111111", "AuthenticationCode2": "222222"}
PASSWORD = "correct-Horse-7-battery"
TAGS = [{"Key": "team", "Value": "blue"}]
Prepare = Callable[[Any, str, int], dict[str, Any]]


def nothing(aws: Any, name: str, number: int) -> dict[str, Any]:
    return {"UserName": name}


def user(aws: Any, name: str, number: int) -> dict[str, Any]:
    aws.create_user(UserName=name)
    return {"UserName": name}


def tagged(aws: Any, name: str, number: int) -> dict[str, Any]:
    aws.create_user(UserName=name, Tags=TAGS)
    return {"UserName": name, "TagKeys": ["team"]}


def with_password(aws: Any, name: str, number: int) -> dict[str, Any]:
    of = user(aws, name, number)
    aws.create_login_profile(Password=PASSWORD, **of)
    return of


def with_key(aws: Any, name: str, number: int) -> dict[str, Any]:
    of = user(aws, name, number)
    return {**of, "AccessKeyId": aws.create_access_key(**of)["AccessKey"]["AccessKeyId"]}


def inactive_key(aws: Any, name: str, number: int) -> dict[str, Any]:
    """The console deletes what is inactive."""
    params = with_key(aws, name, number)
    aws.update_access_key(Status="Inactive", **params)
    return params


def with_ssh_key(aws: Any, name: str, number: int) -> dict[str, Any]:
    of = user(aws, name, number)
    made = aws.upload_ssh_public_key(SSHPublicKeyBody=ssh_key(number), **of)["SSHPublicKey"]
    return {**of, "SSHPublicKeyId": made["SSHPublicKeyId"]}


def inactive_ssh_key(aws: Any, name: str, number: int) -> dict[str, Any]:
    params = with_ssh_key(aws, name, number)
    aws.update_ssh_public_key(Status="Inactive", **params)
    return params


def with_certificate(aws: Any, name: str, number: int) -> dict[str, Any]:
    of = user(aws, name, number)
    made = aws.upload_signing_certificate(CertificateBody=certificate(number), **of)["Certificate"]
    return {**of, "CertificateId": made["CertificateId"]}


def inactive_certificate(aws: Any, name: str, number: int) -> dict[str, Any]:
    params = with_certificate(aws, name, number)
    aws.update_signing_certificate(Status="Inactive", **params)
    return params


def with_service_credential(aws: Any, name: str, number: int) -> dict[str, Any]:
    of = user(aws, name, number)
    made = aws.create_service_specific_credential(ServiceName=GIT, **of)["ServiceSpecificCredential"]
    return {**of, "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}


def inactive_service_credential(aws: Any, name: str, number: int) -> dict[str, Any]:
    params = with_service_credential(aws, name, number)
    aws.update_service_specific_credential(Status="Inactive", **params)
    return params


def server_certificate(aws: Any, name: str, number: int) -> dict[str, Any]:
    of = {"ServerCertificateName": name}
    aws.upload_server_certificate(CertificateBody=certificate(number), PrivateKey=private_text(number), **of)
    return of


def new_server_certificate(aws: Any, name: str, number: int) -> dict[str, Any]:
    body = {"CertificateBody": certificate(number), "PrivateKey": private_text(number)}
    return {"ServerCertificateName": name, **body}


def device(aws: Any, name: str, number: int) -> dict[str, Any]:
    made = aws.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    return {"SerialNumber": made["SerialNumber"]}


def device_for_user(aws: Any, name: str, number: int) -> dict[str, Any]:
    return {**user(aws, name, number), **device(aws, name, number), **CODES}


def assigned(aws: Any, name: str, number: int) -> dict[str, Any]:
    params = device_for_user(aws, name, number)
    aws.enable_mfa_device(**params)
    return {key: params[key] for key in ("UserName", "SerialNumber")}


def policy(aws: Any, name: str, number: int) -> dict[str, Any]:
    return {"PolicyArn": aws.create_policy(PolicyName=name, PolicyDocument=ALLOW)["Policy"]["Arn"]}


def two_versions(aws: Any, name: str, number: int) -> dict[str, Any]:
    of = policy(aws, name, number)
    aws.create_policy_version(PolicyDocument=MORE, SetAsDefault=False, **of)
    return {**of, "VersionId": "v2"}


def policy_and_user(aws: Any, name: str, number: int) -> dict[str, Any]:
    return {**user(aws, name, number), **policy(aws, name, number)}


def attached(aws: Any, name: str, number: int) -> dict[str, Any]:
    params = policy_and_user(aws, name, number)
    aws.attach_user_policy(**params)
    return params


def inline(aws: Any, name: str, number: int) -> dict[str, Any]:
    of = {**user(aws, name, number), "PolicyName": "own"}
    aws.put_user_policy(PolicyDocument=ALLOW, **of)
    return of


def bounded(aws: Any, name: str, number: int) -> dict[str, Any]:
    arn = policy(aws, name, number)["PolicyArn"]
    aws.create_user(UserName=name, PermissionsBoundary=arn)
    return {"UserName": name}


def group(aws: Any, name: str, number: int) -> dict[str, Any]:
    aws.create_group(GroupName=name)
    return {"GroupName": name}


def group_and_user(aws: Any, name: str, number: int) -> dict[str, Any]:
    return {**user(aws, name, number), **group(aws, name, number)}


def member(aws: Any, name: str, number: int) -> dict[str, Any]:
    params = group_and_user(aws, name, number)
    aws.add_user_to_group(**params)
    return params


def group_attached(aws: Any, name: str, number: int) -> dict[str, Any]:
    params = {**group(aws, name, number), **policy(aws, name, number)}
    aws.attach_group_policy(**params)
    return params


def group_inline(aws: Any, name: str, number: int) -> dict[str, Any]:
    of = {**group(aws, name, number), "PolicyName": "own"}
    aws.put_group_policy(PolicyDocument=ALLOW, **of)
    return of


# Operation -> what must be at AWS before, and what is asked besides what that gives. What the double
# cannot do stands here too: its refusal is an answer of its own.
WRITES: dict[str, tuple[Prepare, dict[str, Any]]] = {
    "CreateUser": (nothing, {}),
    "DeleteUser": (user, {}),
    "UpdateUser": (user, {"NewPath": "/moved/"}),
    "TagUser": (user, {"Tags": TAGS}),
    "UntagUser": (tagged, {}),
    "CreateLoginProfile": (user, {"Password": PASSWORD}),
    "UpdateLoginProfile": (with_password, {"Password": PASSWORD + "2"}),
    "DeleteLoginProfile": (with_password, {}),
    "CreateAccessKey": (user, {}),
    "UpdateAccessKey": (with_key, {"Status": "Inactive"}),
    "DeleteAccessKey": (inactive_key, {}),
    "UploadSSHPublicKey": (user, {"SSHPublicKeyBody": ssh_key(900)}),
    "UpdateSSHPublicKey": (with_ssh_key, {"Status": "Inactive"}),
    "DeleteSSHPublicKey": (inactive_ssh_key, {}),
    "UploadSigningCertificate": (user, {"CertificateBody": certificate(901)}),
    "UpdateSigningCertificate": (with_certificate, {"Status": "Inactive"}),
    "DeleteSigningCertificate": (inactive_certificate, {}),
    "CreateServiceSpecificCredential": (user, {"ServiceName": GIT}),
    "ResetServiceSpecificCredential": (with_service_credential, {}),
    "UpdateServiceSpecificCredential": (with_service_credential, {"Status": "Inactive"}),
    "DeleteServiceSpecificCredential": (inactive_service_credential, {}),
    "UploadServerCertificate": (new_server_certificate, {}),
    "UpdateServerCertificate": (server_certificate, {"NewPath": "/moved/"}),
    "DeleteServerCertificate": (server_certificate, {}),
    "CreateVirtualMFADevice": (lambda aws, name, number: {"VirtualMFADeviceName": name}, {}),
    "DeleteVirtualMFADevice": (device, {}),
    "EnableMFADevice": (device_for_user, {}),
    "DeactivateMFADevice": (assigned, {}),
    "AttachUserPolicy": (policy_and_user, {}),
    "DetachUserPolicy": (attached, {}),
    "PutUserPolicy": (user, {"PolicyName": "own", "PolicyDocument": ALLOW}),
    "DeleteUserPolicy": (inline, {}),
    "DeleteUserPermissionsBoundary": (bounded, {}),
    "CreateGroup": (lambda aws, name, number: {"GroupName": name}, {}),
    "UpdateGroup": (group, {"NewPath": "/moved/"}),
    "DeleteGroup": (group, {}),
    "AddUserToGroup": (group_and_user, {}),
    "RemoveUserFromGroup": (member, {}),
    "AttachGroupPolicy": (lambda *given: {**group(*given), **policy(*given)}, {}),
    "DetachGroupPolicy": (group_attached, {}),
    "PutGroupPolicy": (group, {"PolicyName": "own", "PolicyDocument": ALLOW}),
    "DeleteGroupPolicy": (group_inline, {}),
    "CreatePolicy": (lambda aws, name, number: {"PolicyName": name}, {"PolicyDocument": ALLOW}),
    "DeletePolicy": (policy, {}),
    "TagPolicy": (policy, {"Tags": TAGS}),
    "CreatePolicyVersion": (policy, {"PolicyDocument": MORE, "SetAsDefault": True}),
    "SetDefaultPolicyVersion": (two_versions, {}),
    "DeletePolicyVersion": (two_versions, {}),
    "CreateAccountAlias": (lambda aws, name, number: {"AccountAlias": f"alias-{name[-5:]}"}, {}),
    "UpdateAccountPasswordPolicy": (lambda aws, name, number: {}, {"MinimumPasswordLength": 14}),
}
