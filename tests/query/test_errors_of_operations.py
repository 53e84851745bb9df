"""Every operation of IAM that is offered: what it says of what is not there, of wrong forms, and of several
faults at once. A new operation is walked by itself; a parameter that names a new kind of thing asks for its line.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import Shape

from iamconsole.operations import Operation, all_operations
from iamconsole.operations.shapes import lower_camel
from tests.credentials import key_texts
from tests.query.test_recorded_messages import AWS_POLICY, HOME, PATH, document, own_policy, refused

pytestmark = pytest.mark.django_db
ERIN = f"{HOME}user/erin"
JOB = "00000000-0000-4000-8000-000000000000"
# What a call needs besides what it is about. Only the form counts: the thing that it names is not there.
GIVEN: dict[str, Any] = {
    "AccountAlias": "north-alias",
    "ActionNames": ["s3:GetObject"],
    "Arn": ERIN,
    "AuthenticationCode1": "123456",
    "AuthenticationCode2": "234567",
    "CertificateBody": key_texts.certificate("q"),
    "CredentialAgeDays": 30,
    "Encoding": "SSH",
    "GroupName": "crew",
    "NewPassword": "fresh-Horse-9-z",
    "OldPassword": "fresh-Horse-8-z",
    "Password": "fresh-Horse-9-z",
    "PermissionsBoundary": AWS_POLICY,
    "PolicyArn": f"{HOME}policy/own",
    "PolicyDocument": document(),
    "PolicyInputList": [document()],
    "PolicyName": "inline",
    "PolicySourceArn": ERIN,
    "PrivateKey": "key",
    "ServiceName": "codecommit.amazonaws.com",
    "ServiceNamespace": "s3",
    "ServiceNamespaces": ["s3"],
    "SSHPublicKeyBody": key_texts.ssh_text(),
    "Status": "Inactive",
    "TagKeys": ["a"],
    "Tags": [{"Key": "a", "Value": "b"}],
    "UserName": "erin",
    "VersionId": "v1",
    "VirtualMFADeviceName": "phone",
}
# A parameter that names something -> a name that nothing has, and AWS's sentence (IAM-FACTS 2.6).
NOTHING = {
    "AccessKeyId": ("AKIA" + "Z" * 16, "The Access Key with id {} cannot be found."),
    "AccountAlias": ("no-such-alias", "The account alias {} cannot be found."),
    "Arn": (f"{HOME}user/nobody", "The user with name nobody cannot be found."),
    "CertificateId": ("Z" * 32, "The Certificate with id {} cannot be found."),
    "InstanceProfileName": ("nothing", "Instance Profile {} cannot be found."),
    "GroupName": ("nobody", "The group with name {} cannot be found."),
    "JobId": (JOB, "The job with id {} cannot be found."),
    "PermissionsBoundary": (f"{HOME}policy/no", "Scope ARN: {} does not exist or is not attachable."),
    "PolicyArn": (f"{HOME}policy/no", "Policy {} was not found."),
    "PolicyName": ("nothing", "The {kind} policy with name {} cannot be found."),
    "PolicySourceArn": (f"{HOME}user/nobody", "The user with name nobody cannot be found."),
    "OpenIDConnectProviderArn": (f"{HOME}oidc-provider/no", "OpenIDConnect Provider not found for arn {}"),
    "RoleName": ("nobody", "The role with name {} cannot be found."),
    "SAMLProviderArn": (f"{HOME}saml-provider/no", "Manifest not found for arn {}"),
    "SerialNumber": (f"{HOME}mfa/no", "MFA Device with serial number {} does not exist."),
    "ServerCertificateName": ("nothing", "The Server Certificate with name {} cannot be found."),
    "ServiceSpecificCredentialId": ("ACCA" + "Z" * 17, "No such credential {} exists"),
    "SSHPublicKeyId": ("APKA" + "Z" * 16, "The Public Key with id {} cannot be found."),
    "UserName": ("nobody", "The user with name {} cannot be found."),
}
NOT_ATTACHABLE = "Policy {} does not exist or is not attachable."
NO_VERSION = "Policy {} version v1 does not exist or is not attachable."
OTHERWISE = {
    ("AttachGroupPolicy", "PolicyArn"): NOT_ATTACHABLE,
    ("AttachUserPolicy", "PolicyArn"): NOT_ATTACHABLE,
    ("DeletePolicyVersion", "PolicyArn"): NO_VERSION,
    ("GetPolicyVersion", "PolicyArn"): NO_VERSION,
    ("GetRolePolicy", "PolicyName"): "The role with name nobody cannot be found.",
    ("ListEntitiesForPolicy", "PolicyArn"): NOT_ATTACHABLE,
    ("SetDefaultPolicyVersion", "PolicyArn"): NO_VERSION,
}
# What these name is made, or written over.
MAKES = ("CreateAccountAlias", "CreateGroup", "CreatePolicy", "CreateUser", "CreateVirtualMFADevice",
         "PutGroupPolicy", "PutUserPolicy", "UploadServerCertificate")  # fmt: skip
MADE = ("AccountAlias", "GroupName", "PolicyName", "ServerCertificateName", "UserName")
# AWS answers for a key that is not there as for one that is not the caller's to ask about.
DENIED = {("GetAccessKeyLastUsed", "AccessKeyId")}
COMMON = {"ValidationError", "MalformedInput", "AccessDenied"}


def operations() -> Iterator[tuple[str, Operation]]:
    return ((name, op) for name, op in sorted(all_operations().items()) if ":" not in name)


def members(operation: Operation) -> dict[str, Shape]:
    return dict(operation.model.input_shape.members) if operation.model.input_shape else {}


def required(operation: Operation) -> list[str]:
    return list(operation.model.input_shape.required_members) if operation.model.input_shape else []


def given(operation: Operation) -> dict[str, Any]:
    """The required parameters, with the user where there can be one; things that have an ID are not there."""
    names = [*required(operation), *(name for name in ("UserName", "Password") if name in members(operation))]
    return {name: GIVEN[name] if name in GIVEN else NOTHING[name][0] for name in names}


def caller(iam, name: str):
    return getattr(iam, xform_name(name))


def declared(operation: Operation) -> dict[str, int]:
    """The errors of the model, with their HTTP status."""
    errors = (shape.metadata["error"] for shape in operation.model.error_shapes)
    return {error["code"]: error["httpStatusCode"] for error in errors}


@pytest.fixture
def things(iam):
    """A user, a group and a policy: all that is there."""
    iam.create_user(UserName="erin")
    iam.create_group(GroupName="crew")
    own_policy(iam)


@pytest.mark.long
def test_what_is_not_there(things, iam, bobs_iam):
    """Said in AWS's words and with a code that the model declares; nobody hears it who has no permission."""
    walked = set()
    for name, operation in operations():
        for member in members(operation):
            if member not in NOTHING or (name in MAKES and member in MADE):
                continue
            value, sentence = NOTHING[member]
            params = {**given(operation), member: value}
            code, status, message = refused(caller(iam, name), **params)
            where = name, member, message
            if (name, member) in DENIED:
                assert (code, status) == ("AccessDenied", 403), where
            else:
                kind = "group" if "Group" in name else "user"
                assert message == OTHERWISE.get((name, member), sentence).format(value, kind=kind), where
                assert status == declared(operation)[code] == 404, where
            assert refused(caller(bobs_iam, name), **params)[0] == "AccessDenied", where
            walked.add((name, member))
    assert len(walked) > 100


