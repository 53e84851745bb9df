"""Writes of MFA devices, server certificates, the alias and the password policy of an account."""

import base64
import re
import time
from typing import Any

from django_otp.oath import TOTP

from tests.credentials.key_texts import certificate, private_rsa, private_text
from tests.sync.lost.cases import BLUE, GREEN, NOTHING, Case, Step, Subject, then
from tests.sync.lost.users import user

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
    # Last, when there is room again.
    Case("UploadServerCertificate", NOTHING, uploading, lambda s: bool(server(s)), then(upload, remove)),
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
        turn=1,
    ),
    Case(
        "DeleteAccountAlias",
        alias(""),
        lambda s: {"AccountAlias": alias_of(s.name)},
        lambda s: aliases(s) == [],
        then(unalias, alias("")),
        turn=2,
    ),
    Case(
        "UpdateAccountPasswordPolicy",
        rules(8),
        lambda s: {"MinimumPasswordLength": 20},
        lambda s: least(s) == 20,
        then(rules(20), rules(9)),
        turn=1,
    ),
    Case("DeleteAccountPasswordPolicy", rules(8), lambda s: {}, lambda s: least(s) == 0, rules(9), turn=2),
]
