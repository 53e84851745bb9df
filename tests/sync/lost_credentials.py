"""The writes of credentials and of what an account has one of, with their answers lost (tests.sync.lost_answers)."""

import base64
import re
import time
from dataclasses import replace
from typing import Any

from django_otp.oath import TOTP

from tests.credentials.key_texts import certificate, private_rsa, private_text, ssh_text
from tests.sync.lost_answers import ALLOW, BLUE, GREEN, NOTHING, Case, Step, Subject, tag, then, user
from users.callers.build import Origin, caller_for_user
from users.models import User

GIT = "codecommit.amazonaws.com"
WORD, OTHER, THIRD = "copper-Lantern-42-fjord", "violet-Harbour-73-quilt", "silver-Meadow-19-otter"
FREE = ALLOW.replace("iam:Get*", "iam:*")
STATUS = {"Status": "Inactive"}

# Passwords.


def password(s: Subject) -> None:
    s.do("CreateLoginProfile", **s.user, Password=WORD)


def profile(s: Subject) -> dict[str, Any] | None:
    return s.listed("get_login_profile", "LoginProfile", **s.user)


def flag(value: bool) -> Step:
    return lambda s: s.do("UpdateLoginProfile", **s.user, PasswordResetRequired=value)


def again(s: Subject) -> None:
    s.do("UpdateLoginProfile", **s.user, Password=THIRD)


def by_oneself(s: Subject) -> None:
    """From now on the user asks for itself."""
    row = User.objects.select_related("account__link").get(user_name=s.name)
    s.by = replace(caller_for_user(row, Origin(session_key="")), channel="command")


def is_changed(s: Subject) -> bool:
    """AWS's own report dates the password as of the question, not before."""
    return s.made["report"][s.name] >= s.made["asked"]


PASSWORDS = [
    Case(
        "CreateLoginProfile",
        user,
        lambda s: {**s.user, "Password": WORD, "PasswordResetRequired": True},
        lambda s: (profile(s) or {}).get("PasswordResetRequired") is True,
        then(password, lambda s: s.do("DeleteLoginProfile", **s.user)),
    ),
    Case(
        "UpdateLoginProfile",
        then(user, password),
        lambda s: {**s.user, "PasswordResetRequired": True},
        lambda s: profile(s)["PasswordResetRequired"],
        then(flag(True), flag(False)),
        kind="flag",
    ),
    Case(
        "UpdateLoginProfile",
        then(user, password),
        lambda s: {**s.user, "Password": OTHER},
        is_changed,
        again,
        kind="password",
    ),
    Case(
        "UpdateLoginProfile",
        then(user, password),
        lambda s: {**s.user, "Password": OTHER, "PasswordResetRequired": True},
        lambda s: is_changed(s) and profile(s)["PasswordResetRequired"],
        again,
        kind="both",
    ),
    Case(
        "DeleteLoginProfile", then(user, password), lambda s: s.user, lambda s: profile(s) is None, flag(True)
    ),
    Case(
        "ChangePassword",
        then(
            user, password, lambda s: s.do("PutUserPolicy", **s.user, PolicyName="Own", PolicyDocument=FREE)
        ),
        lambda s: by_oneself(s) or {"OldPassword": s.made.get("word", WORD), "NewPassword": OTHER},
        is_changed,
        then(again, lambda s: s.made.update(word=THIRD)),
    ),
]

# Keys and certificates of users.


def listing(method: str, member: str, number: str) -> Any:
    """What AWS lists of the user's: by ID, with status."""
    return lambda s: {row[number]: row["Status"] for row in s.listed(method, member, **s.user)}


keys = listing("list_access_keys", "AccessKeyMetadata", "AccessKeyId")
ssh_keys = listing("list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId")
certificates = listing("list_signing_certificates", "Certificates", "CertificateId")
credentials = listing(
    "list_service_specific_credentials", "ServiceSpecificCredentials", "ServiceSpecificCredentialId"
)


def making(operation: str, member: str, number: str, **params: Any) -> Step:
    """Make one here, and keep its ID."""

    def make(s: Subject) -> None:
        values = {name: value() if callable(value) else value for name, value in params.items()}
        answer = s.do(operation, **s.user, **values)[member]
        s.made.setdefault("ids", []).append(answer[number])

    return make


key = making("CreateAccessKey", "AccessKey", "AccessKeyId")
ssh_key = making("UploadSSHPublicKey", "SSHPublicKey", "SSHPublicKeyId", SSHPublicKeyBody=ssh_text)
signing = making("UploadSigningCertificate", "Certificate", "CertificateId", CertificateBody=certificate)
credential = making(
    "CreateServiceSpecificCredential", "ServiceSpecificCredential", "ServiceSpecificCredentialId",
    ServiceName=GIT,
)  # fmt: skip


def set_to(operation: str, number: str, status: str) -> Step:
    return lambda s: s.do(operation, **s.user, **{number: s.made["ids"][0]}, Status=status)


