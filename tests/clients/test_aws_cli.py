"""The AWS CLI 1 reads the account of ``truth`` and administers one of its own."""

import base64
import csv
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from . import truth

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.timeout(900)]
NEVER = {"N/A", "no_information"}


@pytest.fixture(scope="module")
def aws(tool):
    """What a command answers, read as JSON."""

    def ask(*arguments: str) -> Any:
        answer = tool.run("aws", *arguments, "--output", "json").stdout
        return json.loads(answer) if answer.strip() else None

    return ask


def days_since(text: str) -> int | None:
    if text in NEVER:
        return None
    return (datetime.now(UTC) - datetime.fromisoformat(text.replace("Z", "+00:00"))).days


def expected_row(user: truth.User) -> dict[str, Any]:
    """What the credential report says of a user, in the columns that ``found_row`` reads."""
    return {
        "user": user.name,
        "arn": f"arn:aws:iam::{truth.ACCOUNT_ID}:root" if user is truth.ROOT else user.arn,
        "password_enabled": "true" if user.password is not None else "false",
        "mfa_active": "true" if user.mfa else "false",
        "age": user.age,
        "password": user.password,
        "seen": user.seen,
        "keys": {(str(key.active).lower(), key.age, key.used) for key in user.keys},
    }


def found_row(row: dict[str, str]) -> dict[str, Any]:
    """The same, read from a row. Which of two keys comes first is not said by their age."""
    keys = [f"access_key_{number}_" for number in (1, 2)]
    return {
        **{name: row[name] for name in ("user", "arn", "password_enabled", "mfa_active")},
        "age": days_since(row["user_creation_time"]),
        "password": days_since(row["password_last_changed"]),
        "seen": days_since(row["password_last_used"]),
        "keys": {
            (
                row[key + "active"],
                days_since(row[key + "last_rotated"]),
                days_since(row[key + "last_used_date"]),
            )
            for key in keys
            if row[key + "last_rotated"] not in NEVER
        },
    }


def test_the_credential_report_says_the_truth(aws):
    while aws("iam", "generate-credential-report")["State"] != "COMPLETE":
        pass
    content = base64.b64decode(aws("iam", "get-credential-report")["Content"]).decode()
    rows = [found_row(row) for row in csv.DictReader(content.splitlines())]
    assert rows == [expected_row(user) for user in (truth.ROOT, *truth.USERS)]


def test_the_details_of_the_account_are_the_truth(aws):
    """Users, groups and policies, which the CLI gathers from pages of three."""
    details = aws("iam", "get-account-authorization-details", "--page-size", "3")
    users = {user["UserName"]: user for user in details["UserDetailList"]}
    assert set(users) == truth.users(lambda user: True)
    for known in truth.USERS:
        user = users[known.name]
        assert (user["Arn"], user["Path"]) == (known.arn, known.path)
        assert tuple(user["GroupList"]) == known.groups
        assert {policy["PolicyArn"] for policy in user["AttachedManagedPolicies"]} == set(known.attached)
        assert inline(user.get("UserPolicyList", [])) == known.inline
        assert {tag["Key"]: tag["Value"] for tag in user.get("Tags", [])} == known.tags
        assert user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "") == known.boundary
    groups = {group["GroupName"]: group for group in details["GroupDetailList"]}
    for known in truth.GROUPS:
        group = groups.pop(known.name)
        assert group["Path"] == known.path
        assert {policy["PolicyArn"] for policy in group["AttachedManagedPolicies"]} == set(known.attached)
        assert inline(group["GroupPolicyList"]) == known.inline
    assert not groups
    own = {p["PolicyName"]: p for p in details["Policies"] if not p["Arn"].startswith("arn:aws:iam::aws:")}
    for known in truth.POLICIES:
        policy = own.pop(known.name)
        assert (policy["Arn"], policy["Path"]) == (known.arn, known.path)
        assert [version["Document"] for version in reversed(policy["PolicyVersionList"])] == [*known.versions]
        assert policy["DefaultVersionId"] == f"v{len(known.versions)}"
    assert not own


def inline(policies: list[dict[str, Any]]) -> dict[str, Any]:
    return {policy["PolicyName"]: policy["PolicyDocument"] for policy in policies}


