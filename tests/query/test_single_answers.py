"""Single answers in which recordings of AWS differ from what one would think (IAM-FACTS 2.6)."""

import pytest

from credentials.models import AccessKey
from tests.cast import make_account
from tests.query.clients import key_of, routed
from tests.query.test_recorded_messages import (
    AWS_POLICY,
    HOME,
    KEY_ID,
    NONE,
    OWN,
    PATH,
    Case,
    document,
    invalid,
    own_policy,
    refused,
)

pytestmark = pytest.mark.django_db
NOTHING_OF_AWSS = "arn:aws:iam::aws:policy/Nothing"
VERSION = r"satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"
CREDENTIAL = "ACCA" + "B" * 17
OF_CREDENTIALS = {
    "update_service_specific_credential": {"Status": "Inactive"},
    "reset_service_specific_credential": {},
    "delete_service_specific_credential": {},
}
ENTITIES = "[LocalManagedPolicy, User, AWSManagedPolicy, Role, Group]"
LOCAL = {
    "delete_policy": ({}, "delete policies"),
    "create_policy_version": ({"PolicyDocument": document()}, "update policies"),
    "set_default_policy_version": ({"VersionId": "v99"}, "update policies"),
    "delete_policy_version": ({"VersionId": "v99"}, "delete policy versions for policies"),
}
TAGS = {"tag_policy": {"Tags": [{"Key": "a", "Value": "b"}]}, "untag_policy": {"TagKeys": ["a"]}}
NO_TAGS = f"Policy {AWS_POLICY} is an AWS managed policy. AWS managed policies cannot have tags."


def no_version(arn: str, version: str) -> str:
    return f"Policy {arn} version {version} does not exist or is not attachable."


def unknown(line: str, operation: str, message: str, given=lambda iam: None, **params) -> Case:
    return Case(line, operation, params, "NoSuchEntity", message, given)