def kinds(noun: str, number: str, make: Step, listed: Any, create: Case) -> list[Case]:
    """Creating, deactivating and deleting one."""
    named = lambda s: {**s.user, number: s.made["ids"][0]}  # noqa: E731
    update = f"Update{noun}"
    off, on = set_to(update, number, "Inactive"), set_to(update, number, "Active")
    return [
        create,
        Case(update, then(user, make), lambda s: named(s) | STATUS,
             lambda s: listed(s)[s.made["ids"][0]] == "Inactive", then(off, on)),
        Case(f"Delete{noun}", then(user, make, off), named,
             lambda s: s.made["ids"][0] not in listed(s), then(on, off)),
    ]  # fmt: skip


def more(listed: Any) -> Any:
    """There is one that AWS has not told us of."""
    return lambda s: bool(set(listed(s)) - set(s.made.get("ids", [])))


def same_again(s: Subject) -> dict[str, Any]:
    body = s.listed("list_signing_certificates", "Certificates", **s.user)[0]["CertificateBody"]
    return {**s.user, "CertificateBody": body}


KEYS = [
    *kinds(
        "AccessKey",
        "AccessKeyId",
        key,
        keys,
        Case("CreateAccessKey", user, lambda s: s.user, more(keys), key),
    ),
    *kinds(
        "SSHPublicKey",
        "SSHPublicKeyId",
        ssh_key,
        ssh_keys,
        Case(
            "UploadSSHPublicKey",
            user,
            lambda s: {**s.user, "SSHPublicKeyBody": ssh_text()},
            more(ssh_keys),
            ssh_key,
        ),
    ),
    *kinds(
        "SigningCertificate",
        "CertificateId",
        signing,
        certificates,
        Case(
            "UploadSigningCertificate",
            user,
            lambda s: {**s.user, "CertificateBody": certificate()},
            more(certificates),
            signing,
        ),
    ),
    Case(
        "UploadSigningCertificate",
        then(user, signing),
        same_again,
        lambda s: len(certificates(s)) == 1,
        tag(BLUE),
        kind="again",
    ),
    Case("iamconsole:CreateSigningCertificate", user, lambda s: s.user, more(certificates), signing),
    *kinds(
        "ServiceSpecificCredential",
        "ServiceSpecificCredentialId",
        credential,
        credentials,
        Case(
            "CreateServiceSpecificCredential",
            user,
            lambda s: {**s.user, "ServiceName": GIT},
            more(credentials),
            credential,
        ),
    ),
    Case(
        "ResetServiceSpecificCredential",
        then(user, credential),
        lambda s: {**s.user, "ServiceSpecificCredentialId": s.made["ids"][0]},
        lambda s: True,
    ),
]

# MFA devices.


def device(s: Subject) -> None:
    made = s.do("CreateVirtualMFADevice", VirtualMFADeviceName=s.name)["VirtualMFADevice"]
    seed = made["Base32StringSeed"]
    s.made["seed"] = base64.b32decode(seed if isinstance(seed, bytes) else seed.encode())


