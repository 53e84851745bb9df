"""Cloud Custodian's filters find in the account of ``truth`` what is true of it."""

import json
from typing import Any

import pytest

from . import truth

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.timeout(900)]
LONG_AGO = 90
NAMES = ("UserName", "GroupName", "PolicyName", "ServerCertificateName", "account_id")


def older(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "value_type": "age", "value": LONG_AGO, "op": "gt", **more}


def expected(resource: str, names: set[str], *filters: Any) -> tuple[str, list[Any], set[str]]:
    """Custodian's filters and whom they must find."""
    return f"aws.{resource}", list(filters), names


USERS = "iam-user"
ADMINISTRATORS = truth.users(
    lambda user: truth.ADMINISTRATOR_ACCESS in user.attached or "administrators" in user.groups
)
CASES = {
    "everybody": expected(USERS, truth.users(lambda user: True)),
    "below-a-path": expected(
        USERS, truth.users(lambda user: user.path == "/robots/"), {"type": "value", "key": "Path", "value": "/robots/"}
    ),
    "with-mfa": expected(
        USERS, truth.users(lambda user: user.mfa), {"type": "mfa-device", "value": "not-null"}
    ),
    "without-mfa": expected(
        USERS, truth.users(lambda user: not user.mfa), {"type": "mfa-device", "value": "empty"}
    ),
    "active-keys": expected(
        USERS, truth.users(lambda user: user.active_keys),
        {"type": "access-key", "key": "Status", "value": "Active"},
    ),
    "old-keys": expected(
        USERS, truth.users(lambda user: any(key.age > LONG_AGO for key in user.keys)),
        older("CreateDate", type="access-key"),
    ),
    "console-access": expected(
        USERS, truth.users(lambda user: user.password is not None), {"type": "login-profile"}
    ),
    "password-without-mfa": expected(
        USERS, truth.users(lambda user: user.password is not None and not user.mfa),
        {"type": "credential", "key": "password_enabled", "value": True},
        {"type": "credential", "key": "mfa_active", "value": False},
    ),
    "password-unused": expected(
        USERS, truth.users(lambda user: user.seen is not None and user.seen > LONG_AGO),
        older("password_last_used", type="credential"),
    ),
    "password-never-used": expected(
        USERS, truth.users(lambda user: user.password is not None and user.seen is None),
        {"type": "credential", "key": "password_enabled", "value": True},
        {"type": "credential", "key": "password_last_used", "value": "absent"},
    ),
    "active-keys-to-rotate": expected(
        USERS, truth.users(lambda user: any(key.age > LONG_AGO for key in user.active_keys)),
        {"type": "credential", "key": "access_keys.active", "value": True},
        older("access_keys.last_rotated", type="credential"),
    ),
    "administrators-themselves": expected(
        USERS, truth.users(lambda user: truth.ADMINISTRATOR_ACCESS in user.attached),
        {"type": "policy", "key": "PolicyName", "value": "AdministratorAccess"},
    ),
    "builders": expected(
        USERS, truth.users(lambda user: "builders" in user.groups),
        {"type": "group", "key": "GroupName", "value": "builders"},
    ),
    "inline": expected(
        USERS, truth.users(lambda user: user.inline), {"type": "has-inline-policy", "value": True}
    ),
    "tagged": expected(USERS, truth.users(lambda user: user.tags.get("team") == "blue"), {"tag:team": "blue"}),
    "can-create-users": expected(
        USERS, ADMINISTRATORS, {"type": "check-permissions", "match": "allowed", "actions": ["iam:CreateUser"]}
    ),
    "full-groups": expected(
        "iam-group", {group for user in truth.USERS for group in user.groups}, {"type": "has-users", "value": True}
    ),
    "groups-with-inline": expected(
        "iam-group", {group.name for group in truth.GROUPS if group.inline},
        {"type": "has-inline-policy", "value": True},
    ),
    "unused-policies": expected(
        "iam-policy",
        {policy.name for policy in truth.POLICIES if not any(policy.arn in o.attached for o in (*truth.USERS, *truth.GROUPS))},
        "unused",
    ),
    "expired-certificates": expected(
        "iam-certificate", {made.name for made in truth.CERTIFICATES if made.left < 0},
        {"type": "value", "key": "Expiration", "value_type": "expiration", "op": "lt", "value": 0},
    ),
    "root": expected(
        "account", {truth.ACCOUNT_ID},
        {"type": "credential", "key": "mfa_active", "value": truth.ROOT.mfa},
        {"type": "credential", "key": "access_keys.active", "value": bool(truth.ROOT.keys)},
        {"type": "password-policy", "key": "MinimumPasswordLength", "value": 16},
        {"type": "password-policy", "key": "RequireSymbols", "value": False},
        {"type": "iam-summary", "key": "Users", "value": len(truth.USERS)},
    ),
}  # fmt: skip


def run(tool, policies: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The names that each policy finds."""
    file, out = tool.home / "policies.json", tool.home / "out"
    file.write_text(json.dumps({"policies": policies}))
    options = ("--region", tool.console.environment(tool.home)["AWS_REGION"], "--cache-period", "0")
    tool.run("custodian", "run", "--output-dir", out, *options, file)
    found = {}
    for policy in policies:
        rows = json.loads((out / policy["name"] / "resources.json").read_text())
        found[policy["name"]] = {next(row[name] for name in NAMES if name in row) for row in rows}
    return found


def test_its_filters_find_the_truth(tool):
    policies = [
        {"name": name, "resource": resource, "filters": filters}
        for name, (resource, filters, _) in CASES.items()
    ]
    assert run(tool, policies) == {name: names for name, (_, _, names) in CASES.items()}


ACTIONS = {
    "tag": ("old", [{"type": "tag", "key": "owner", "value": "ops"}]),
    "join": ("old", [{"type": "set-groups", "state": "add", "group": "crew"}]),
    "attach": ("old", [{"type": "set-policy", "state": "attached", "arn": truth.READ_ONLY}]),
    "bound": ("old", [{"type": "set-boundary", "policy": truth.READ_ONLY}]),
    "keys": ("old", [{"type": "remove-keys", "disable": True}]),
    "password": ("old", [{"type": "delete", "options": ["console-access"]}]),
    "gone": ("leaver", ["delete"]),
}


def test_its_actions_change_users_as_in_aws(tool, aws_account):
    own = tool.at(aws_account("300100200303"))
    iam = own.console.boto3()
    iam.create_group(GroupName="crew")
    for name in ("old", "leaver"):
        iam.create_user(UserName=name)
        iam.create_login_profile(UserName=name, Password="Correct horse 7 battery")
        iam.create_access_key(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(truth.allow("s3:*")))
    policies = [
        {"name": name, "resource": "aws.iam-user", "filters": [{"UserName": user}], "actions": actions}
        for name, (user, actions) in ACTIONS.items()
    ]
    assert run(own, policies) == {name: {user} for name, (user, _) in ACTIONS.items()}
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["admin", "old"]
    user = iam.get_user(UserName="old")["User"]
    assert user["Tags"] == [{"Key": "owner", "Value": "ops"}]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == truth.READ_ONLY
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="old")["Groups"]] == ["crew"]
    attached = iam.list_attached_user_policies(UserName="old")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [truth.READ_ONLY]
    keys = [key["Status"] for key in iam.list_access_keys(UserName="old")["AccessKeyMetadata"]]
    assert keys == ["Inactive"]
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_login_profile(UserName="old")
