"""What real AWS was recorded to answer (IAM-FACTS 2.5, 2.6), line by line, to a genuine client.

Lines that the table has as unconfirmed are the texts that this console chose.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.credentials import key_texts, server_material
from tests.credentials.authenticator import enrol
from tests.query.clients import key_of, routed
from users.models import User

pytestmark = pytest.mark.django_db
HOME = "arn:aws:iam::100000000001:"
AWS_POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ALICE = f"{HOME}user/alice"
OWN, NONE = f"{HOME}policy/own", f"{HOME}policy/none"
STATUS = {
    "AccessDenied": 403,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "InvalidInput": 400,
    "LimitExceeded": 409,
    "NoSuchEntity": 404,
    "ValidationError": 400,
}
TAG = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"


def document(*actions: str, pad: int = 0) -> str:
    """A policy; with ``pad`` about so many characters long."""
    listed = ",".join(f'"{action}"' for action in actions or ("s3:GetObject",))
    resource = "arn:aws:s3:::" + "b" * pad
    return f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{listed}],"Resource":"{resource}"}}]}}'


@dataclass(frozen=True)
class Case:
    """One line of the table: what is called, and the answer; ``given`` makes what it is about."""

    line: str
    operation: str
    params: dict[str, Any]
    code: str
    message: str
    given: Callable[[Any], Any] = field(default=lambda iam: None)


def erin(iam: Any) -> None:
    iam.create_user(UserName="erin")


def user(name: str) -> User:
    return User.objects.get(user_name=name)


def own_policy(iam: Any) -> None:
    iam.create_policy(PolicyName="own", PolicyDocument=document())


def given(*makers: str, **params: Any) -> Callable[[Any], None]:
    """Make things, each by a method of the client; the params are those that the methods take."""

    def make(iam: Any) -> None:
        for maker in makers:
            shape = iam.meta.service_model.operation_model(iam.meta.method_to_api_mapping[maker]).input_shape
            getattr(iam, maker)(**{name: value for name, value in params.items() if name in shape.members})

    return make


def login_profile(iam: Any) -> None:
    erin(iam)
    iam.create_login_profile(UserName="erin", Password="fresh-Horse-9-z")


def device_of_erin(iam: Any) -> None:
    erin(iam)
    enrol(user("erin"))


def many_devices(iam: Any) -> None:
    erin(iam)
    for number in range(8):
        enrol(user("erin"), f"phone-{number}")
    iam.create_virtual_mfa_device(VirtualMFADeviceName="ninth")


def attached(iam: Any) -> None:
    erin(iam)
    iam.attach_user_policy(UserName="erin", PolicyArn=AWS_POLICY)


def in_group(iam: Any) -> None:
    erin(iam)
    iam.create_group(GroupName="crew")
    iam.add_user_to_group(UserName="erin", GroupName="crew")


def two_keys(iam: Any) -> None:
    erin(iam)
    for _ in range(2):
        iam.create_access_key(UserName="erin")


def two_certificates(iam: Any) -> None:
    erin(iam)
    for name in ("a", "b"):
        iam.upload_signing_certificate(UserName="erin", CertificateBody=key_texts.certificate(name))


def two_service_credentials(iam: Any) -> None:
    erin(iam)
    for _ in range(2):
        iam.create_service_specific_credential(UserName="erin", ServiceName="codecommit.amazonaws.com")


def ten_policies(kind: str) -> Callable[[Any], None]:
    def make(iam: Any) -> None:
        getattr(iam, f"create_{kind}")(**{f"{kind.title()}Name": "erin"})
        for number in range(11):
            policy = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=document())["Policy"]
            if number < 10:
                attach = getattr(iam, f"attach_{kind}_policy")
                attach(**{f"{kind.title()}Name": "erin"}, PolicyArn=policy["Arn"])

    return make


def ten_groups(iam: Any) -> None:
    erin(iam)
    for number in range(11):
        iam.create_group(GroupName=f"g{number}")
        if number < 10:
            iam.add_user_to_group(UserName="erin", GroupName=f"g{number}")


def five_ssh_keys(iam: Any) -> None:
    erin(iam)
    for _ in range(5):
        iam.upload_ssh_public_key(UserName="erin", SSHPublicKeyBody=key_texts.ssh_text())


def twenty_server_certificates(iam: Any) -> None:
    account = user("alice").account
    for number in range(20):
        server_material.make_certificate(account, f"web-{number}")


def five_thousand_users(iam: Any) -> None:
    account = user("alice").account
    rows = [
        User(account=account, user_name=f"u{n}", name_folded=f"u{n}", user_id=f"AIDA{n:017}", password="!")
        for n in range(4999)
    ]
    User.objects.bulk_create(rows)


def five_versions(iam: Any) -> None:
    own_policy(iam)
    for _ in range(4):
        iam.create_policy_version(PolicyArn=OWN, PolicyDocument=document())


def two_versions(iam: Any) -> None:
    own_policy(iam)
    iam.create_policy_version(PolicyArn=OWN, PolicyDocument=document())


def fifty_tags(iam: Any) -> None:
    iam.create_user(UserName="erin", Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])


def missing(what: str) -> str:
    return f"Cannot delete entity, must {what} first."


ERIN = {"UserName": "erin"}
CREW = {"GroupName": "crew"}
SSH_ID, CERTIFICATE_ID, KEY_ID = "APKA" + "A" * 16, "A" * 32, "AKIA" + "A" * 16

DELETING = [
    Case(
        "login profile", "delete_user", ERIN, "DeleteConflict", missing("delete login profile"), login_profile
    ),
    Case("access keys", "delete_user", ERIN, "DeleteConflict", missing("delete access keys"), two_keys),
    Case(
        "certificates",
        "delete_user",
        ERIN,
        "DeleteConflict",
        missing("delete certificates"),
        two_certificates,
    ),
    Case(
        "SSH keys", "delete_user", ERIN, "DeleteConflict", missing("remove referenced objects"), five_ssh_keys
    ),
    Case(
        "service credentials",
        "delete_user",
        ERIN,
        "DeleteConflict",
        missing("remove referenced objects"),
        two_service_credentials,
    ),
    Case(
        "MFA", "delete_user", ERIN, "DeleteConflict", missing("remove tokens from principal"), device_of_erin
    ),
    Case(
        "inline policies",
        "delete_user",
        ERIN,
        "DeleteConflict",
        missing("delete policies"),
        given("create_user", "put_user_policy", UserName="erin", PolicyName="p", PolicyDocument=document()),
    ),
    Case(
        "attached policies", "delete_user", ERIN, "DeleteConflict", missing("detach all policies"), attached
    ),
    Case("membership", "delete_user", ERIN, "DeleteConflict", missing("remove users from group"), in_group),
    Case(
        "group with users",
        "delete_group",
        CREW,
        "DeleteConflict",
        missing("remove users from group"),
        in_group,
    ),
    Case(
        "group with inline policies",
        "delete_group",
        CREW,
        "DeleteConflict",
        missing("delete policies"),
        given(
            "create_group", "put_group_policy", GroupName="crew", PolicyName="p", PolicyDocument=document()
        ),
    ),
    Case(
        "group with attached policies",
        "delete_group",
        CREW,
        "DeleteConflict",
        missing("detach all policies"),
        given("create_group", "attach_group_policy", GroupName="crew", PolicyArn=AWS_POLICY),
    ),
    Case(
        "attached policy",
        "delete_policy",
        {"PolicyArn": OWN},
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
        given(
            "create_policy",
            "attach_user_policy",
            PolicyName="own",
            PolicyDocument=document(),
            UserName="alice",
            PolicyArn=OWN,
        ),
    ),
    Case(
        "policy with versions",
        "delete_policy",
        {"PolicyArn": OWN},
        "DeleteConflict",
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        two_versions,
    ),
    Case(
        "default version",
        "delete_policy_version",
        {"PolicyArn": OWN, "VersionId": "v1"},
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
        two_versions,
    ),
    Case(
        "assigned MFA device",
        "delete_virtual_mfa_device",
        {"SerialNumber": "arn:aws:iam::1:mfa/phone"},
        "DeleteConflict",
        "MFA VirtualDevice in use. Must deactivate first.",
        device_of_erin,
    ),
]

NOBODY = "The user with name nobody cannot be found."
NO_CREW = "The group with name crew cannot be found."
UNKNOWN = [
    Case("group", "get_group", CREW, "NoSuchEntity", NO_CREW),
    Case("group to delete", "delete_group", CREW, "NoSuchEntity", NO_CREW),
    Case("both", "remove_user_from_group", {"UserName": "nobody", **CREW}, "NoSuchEntity", NOBODY),
    Case("group of a user", "add_user_to_group", {"UserName": "alice", **CREW}, "NoSuchEntity", NO_CREW),
    *(
        Case(
            f"login profile: {operation}",
            operation,
            {**ERIN, **more},
            "NoSuchEntity",
            "Login Profile for User erin cannot be found.",
            erin,
        )
        for operation, more in {
            "get_login_profile": {},
            "delete_login_profile": {},
            "update_login_profile": {"Password": "fresh-Horse-9-z"},
        }.items()
    ),
    *(
        Case(
            f"access key: {operation}",
            operation,
            {**ERIN, "AccessKeyId": KEY_ID, **more},
            "NoSuchEntity",
            f"The Access Key with id {KEY_ID} cannot be found.",
            erin,
        )
        for operation, more in {"update_access_key": {"Status": "Active"}, "delete_access_key": {}}.items()
    ),
    Case(
        "access key's last use",
        "get_access_key_last_used",
        {"AccessKeyId": KEY_ID},
        "AccessDenied",
        f"User: {ALICE} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {KEY_ID}",
    ),
    *(
        Case(
            f"policy: {operation}",
            operation,
            {"PolicyArn": NONE, **more},
            "NoSuchEntity",
            f"Policy {NONE} was not found.",
        )
        for operation, more in {
            "get_policy": {},
            "delete_policy": {},
            "tag_policy": {"Tags": [{"Key": "a", "Value": "b"}]},
            "list_policy_tags": {},
            "detach_user_policy": {"UserName": "alice"},
        }.items()
    ),
    Case(
        "policy that is not attached",
        "detach_user_policy",
        {"UserName": "alice", "PolicyArn": AWS_POLICY},
        "NoSuchEntity",
        f"Policy {AWS_POLICY} was not found.",
    ),
    *(
        Case(
            f"policy to attach to a {kind}",
            f"attach_{kind}_policy",
            {f"{kind.title()}Name": "erin", "PolicyArn": NONE},
            "NoSuchEntity",
            f"Policy {NONE} does not exist or is not attachable.",
            given(f"create_{kind}", UserName="erin", GroupName="erin"),
        )
        for kind in ("user", "group")
    ),
    Case(
        "boundary",
        "put_user_permissions_boundary",
        {**ERIN, "PermissionsBoundary": NONE},
        "NoSuchEntity",
        f"Scope ARN: {NONE} does not exist or is not attachable.",
        erin,
    ),
    Case(
        "boundary that is no policy",
        "put_user_permissions_boundary",
        {**ERIN, "PermissionsBoundary": f"{HOME}user/alice"},
        "InvalidInput",
        f"ARN {HOME}user/alice is not valid.",
        erin,
    ),
    Case(
        "attaching what is no ARN",
        "attach_user_policy",
        {"UserName": "alice", "PolicyArn": "not-an-arn-of-anything"},
        "ValidationError",
        "ARN not-an-arn-of-anything is not valid.",
    ),
    *(
        Case(
            f"policy version: {operation}",
            operation,
            {"PolicyArn": OWN, "VersionId": "v9"},
            "NoSuchEntity",
            f"Policy {OWN} version v9 does not exist or is not attachable.",
            own_policy,
        )
        for operation in ("get_policy_version", "set_default_policy_version", "delete_policy_version")
    ),
    *(
        Case(
            f"inline policy: {operation}",
            operation,
            {f"{kind.title()}Name": "erin", "PolicyName": "none"},
            "NoSuchEntity",
            f"The {kind} policy with name none cannot be found.",
            given(f"create_{kind}", UserName="erin", GroupName="erin"),
        )
        for kind in ("user", "group")
        for operation in (f"get_{kind}_policy", f"delete_{kind}_policy")
    ),
    Case(
        "password policy to read",
        "get_account_password_policy",
        {},
        "NoSuchEntity",
        "The Password Policy with domain name 100000000001 cannot be found.",
    ),
    Case(
        "password policy to delete",
        "delete_account_password_policy",
        {},
        "NoSuchEntity",
        "The account policy with name PasswordPolicy cannot be found.",
    ),
    Case(
        "SSH key",
        "update_ssh_public_key",
        {**ERIN, "SSHPublicKeyId": SSH_ID, "Status": "Inactive"},
        "NoSuchEntity",
        f"The Public Key with id {SSH_ID} cannot be found.",
        erin,
    ),
    Case(
        "signing certificate",
        "delete_signing_certificate",
        {**ERIN, "CertificateId": CERTIFICATE_ID},
        "NoSuchEntity",
        f"The Certificate with id {CERTIFICATE_ID} cannot be found.",
        erin,
    ),
    Case(
        "server certificate",
        "get_server_certificate",
        {"ServerCertificateName": "web"},
        "NoSuchEntity",
        "The Server Certificate with name web cannot be found.",
    ),
]

EXISTING = [
    Case("user", "create_user", ERIN, "EntityAlreadyExists", "User with name erin already exists.", erin),
    Case(
        "user renamed",
        "update_user",
        {"UserName": "alice", "NewUserName": "Erin"},
        "EntityAlreadyExists",
        "User with name Erin already exists.",
        erin,
    ),
    Case(
        "group",
        "create_group",
        CREW,
        "EntityAlreadyExists",
        "Group with name crew already exists.",
        given("create_group", GroupName="crew"),
    ),
    Case(
        "group renamed",
        "update_group",
        {"GroupName": "crew", "NewGroupName": "other"},
        "EntityAlreadyExists",
        "Group with name other already exists.",
        lambda iam: [iam.create_group(GroupName=name) for name in ("crew", "other")],
    ),
    Case(
        "login profile",
        "create_login_profile",
        {**ERIN, "Password": "fresh-Horse-9-z"},
        "EntityAlreadyExists",
        "Login Profile for user erin already exists.",
        login_profile,
    ),
    Case(
        "managed policy",
        "create_policy",
        {"PolicyName": "own", "PolicyDocument": document()},
        "EntityAlreadyExists",
        "A policy called own already exists. Duplicate names are not allowed.",
        own_policy,
    ),
    Case(
        "server certificate",
        "upload_server_certificate",
        server_material.upload_params("WEB"),
        "EntityAlreadyExists",
        "The Server Certificate with name WEB already exists.",
        lambda iam: server_material.make_certificate(user("alice").account, "web"),
    ),
]


def quota(name: str, limit: int) -> str:
    return f"Cannot exceed quota for {name}: {limit}"


LIMITS = [
    Case("access keys", "create_access_key", ERIN, "LimitExceeded", quota("AccessKeysPerUser", 2), two_keys),
    Case(
        "signing certificates",
        "upload_signing_certificate",
        {**ERIN, "CertificateBody": key_texts.certificate("c")},
        "LimitExceeded",
        quota("CertificatesPerUser", 2),
        two_certificates,
    ),
    Case(
        "service credentials",
        "create_service_specific_credential",
        {**ERIN, "ServiceName": "codecommit.amazonaws.com"},
        "LimitExceeded",
        quota("ContextSpecificCredentialsPerUserPerContext", 2),
        two_service_credentials,
    ),
    *(
        Case(
            f"policies of a {kind}",
            f"attach_{kind}_policy",
            {f"{kind.title()}Name": "erin", "PolicyArn": f"{HOME}policy/p10"},
            "LimitExceeded",
            quota(f"PoliciesPer{kind.title()}", 10),
            ten_policies(kind),
        )
        for kind in ("user", "group")
    ),
    Case(
        "groups",
        "add_user_to_group",
        {**ERIN, "GroupName": "g10"},
        "LimitExceeded",
        quota("GroupsPerUser", 10),
        ten_groups,
    ),
    Case(
        "SSH keys",
        "upload_ssh_public_key",
        {**ERIN, "SSHPublicKeyBody": key_texts.ssh_text()},
        "LimitExceeded",
        quota("SSHPublicKeysPerUser", 5),
        five_ssh_keys,
    ),
    Case(
        "server certificates",
        "upload_server_certificate",
        server_material.upload_params("last"),
        "LimitExceeded",
        quota("ServerCertificatesPerAccount", 20),
        twenty_server_certificates,
    ),
    Case(
        "MFA devices",
        "enable_mfa_device",
        {
            **ERIN,
            "SerialNumber": f"{HOME}mfa/ninth",
            "AuthenticationCode1": "123456",
            "AuthenticationCode2": "234567",
        },
        "LimitExceeded",
        quota("MFADevicesPerUser", 8),
        many_devices,
    ),
    Case("users", "create_user", ERIN, "LimitExceeded", quota("UsersPerAccount", 5000), five_thousand_users),
    Case(
        "inline policies of a user",
        "put_user_policy",
        {**ERIN, "PolicyName": "p", "PolicyDocument": document(pad=2048)},
        "LimitExceeded",
        "Maximum policy size of 2048 bytes exceeded for user erin",
        erin,
    ),
    Case(
        "inline policies of a group",
        "put_group_policy",
        {**CREW, "PolicyName": "p", "PolicyDocument": document(pad=5120)},
        "LimitExceeded",
        "Maximum policy size of 5120 bytes exceeded for group crew",
        given("create_group", GroupName="crew"),
    ),
    Case(
        "managed policy",
        "create_policy",
        {"PolicyName": "p", "PolicyDocument": document(pad=6144)},
        "LimitExceeded",
        quota("PolicySize", 6144),
    ),
    Case(
        "policy versions",
        "create_policy_version",
        {"PolicyArn": OWN, "PolicyDocument": document()},
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        five_versions,
    ),
    Case(
        "tags in all",
        "tag_user",
        {**ERIN, "Tags": [{"Key": "more", "Value": ""}]},
        "LimitExceeded",
        "The number of tags has reached the maximum limit.",
        fifty_tags,
    ),
]

AWSS_OWN = [
    Case(
        operation,
        operation,
        {"PolicyArn": AWS_POLICY, **more},
        "AccessDenied",
        f"Cannot {verb} outside your own account.",
    )
    for operation, more, verb in (
        ("delete_policy", {}, "delete policies"),
        ("delete_policy_version", {"VersionId": "v1"}, "delete policy versions for policies"),
        ("create_policy_version", {"PolicyDocument": document()}, "update policies"),
        ("set_default_policy_version", {"VersionId": "v1"}, "update policies"),
    )
]

PATH = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."


def invalid(path: str, constraint: str) -> str:
    return f"1 validation error detected: Value at '{path}' failed to satisfy constraint: Member must {constraint}"


def tagging(key: str = "a", value: str = "b") -> dict[str, Any]:
    return {"UserName": "alice", "Tags": [{"Key": key, "Value": value}]}


ENUM = "satisfy enum value set: [Active, Inactive, Expired]"
INPUT = [
    Case(
        "too many tags in a request",
        "tag_user",
        {"UserName": "alice", "Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]},
        "ValidationError",
        invalid("tags", "have length less than or equal to 50"),
    ),
    Case(
        "equal tag keys of a user",
        "tag_user",
        {"UserName": "alice", "Tags": [{"Key": "Team", "Value": ""}, {"Key": "team", "Value": ""}]},
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ),
    Case(
        "equal tag keys of a policy",
        "create_policy",
        {"PolicyName": "p", "PolicyDocument": document(), "Tags": [{"Key": "a", "Value": ""}] * 2},
        "InvalidInput",
        "Duplicate tag keys found.",
    ),
    Case(
        "long tag key",
        "tag_user",
        tagging(key="k" * 129),
        "ValidationError",
        invalid("tags.1.member.key", "have length less than or equal to 128"),
    ),
    Case(
        "long tag value",
        "tag_user",
        tagging(value="v" * 257),
        "ValidationError",
        invalid("tags.1.member.value", "have length less than or equal to 256"),
    ),
    Case(
        "character in a tag key",
        "tag_user",
        tagging(key="a!"),
        "ValidationError",
        invalid("tags.1.member.key", f"satisfy regular expression pattern: {TAG}"),
    ),
    Case(
        "tag key to remove",
        "untag_user",
        {"UserName": "alice", "TagKeys": ["fine", "a!"]},
        "ValidationError",
        invalid(
            "tagKeys",
            "satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater "
            f"than or equal to 1, Member must satisfy regular expression pattern: {TAG}, Member must not be null]",
        ),
    ),
    Case(
        "reserved tag key",
        "tag_user",
        tagging(key="AWS:team"),
        "InvalidInput",
        "Tag keys beginning with aws: are reserved for system use.",
    ),
    Case(
        "no tags",
        "tag_user",
        {"UserName": "alice", "Tags": []},
        "InvalidInput",
        "Error occurred while validating input. ",
    ),
    Case("path of a user", "create_user", {**ERIN, "Path": "staff"}, "ValidationError", PATH),
    Case("path of a group", "create_group", {**CREW, "Path": "/a b/"}, "ValidationError", PATH),
    Case(
        "path of an MFA device",
        "create_virtual_mfa_device",
        {"VirtualMFADeviceName": "phone", "Path": "//"},
        "ValidationError",
        PATH,
    ),
    Case(
        "status",
        "update_access_key",
        {"AccessKeyId": KEY_ID, "Status": "Off"},
        "ValidationError",
        invalid("status", ENUM),
    ),
]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{name}: {case.line}")
        for name, cases in {
            "must go first": DELETING,
            "unknown": UNKNOWN,
            "exists": EXISTING,
            "quota": LIMITS,
            "AWS's own": AWSS_OWN,
            "input": INPUT,
        }.items()
        for case in cases
    ],
)
def test_the_answer_is_the_recorded_one(case: Case, iam):
    case.given(iam)
    assert refused(getattr(iam, case.operation), **case.params) == (
        case.code,
        STATUS[case.code],
        case.message,
    )


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


# What an operation on a user needs besides the name.
SSH, SERIAL = {"SSHPublicKeyId": SSH_ID}, {"SerialNumber": f"{HOME}mfa/phone"}
CODES = {"AuthenticationCode1": "123456", "AuthenticationCode2": "234567"}
INLINE = {"PolicyName": "p"}
OF_USERS = {
    "get_user": {},
    "update_user": {"NewPath": "/staff/"},
    "delete_user": {},
    "tag_user": {"Tags": [{"Key": "a", "Value": "b"}]},
    "untag_user": {"TagKeys": ["a"]},
    "list_user_tags": {},
    "list_groups_for_user": {},
    "create_login_profile": {"Password": "fresh-Horse-9-z"},
    "get_login_profile": {},
    "update_login_profile": {"Password": "fresh-Horse-9-z"},
    "delete_login_profile": {},
    "create_access_key": {},
    "list_access_keys": {},
    "update_access_key": {"AccessKeyId": KEY_ID, "Status": "Active"},
    "delete_access_key": {"AccessKeyId": KEY_ID},
    "upload_ssh_public_key": {"SSHPublicKeyBody": key_texts.ssh_text()},
    "list_ssh_public_keys": {},
    "delete_ssh_public_key": SSH,
    "upload_signing_certificate": {"CertificateBody": key_texts.certificate("d")},
    "list_signing_certificates": {},
    "create_service_specific_credential": {"ServiceName": "codecommit.amazonaws.com"},
    "list_service_specific_credentials": {},
    "add_user_to_group": {"GroupName": "crew"},
    "put_user_policy": {**INLINE, "PolicyDocument": document()},
    "get_user_policy": INLINE,
    "list_user_policies": {},
    "delete_user_policy": INLINE,
    "attach_user_policy": {"PolicyArn": AWS_POLICY},
    "detach_user_policy": {"PolicyArn": AWS_POLICY},
    "list_attached_user_policies": {},
    "put_user_permissions_boundary": {"PermissionsBoundary": AWS_POLICY},
    "delete_user_permissions_boundary": {},
    "enable_mfa_device": {**SERIAL, **CODES},
    "resync_mfa_device": {**SERIAL, **CODES},
    "deactivate_mfa_device": SERIAL,
}


@pytest.mark.parametrize("operation", OF_USERS)
def test_an_unknown_user_in_any_operation(operation, iam):
    answer = refused(getattr(iam, operation), UserName="nobody", **OF_USERS[operation])
    assert answer == ("NoSuchEntity", 404, NOBODY)


def test_a_password_policy_out_of_range(iam):
    """AWS's order of several errors is not the model's, and nobody should rely on either."""
    code, status, message = refused(
        iam.update_account_password_policy,
        MinimumPasswordLength=129,
        PasswordReusePrevention=25,
        MaxPasswordAge=1096,
    )
    assert (code, status) == ("ValidationError", 400)
    head, _, items = message.partition(": ")
    assert head == "3 validation errors detected"
    assert set(items.split("; ")) == {
        f"Value at '{name}' failed to satisfy constraint: Member must have value less than or equal to {limit}"
        for name, limit in (
            ("minimumPasswordLength", 128),
            ("passwordReusePrevention", 24),
            ("maxPasswordAge", 1095),
        )
    }


def test_no_status_is_expired_by_hand(iam):
    made = {
        "update_access_key": iam.create_access_key()["AccessKey"]["AccessKeyId"],
        "update_ssh_public_key": iam.upload_ssh_public_key(
            UserName="alice", SSHPublicKeyBody=key_texts.ssh_text()
        )["SSHPublicKey"]["SSHPublicKeyId"],
        "update_signing_certificate": iam.upload_signing_certificate(
            CertificateBody=key_texts.certificate("e")
        )["Certificate"]["CertificateId"],
        "update_service_specific_credential": iam.create_service_specific_credential(
            UserName="alice", ServiceName="codecommit.amazonaws.com"
        )["ServiceSpecificCredential"]["ServiceSpecificCredentialId"],
    }
    for operation, number in made.items():
        shape = iam.meta.service_model.operation_model(iam.meta.method_to_api_mapping[operation]).input_shape
        name = next(member for member in shape.members if member.endswith("Id"))
        answer = refused(getattr(iam, operation), **{"UserName": "alice", name: number, "Status": "Expired"})
        assert answer == ("InvalidInput", 400, "Operation does not support status Expired")


def test_keys_and_certificates_of_another_user(iam, bob):
    key = iam.upload_ssh_public_key(UserName="bob", SSHPublicKeyBody=key_texts.ssh_text())["SSHPublicKey"]
    number = key["SSHPublicKeyId"]
    answer = refused(iam.delete_ssh_public_key, UserName="alice", SSHPublicKeyId=number)
    assert answer == ("NoSuchEntity", 404, f"User has no Public Key with id {number}.")
    made = iam.upload_signing_certificate(UserName="bob", CertificateBody=key_texts.certificate("f"))
    number = made["Certificate"]["CertificateId"]
    answer = refused(iam.delete_signing_certificate, UserName="alice", CertificateId=number)
    assert answer == ("NoSuchEntity", 404, f"The Certificate with id {number} cannot be found.")


def test_removing_no_tags_and_unknown_ones_succeeds(iam):
    iam.untag_user(UserName="alice", TagKeys=[])
    iam.untag_user(UserName="alice", TagKeys=["unknown"])


def test_authorization_failures(iam, alice, bob, caller):
    bobs = routed(*key_of(caller(alice), bob))
    who = f"User: {bob.arn} is not authorized to perform: iam:CreateUser on resource: {HOME}user/x"
    because = f"{who} because no identity-based policy allows the iam:CreateUser action"
    assert refused(bobs.create_user, UserName="x") == ("AccessDenied", 403, because)
    iam.put_user_policy(
        UserName="bob", PolicyName="p", PolicyDocument=document("iam:*").replace("arn:aws:s3:::", "*")
    )
    iam.create_policy(PolicyName="bounds", PolicyDocument=document("s3:*"))
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=f"{HOME}policy/bounds")
    because = f"{who} because no permissions boundary allows the iam:CreateUser action"
    assert refused(bobs.create_user, UserName="x") == ("AccessDenied", 403, because)
    denying = document("iam:CreateUser").replace("Allow", "Deny").replace("arn:aws:s3:::", "*")
    iam.put_user_policy(UserName="bob", PolicyName="denying", PolicyDocument=denying)
    because = f"{who} with an explicit deny in an identity-based policy"
    assert refused(bobs.create_user, UserName="x") == ("AccessDenied", 403, because)
