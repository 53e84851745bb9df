"""Writes of passwords, keys, certificates and other credentials of users."""

from dataclasses import replace
from typing import Any

from tests.credentials.key_texts import certificate, ssh_text
from tests.sync.lost.cases import ALLOW, BLUE, Case, Step, Subject, then
from tests.sync.lost.users import tag, user
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