def test_what_is_missing(iam):
    """All of it at once, whoever asks."""
    for name, operation in operations():
        if missing := required(operation):
            code, status, message = refused(caller(iam, name))
            head = f"{len(missing)} validation error{'s' if len(missing) > 1 else ''} detected: "
            assert (code, status, message.startswith(head)) == ("ValidationError", 400, True), (name, message)
            told = {
                f"Value at '{lower_camel(one)}' failed to satisfy constraint: Member must not be null"
                for one in missing
            }
            assert set(message.removeprefix(head).split("; ")) == told, name  # fmt: skip


def wrong(shape: Shape) -> Iterator[tuple[Any, str]]:
    """Values of a wrong form, with what is said of them."""
    rules = shape.metadata
    if shape.type_name == "string":
        fits = "/" + "a" * max(rules.get("min", 1), 20)
        if "max" in rules and rules["max"] < 20_000:
            yield "a" * (rules["max"] + 1), f"have length less than or equal to {rules['max']}"
        if rules.get("min", 0) > 0:
            yield "a" * (rules["min"] - 1), f"have length greater than or equal to {rules['min']}"
        if "pattern" in rules and shape.name != "pathType":
            text = fits[: rules.get("max", 20)]
            yield f"{text[:-1]}\x01", f"satisfy regular expression pattern: {rules['pattern']}"
        if "enum" in rules:
            yield "Nonsense", "satisfy enum value set"
    if shape.type_name == "integer":
        if "max" in rules:
            yield rules["max"] + 1, f"have value less than or equal to {rules['max']}"
        if "min" in rules:
            yield rules["min"] - 1, f"have value greater than or equal to {rules['min']}"