def test_the_summary_counts_the_truth(aws):
    found = aws("iam", "get-account-summary")["SummaryMap"]
    devices = sum(user.mfa for user in (truth.ROOT, *truth.USERS))
    expected = {
        "Users": len(truth.USERS),
        "Groups": len(truth.GROUPS),
        "Policies": len(truth.POLICIES),
        "ServerCertificates": len(truth.CERTIFICATES),
        "MFADevicesInUse": devices,
        "MFADevices": devices + len(truth.SPARE_DEVICES),
        "AccountMFAEnabled": int(truth.ROOT.mfa),
        "AccountAccessKeysPresent": int(bool(truth.ROOT.keys)),
        "AccountPasswordPresent": int(truth.ROOT.password is not None),
    }
    assert {name: found[name] for name in expected} == expected
    policy = aws("iam", "get-account-password-policy")["PasswordPolicy"]
    assert {name: policy[name] for name in truth.PASSWORD_POLICY} == truth.PASSWORD_POLICY
    assert aws("iam", "list-account-aliases") == {"AccountAliases": [truth.ALIAS]}


def test_lists_of_each_kind_are_the_truth(aws):
    for known in (user for user in truth.USERS if len(user.keys) > 1 or (user.keys and user.mfa)):
        of = ("--user-name", known.name)
        keys = aws("iam", "list-access-keys", *of)["AccessKeyMetadata"]
        found = sorted((key["Status"], days_since(key["CreateDate"])) for key in keys)
        assert found == sorted(("Active" if key.active else "Inactive", key.age) for key in known.keys)
        assert len(aws("iam", "list-mfa-devices", *of)["MFADevices"]) == known.mfa
    unassigned = aws("iam", "list-virtual-mfa-devices", "--assignment-status", "Unassigned")
    names = [device["SerialNumber"].split("/")[-1] for device in unassigned["VirtualMFADevices"]]
    assert names == [*truth.SPARE_DEVICES]
    expiry = {
        made["ServerCertificateName"]: days_since(made["Expiration"]) >= 0
        for made in aws("iam", "list-server-certificates")["ServerCertificateMetadataList"]
    }
    assert expiry == {certificate.name: certificate.left < 0 for certificate in truth.CERTIFICATES}


def test_roles_are_those_of_the_console_and_providers_none(aws):
    found = [role["RoleName"] for role in aws("iam", "list-roles")["Roles"]]
    assert found == [role.name for role in truth.ROLES]
    assert aws("iam", "list-saml-providers") == {"SAMLProviderList": []}


@pytest.fixture(scope="module")
def own(tool, aws_account):
    """The CLI with the key of an account that it may change."""
    return tool.at(aws_account("300100200301"))


def test_a_device_is_shown_as_a_picture_and_no_seed_is_printed(own):
    arguments = ("--outfile", "phone.png", "--bootstrap-method", "QRCodePNG", "--output", "json")
    done = own.run(
        "aws", "iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", "phone", *arguments
    )
    assert json.loads(done.stdout) == {
        "VirtualMFADevice": {"SerialNumber": "arn:aws:iam::300100200301:mfa/phone"}
    }
    address = zxingcpp.read_barcode(Image.open(own.home / "phone.png")).text
    assert address.startswith("otpauth://totp/")


def test_a_profile_says_where_the_console_is(own):
    key = own.console.key
    (own.home / ".aws").mkdir()
    (own.home / ".aws" / "config").write_text(
        f"[profile console]\nregion = us-east-1\nendpoint_url = {own.console.url}/api/\n"
        f"aws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"
    )
    arguments = ("--profile", "console", "--query", "Arn", "--output", "text")
    said = own.run("aws", "sts", "get-caller-identity", *arguments, AWS_ENDPOINT_URL=None).stdout
    assert said.strip() == "arn:aws:iam::300100200301:user/admin"


def test_it_pages_waits_and_fails_as_with_aws(own):
    for name in ("first", "second", "third"):
        own.run("aws", "iam", "create-user", "--user-name", name)
    own.run("aws", "iam", "wait", "user-exists", "--user-name", "third")
    page = json.loads(own.run("aws", "iam", "list-users", "--max-items", "2", "--output", "json").stdout)
    assert [user["UserName"] for user in page["Users"]] == ["admin", "first"]
    token = page["NextToken"]
    rest = own.run("aws", "iam", "list-users", "--starting-token", token, "--query", "Users[].UserName",
                   "--output", "text")  # fmt: skip
    assert rest.stdout.split() == ["second", "third"]
    again = own.run("aws", "iam", "create-user", "--user-name", "first", code=255)
    assert "(EntityAlreadyExists) when calling the CreateUser operation" in again.stderr
    own.run("aws", "iam", "delete-user", "--user-name", "first")
    gone = own.run("aws", "iam", "get-user", "--user-name", "first", code=255)
    assert "(NoSuchEntity) when calling the GetUser operation" in gone.stderr