POLICIES = [
    *(
        unknown(
            "unknown policy", "list_entities_for_policy", f"Policy {arn} does not exist or is not attachable.", PolicyArn=arn
        )
        for arn in (NONE, NOTHING_OF_AWSS)
    ),
    *(
        unknown("unknown policy", operation, no_version(arn, "v3"), PolicyArn=arn, VersionId="v3")
        for operation in ("get_policy_version", "set_default_policy_version", "delete_policy_version")
        for arn in (NONE, NOTHING_OF_AWSS)
    ),
    *(
        unknown("unknown policy", operation, f"Policy {arn} was not found.", PolicyArn=arn, **more)
        for operation, more in {
            "get_policy": {},
            "delete_policy": {},
            "tag_policy": {"Tags": [{"Key": "a", "Value": ""}]},
            "untag_policy": {"TagKeys": ["a"]},
            "list_policy_tags": {},
            "list_policy_versions": {},
            "create_policy_version": {"PolicyDocument": document()},
            "detach_user_policy": {"UserName": "alice"},
        }.items()
        for arn in (NONE, NOTHING_OF_AWSS)
    ),
    *(
        Case(
            f"form of the version {version}",
            operation,
            {"PolicyArn": arn, "VersionId": version},
            "ValidationError",
            invalid("versionId", VERSION),
        )
        for operation in ("get_policy_version", "set_default_policy_version", "delete_policy_version")
        for arn, version in ((NONE, "v0"), (AWS_POLICY, "1"), (OWN, "v1!"))
    ),
    unknown("a version of two parts", "get_policy_version", no_version(OWN, "v1.x-2"), own_policy, PolicyArn=OWN, VersionId="v1.x-2"),
    *(
        Case("AWS's own", operation, {"PolicyArn": AWS_POLICY, **more}, "AccessDenied", f"Cannot {verb} outside your own account.")
        for operation, (more, verb) in LOCAL.items()
    ),
    *(
        Case("tags of AWS's own", operation, {"PolicyArn": AWS_POLICY, **more}, "InvalidInput", NO_TAGS)
        for operation, more in TAGS.items()
    ),
    *(
        Case(
            "no ARN",
            operation,
            {"PolicyArn": "policy/of-my-account", **more},
            "ValidationError",
            "ARN policy/of-my-account is not valid.",
        )
        for operation, more in {
            "get_policy": {},
            "delete_policy": {},
            "list_entities_for_policy": {},
            "get_policy_version": {"VersionId": "v1"},
            "attach_user_policy": {"UserName": "alice"},
            "detach_user_policy": {"UserName": "alice"},
        }.items()
    ),
]  # fmt: skip
CREDENTIALS = [
    *(
        unknown(
            "unknown credential",
            operation,
            f"No such credential {CREDENTIAL} exists",
            ServiceSpecificCredentialId=CREDENTIAL,
            **more,
        )
        for operation, more in OF_CREDENTIALS.items()
    ),
    Case(
        "status",
        "update_service_specific_credential",
        {"ServiceSpecificCredentialId": CREDENTIAL, "Status": "active"},
        "ValidationError",
        invalid("status", "satisfy enum value set"),
    ),
    Case(
        "one user and all",
        "list_service_specific_credentials",
        {"UserName": "alice", "AllUsers": True},
        "InvalidInput",
        "Give UserName for one user or AllUsers for all of them, not both.",
    ),
    unknown(
        "unknown service",
        "list_service_specific_credentials",
        "No such service s3.amazonaws.com is supported for Service Specific Credentials",
        AllUsers=True,
        ServiceName="s3.amazonaws.com",
    ),
]
INPUT = [
    Case(
        "a word of an enum in a list",
        "get_account_authorization_details",
        {"Filter": ["User", "user"]},
        "ValidationError",
        invalid("filter", f"satisfy constraint: [Member must satisfy enum value set: {ENTITIES}]"),
    ),
    Case(
        "several faults of a password policy",
        "update_account_password_policy",
        {"MinimumPasswordLength": 5, "MaxPasswordAge": 0, "PasswordReusePrevention": 25},
        "ValidationError",
        "3 validation errors detected: "
        + "; ".join(
            f"Value at '{name}' failed to satisfy constraint: Member must have value {rule}"
            for name, rule in (
                ("minimumPasswordLength", "greater than or equal to 6"),
                ("passwordReusePrevention", "less than or equal to 24"),
                ("maxPasswordAge", "greater than or equal to 1"),
            )
        ),
    ),
    *(
        Case(f"length of a path: {operation}", operation, {**params, name: path}, "ValidationError", invalid(place, f"have length {rule}"))
        for operation, name, place, params in (
            ("create_user", "Path", "path", {"UserName": "erin"}),
            ("create_group", "Path", "path", {"GroupName": "crew"}),
            ("create_virtual_mfa_device", "Path", "path", {"VirtualMFADeviceName": "phone"}),
            ("update_user", "NewPath", "newPath", {"UserName": "alice"}),
            ("update_server_certificate", "NewPath", "newPath", {"ServerCertificateName": "web"}),
            ("list_entities_for_policy", "PathPrefix", "pathPrefix", {"PolicyArn": OWN}),
        )
        for path, rule in (("/" + "a" * 511 + "/", "less than or equal to 512"), ("", "greater than or equal to 1"))
    ),
    *(
        Case(f"form of a path: {path}", "create_user", {"UserName": "erin", "Path": path}, "ValidationError", PATH)
        for path in ("//", "/staff", "staff/", "/a b/", "/a\x7f/", "/é/")
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=f"{c.operation}: {c.line}") for c in [*POLICIES, *CREDENTIALS, *INPUT]]
)
def test_the_answer_is_the_recorded_one(case, iam):
    case.given(iam)
    code, _, message = refused(getattr(iam, case.operation), **case.params)
    assert (code, message) == (case.code, case.message)


def test_entities_that_are_policies_are_none(iam):
    own_policy(iam)
    iam.attach_user_policy(UserName="alice", PolicyArn=OWN)
    answer = iam.list_entities_for_policy(PolicyArn=OWN, EntityFilter="LocalManagedPolicy")
    assert [answer[name] for name in ("PolicyUsers", "PolicyGroups", "PolicyRoles")] == [[], [], []]


def test_the_longest_paths_are_taken_and_a_device_can_still_be_named(iam):
    path = "/" + "a" * 510 + "/"
    for make, name in ((iam.create_user, "UserName"), (iam.create_group, "GroupName")):
        made = make(**{name: "erin", "Path": path})
        assert made[name.removesuffix("Name")]["Path"] == path
    assert iam.create_user(UserName="frank", Path="/a//b/")["User"]["Arn"] == f"{HOME}user/a//b/frank"
    code, _, message = refused(iam.create_virtual_mfa_device, VirtualMFADeviceName="phone", Path=path)
    assert (code, "Choose a shorter path or name." in message) == ("ValidationError", True)
    path = "/" + "a" * 220 + "/"
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Path=path)["VirtualMFADevice"]
    assert len(serial["SerialNumber"]) == 256
    iam.delete_virtual_mfa_device(SerialNumber=serial["SerialNumber"])