def codes(s: Subject) -> dict[str, str]:
    """Two codes in a row, later ones each time: none counts twice."""
    step = s.made["step"] = s.made.get("step", int(time.time()) // 30 - 18) + 2
    pair = []
    for number in (step, step + 1):
        totp = TOTP(s.made["seed"])
        totp.time = number * 30
        pair.append(f"{totp.token():06d}")
    return {"AuthenticationCode1": pair[0], "AuthenticationCode2": pair[1]}


def enabling(s: Subject) -> dict[str, str]:
    return {**s.user, **s.device, **codes(s)}


def enable(s: Subject) -> None:
    s.do("EnableMFADevice", **enabling(s))


def disable(s: Subject) -> None:
    s.do("DeactivateMFADevice", **s.user, **s.device)


def devices(s: Subject) -> list[str]:
    return [row["SerialNumber"] for row in s.listed("list_mfa_devices", "MFADevices", **s.user)]


def all_devices(s: Subject) -> list[str]:
    rows = s.iam.get_paginator("list_virtual_mfa_devices").paginate()
    return [row["SerialNumber"] for page in rows for row in page["VirtualMFADevices"]]


def has_device(s: Subject) -> bool:
    return s.device["SerialNumber"] in devices(s)


def tag_device(value: list[Any]) -> Step:
    return lambda s: s.do("TagMFADevice", **s.device, Tags=value)


def device_tags(s: Subject) -> list[Any]:
    return s.listed("list_mfa_device_tags", "Tags", **s.device)


def undevice(s: Subject) -> None:
    s.do("DeleteVirtualMFADevice", **s.device)


MFA = [
    Case(
        "CreateVirtualMFADevice",
        NOTHING,
        lambda s: {"VirtualMFADeviceName": s.name},
        lambda s: s.device["SerialNumber"] in all_devices(s),
        then(device, undevice),
    ),
    Case("EnableMFADevice", then(user, device), enabling, has_device, then(enable, disable)),
    Case(
        "DeactivateMFADevice",
        then(user, device, enable),
        lambda s: {**s.user, **s.device},
        lambda s: not has_device(s),
        then(disable, enable),
    ),
    Case("ResyncMFADevice", then(user, device, enable), enabling, lambda s: True),
    Case(
        "DeleteVirtualMFADevice",
        device,
        lambda s: s.device,
        lambda s: s.device["SerialNumber"] not in all_devices(s),
        tag_device(BLUE),
    ),
    Case(
        "TagMFADevice",
        device,
        lambda s: {**s.device, "Tags": BLUE},
        lambda s: device_tags(s) == BLUE,
        then(tag_device(BLUE), tag_device(GREEN)),
    ),
    Case(
        "UntagMFADevice",
        then(device, tag_device(BLUE)),
        lambda s: {**s.device, "TagKeys": ["team"]},
        lambda s: device_tags(s) == [],
        tag_device(GREEN),
    ),
]

# Server certificates; an account has 20 at most.


def uploading(s: Subject) -> dict[str, str]:
    private = private_rsa()
    body = certificate(s.name, private=private)
    return {**s.certificate, "CertificateBody": body, "PrivateKey": private_text(private)}


def upload(s: Subject) -> None:
    s.do("UploadServerCertificate", **uploading(s))


def remove(s: Subject) -> None:
    s.do("DeleteServerCertificate", **s.certificate)


def server(s: Subject) -> dict[str, Any]:
    """The listed certificate of that name, in whatever spelling."""
    rows = s.iam.list_server_certificates()["ServerCertificateMetadataList"]
    return next((row for row in rows if row["ServerCertificateName"].lower() == s.name.lower()), {})


def tag_server(value: list[Any]) -> Step:
    return lambda s: s.do("TagServerCertificate", **s.certificate, Tags=value)


def server_tags(s: Subject) -> list[Any]:
    return s.listed("list_server_certificate_tags", "Tags", **s.certificate)


SERVER_CERTIFICATES = [
    Case("UploadServerCertificate", NOTHING, uploading, lambda s: bool(server(s)), then(upload, remove)),
    Case(
        "UpdateServerCertificate",
        upload,
        lambda s: {**s.certificate, "NewServerCertificateName": s.name.upper()},
        lambda s: server(s)["ServerCertificateName"] == s.name.upper(),
        tag_server(BLUE),
        kind="case",
    ),
    Case(
        "UpdateServerCertificate",
        upload,
        lambda s: {**s.certificate, "NewPath": "/moved/"},
        lambda s: server(s)["Path"] == "/moved/",
        tag_server(BLUE),
        kind="path",
    ),
    Case(
        "DeleteServerCertificate", upload, lambda s: s.certificate, lambda s: not server(s), tag_server(BLUE)
    ),
    Case(
        "TagServerCertificate",
        upload,
        lambda s: {**s.certificate, "Tags": BLUE},
        lambda s: server_tags(s) == BLUE,
        then(tag_server(BLUE), tag_server(GREEN)),
    ),
    Case(
        "UntagServerCertificate",
        then(upload, tag_server(BLUE)),
        lambda s: {**s.certificate, "TagKeys": ["team"]},
        lambda s: server_tags(s) == [],
        tag_server(GREEN),
    ),
]

# What an account has one of.


def alias_of(name: str) -> str:
    return re.sub("[^a-z0-9-]", "-", name.lower())


def aliases(s: Subject) -> list[str]:
    return s.iam.list_account_aliases()["AccountAliases"]


def alias(prefix: str) -> Step:
    return lambda s: s.do("CreateAccountAlias", AccountAlias=prefix + alias_of(s.name))


def unalias(s: Subject) -> None:
    s.do("DeleteAccountAlias", AccountAlias=alias_of(s.name))


def rules(length: int) -> Step:
    return lambda s: s.do("UpdateAccountPasswordPolicy", MinimumPasswordLength=length)


def least(s: Subject) -> int:
    found = s.listed("get_account_password_policy", "PasswordPolicy")
    return found["MinimumPasswordLength"] if found else 0


SINGLE = [
    Case(
        "CreateAccountAlias",
        alias("old-"),
        lambda s: {"AccountAlias": alias_of(s.name)},
        lambda s: aliases(s) == [alias_of(s.name)],
        then(alias(""), alias("between-")),
        single=True,
    ),
    Case(
        "DeleteAccountAlias",
        alias(""),
        lambda s: {"AccountAlias": alias_of(s.name)},
        lambda s: aliases(s) == [],
        then(unalias, alias("")),
        single=True,
    ),
    Case(
        "UpdateAccountPasswordPolicy",
        rules(8),
        lambda s: {"MinimumPasswordLength": 20},
        lambda s: least(s) == 20,
        then(rules(20), rules(9)),
        single=True,
    ),
    Case(
        "DeleteAccountPasswordPolicy", rules(8), lambda s: {}, lambda s: least(s) == 0, rules(9), single=True
    ),
]

CASES = [*PASSWORDS, *KEYS, *MFA, *SERVER_CERTIFICATES, *SINGLE]
