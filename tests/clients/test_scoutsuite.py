"""ScoutSuite's IAM rules flag in the account of ``truth`` what is true of it."""

import json

import pytest

from . import truth

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.timeout(900)]
LONG_AGO = 90
USERS = {
    "iam-user-without-mfa": lambda user: user.password is not None and not user.mfa,
    "iam-user-with-inline-policies": lambda user: user.inline,
    "iam-user-with-multiple-access-keys": lambda user: len(user.active_keys) > 1,
    "iam-user-with-password-and-key": lambda user: user.password is not None and user.keys,
    "iam-user-no-Active-key-rotation": lambda user: any(key.age > LONG_AGO for key in user.active_keys),
    "iam-user-no-Inactive-key-rotation": lambda user: any(
        key.age > LONG_AGO and not key.active for key in user.keys
    ),
}
GROUPS = {
    "iam-group-with-inline-policies": lambda group: group.inline,
    "iam-group-with-no-users": lambda group: not truth.users(lambda user: group.name in user.groups),
}
ROOT = {
    "iam-root-account-no-mfa": not truth.ROOT.mfa,
    "iam-root-account-with-active-keys": bool(truth.ROOT.keys),
    "iam-root-account-used-recently": (truth.ROOT.seen or 0) <= 1,
}


@pytest.fixture(scope="module")
def iam(tool):
    """What it gathered and found; it must have missed nothing of users, groups and policies."""
    tool.run(
        "scout", "aws", "--services", "iam", "--no-browser", "--report-dir", tool.home / "out",
        "--regions", "us-east-1",
    )  # fmt: skip
    (file,) = (tool.home / "out" / "scoutsuite-results").glob("scoutsuite_results*.js")
    text = file.read_text()
    return json.loads(text[text.index("{") :])["services"]["iam"]


def flagged(iam, rule: str, kind: str) -> set[str]:
    """The names of what a rule flags."""
    return {iam[kind][item.split(".")[2]]["name"] for item in iam["findings"][rule]["items"]}


def test_its_rules_flag_the_truth(iam):
    assert {rule: flagged(iam, rule, "users") for rule in USERS} == {
        rule: truth.users(condition) for rule, condition in USERS.items()
    }
    assert {rule: flagged(iam, rule, "groups") for rule in GROUPS} == {
        rule: {group.name for group in truth.GROUPS if condition(group)} for rule, condition in GROUPS.items()
    }
    assert {rule: bool(iam["findings"][rule]["flagged_items"]) for rule in ROOT} == ROOT
    full = iam["findings"]["iam-managed-policy-allows-full-privileges"]["items"]
    # It asks for attached policies only.
    found = {iam["policies"][item.split(".")[2]]["name"] for item in full}
    assert found == {"AdministratorAccess", truth.POWER.name}