def test_a_grant_ends_when_its_user_moves_and_goes_with_the_owner_of_a_key(iam, alice, bob, charlie, caller):
    """Rights are judged on the stored ARN, whatever the caller wrote."""
    bobs = routed(*key_of(caller(alice), bob))
    key = key_of(caller(alice), charlie)[0]
    grant = document("iam:GetUser", "iam:GetAccessKeyLastUsed").replace(
        "arn:aws:s3:::", f"{HOME}user/charlie"
    )
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=grant)
    assert bobs.get_user(UserName="charlie")["User"]["UserName"] == "charlie"
    assert bobs.get_access_key_last_used(AccessKeyId=key)["UserName"] == "charlie"
    iam.update_user(UserName="charlie", NewPath="/moved/")
    assert refused(bobs.get_user, UserName="charlie")[0] == "AccessDenied"
    assert refused(bobs.get_access_key_last_used, AccessKeyId=key)[0] == "AccessDenied"
    other = AccessKey.objects.exclude(user__in=[bob, charlie]).first()
    assert refused(bobs.get_access_key_last_used, AccessKeyId=other.access_key_id)[0] == "AccessDenied"


# STS


ROLE = "arn:aws:iam::200000000002:role/IamConsoleAdministrator"
SESSION = r"satisfy regular expression pattern: [\w+=,.@-]*"


def printed(*issues: tuple[str, str, str]) -> str:
    """STS prints the value that is wrong."""
    head = f"{len(issues)} validation error{'s' if len(issues) > 1 else ''} detected: "
    return head + "; ".join(
        f"Value {value} at '{place}' failed to satisfy constraint: Member must {rule}"
        for value, place, rule in issues
    )


LONG = '{"Version":"2012-10-17","Statement":[' + " " * 2100 + "]}"
ASSUMING = {
    "five parts": ({"RoleArn": "arn:aws:iam::role"}, "arn:aws:iam::role is invalid"),
    "no ARN": ({"RoleArn": "IamConsoleAdministrator"}, "IamConsoleAdministrator is invalid"),
    "no partition": ({"RoleArn": "arn::iam::1:role/x"}, "arn::iam::1:role/x is invalid"),
    "no service": ({"RoleArn": "arn:aws:::1:role/x"}, "arn:aws:::1:role/x is invalid"),
    "no resource": ({"RoleArn": "arn:aws:iam::123456789012:"}, "arn:aws:iam::123456789012: is invalid"),
    "the ARN first": ({"RoleArn": "x", "RoleSessionName": "a b"}, "x is invalid"),
    "session name": ({"RoleSessionName": "a b"}, printed(("'a b'", "roleSessionName", SESSION))),
    "short session name": (
        {"RoleSessionName": "a"},
        printed(("'a'", "roleSessionName", "have length greater than or equal to 2")),
    ),
    "no session name": ({"RoleSessionName": None}, printed(("null", "roleSessionName", "not be null"))),
    "policy": (
        {"Policy": LONG},
        printed((f"'{LONG}'", "policy", "have length less than or equal to 2048")),
    ),
    "seconds": (
        {"DurationSeconds": 899},
        printed(("'899'", "durationSeconds", "have value greater than or equal to 900")),
    ),
}


@pytest.mark.parametrize("name", ASSUMING)
def test_assume_role_looks_at_the_arn_first_and_prints_values(name, sts):
    params, message = ASSUMING[name]
    given = {"RoleArn": ROLE, "RoleSessionName": "deploy", **params}
    given = {name: value for name, value in given.items() if value is not None}
    assert refused(sts.assume_role, **given) == ("ValidationError", 400, message)


def test_a_senseless_arn_is_no_matter_of_its_form(sts):
    for arn in ("arn:aws:iam:::role/x", "arn:aws:s3:::a-bucket-of-mine", "arn:x:y::1:role:of:many:parts"):
        assert refused(sts.assume_role, RoleArn=arn, RoleSessionName="deploy")[0] == "AccessDenied"


def test_roles_name_the_user_whose_key_it_is(sts, bob, alice, caller):
    make_account("200000000002", name="other")
    made = sts.assume_role(RoleArn=ROLE, RoleSessionName="deploy")["Credentials"]
    keys = (made[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    iam = routed(*keys)
    for call, more in (
        (iam.delete_access_key, {}),
        (iam.update_access_key, {"Status": "Inactive"}),
        (iam.create_access_key, None),
        (iam.list_access_keys, None),
        (iam.get_user, None),
        (iam.list_service_specific_credentials, None),
    ):
        params = {} if more is None else {"AccessKeyId": KEY_ID, **more}
        expected = ("ValidationError", 400, "Must specify userName when calling with non-User credentials")
        assert refused(call, **params) == expected