@pytest.mark.long
def test_wrong_forms_come_before_permissions_and_look_ups(bobs_iam):
    """Bob has no permission, and nothing of what he names is there."""
    count = 0
    for name, operation in operations():
        for member, shape in members(operation).items():
            for value, constraint in wrong(shape):
                params = {**given(operation), member: value}
                code, status, message = refused(caller(bobs_iam, name), **params)
                where = name, member, value[:40] if isinstance(value, str) else value, message
                assert (code, status) == ("ValidationError", 400), where
                rule = (
                    f"Value at '{lower_camel(member)}' failed to satisfy constraint: Member must {constraint}"
                )
                assert rule in message, where
                count += 1
            if shape.name == "pathType":
                params = {**given(operation), member: "/no end"}
                assert refused(caller(bobs_iam, name), **params) == ("ValidationError", 400, PATH)
    assert count > 300


def test_several_faults_are_told_at_once_and_a_path_last(iam):
    for name, operation in operations():
        faults = {
            m: next(wrong(shape))[0] for m, shape in members(operation).items() if next(wrong(shape), None)
        }
        if len(faults) < 2:
            continue
        paths = [m for m in faults if members(operation)[m].name == "pathType"]
        params = {**given(operation), **faults, **dict.fromkeys(paths, "no path")}
        code, _, message = refused(caller(iam, name), **params)
        assert code == "ValidationError", name
        for member in faults:
            told = f"at '{lower_camel(member)}' failed" in message
            assert told is (member not in paths), (name, member, message)


OF_STS = {"RoleArn": f"{HOME}role/x", "RoleSessionName": "deploy", "Name": "bob", "AccessKeyId": "A" * 16}


def test_sts_prints_the_values_that_are_wrong(sts):
    for name, operation in sorted(all_operations().items()):
        if not name.startswith("sts:"):
            continue
        params = {name: value for name, value in OF_STS.items() if name in members(operation)}
        for member, shape in members(operation).items():
            for value, constraint in wrong(shape) if member != "RoleArn" else ():
                # XML has no such character.
                place, shown = lower_camel(member), str(value).replace("\x01", "")
                rule = f"Value '{shown}' at '{place}' failed to satisfy constraint: Member must {constraint}"
                code, status, message = refused(
                    caller(sts, name.removeprefix("sts:")), **{**params, member: value}
                )
                assert (code, status, rule in message) == ("ValidationError", 400, True), (name, message)
        for member in required(operation):
            left = {key: value for key, value in params.items() if key != member}
            code, _, message = refused(caller(sts, name.removeprefix("sts:")), **left)
            assert (code, f"Value null at '{lower_camel(member)}'" in message) == ("ValidationError", True)
