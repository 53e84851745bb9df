"""Prowler's IAM checks fail for whom it is true in the account of ``truth``, and pass for all others."""

import csv
from collections import defaultdict
from collections.abc import Iterable

import pytest

from . import truth

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.timeout(900)]
# Prowler's own limits, in days.
UNUSED, ROTATE = 45, 90
EVERYBODY = (truth.ROOT, *truth.USERS)
ROOT, ACCOUNT = "root", "password-policy"


def of(condition: bool, name: str) -> set[str]:
    return {name} if condition else set()


def with_root(condition) -> set[str]:
    return {ROOT if user is truth.ROOT else user.name for user in EVERYBODY if condition(user)}


def is_wide(policy: truth.Policy, *actions: str) -> bool:
    return any(action in {"*", *actions} for action in policy.versions[-1]["Statement"][0]["Action"])


def attached() -> set[str]:
    return {arn for owner in (*truth.USERS, *truth.GROUPS) for arn in owner.attached}


def own_policies(*actions: str, used: bool = True) -> set[str]:
    """Those that are attached, or are not, and give everything or one of the actions."""
    return {
        policy.name
        for policy in truth.POLICIES
        if is_wide(policy, *actions) and (policy.arn in attached()) is used
    }


RULES = truth.PASSWORD_POLICY
FAILING = {
    "iam_user_mfa_enabled_console_access": truth.users(
        lambda user: user.password is not None and not user.mfa
    ),
    "iam_user_hardware_mfa_enabled": truth.users(lambda user: True),
    "iam_user_console_access_unused": truth.users(lambda user: (user.seen or 0) > UNUSED),
    "iam_user_accesskey_unused": with_root(
        lambda user: any((key.used or 0) > UNUSED for key in user.active_keys)
    ),
    "iam_rotate_access_key_90_days": with_root(
        lambda user: any(key.age > ROTATE for key in user.active_keys)
    ),
    "iam_user_two_active_access_key": with_root(lambda user: len(user.active_keys) > 1),
    "iam_user_no_setup_initial_access_key": with_root(
        lambda user: user.password is not None and any(key.used is None for key in user.active_keys)
    ),
    "iam_user_administrator_access_policy": truth.users(
        lambda user: truth.ADMINISTRATOR_ACCESS in user.attached
    ),
    "iam_policy_attached_only_to_group_or_roles": truth.users(lambda user: user.attached or user.inline),
    "iam_group_administrator_access_policy": {
        group.name for group in truth.GROUPS if truth.ADMINISTRATOR_ACCESS in group.attached
    },
    "iam_administrator_access_with_mfa": {
        group.name
        for group in truth.GROUPS
        if truth.ADMINISTRATOR_ACCESS in group.attached
        and any(group.name in user.groups and not user.mfa for user in truth.USERS)
    },
    "iam_aws_attached_policy_no_administrative_privileges": {"AdministratorAccess"},
    "iam_customer_attached_policy_no_administrative_privileges": own_policies(),
    "iam_customer_unattached_policy_no_administrative_privileges": own_policies(used=False),
    "iam_policy_no_full_access_to_kms": own_policies("kms:*"),
    "iam_policy_no_full_access_to_cloudtrail": own_policies("cloudtrail:*"),
    "iam_inline_policy_no_administrative_privileges": {role.name for role in truth.ROLES if role.may_do_all},
    "iam_policy_cloudshell_admin_not_attached": of(
        truth.CLOUD_SHELL in attached(), "AWSCloudShellFullAccess"
    ),
    "iam_no_root_access_key": of(bool(truth.ROOT.keys), ROOT),
    "iam_root_mfa_enabled": of(not truth.ROOT.mfa, ROOT),
    "iam_avoid_root_usage": of((truth.ROOT.seen or 0) <= 1, ROOT),
    "iam_no_expired_server_certificates_stored": {made.name for made in truth.CERTIFICATES if made.left < 0},
    "iam_password_policy_minimum_length_14": of(RULES["MinimumPasswordLength"] < 14, ACCOUNT),
    "iam_password_policy_symbol": of(not RULES["RequireSymbols"], ACCOUNT),
    "iam_password_policy_number": of(not RULES["RequireNumbers"], ACCOUNT),
    "iam_password_policy_uppercase": of(not RULES["RequireUppercaseCharacters"], ACCOUNT),
    "iam_password_policy_lowercase": of(not RULES["RequireLowercaseCharacters"], ACCOUNT),
    "iam_password_policy_reuse_24": of(RULES["PasswordReusePrevention"] != 24, ACCOUNT),
    "iam_password_policy_expires_passwords_within_90_days_or_less": of(RULES["MaxPasswordAge"] > 90, ACCOUNT),
}
PER_USER = {name for name in FAILING if name.startswith("iam_user_")} | {"iam_rotate_access_key_90_days"}


@pytest.fixture(scope="module")
def findings(tool) -> dict[str, dict[str, set[str]]]:
    """By check and status the names it speaks of. Prowler ends with 3 where something failed."""
    arguments = ("--service", "iam", "--region", "us-east-1", "--output-formats", "csv", "--no-banner")
    tool.run("prowler", "aws", *arguments, "--output-directory", tool.home / "out", code=3)
    (file,) = (tool.home / "out").glob("*.csv")
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines, delimiter=";"):
            found[row["CHECK_ID"]][row["STATUS"]].add(row["RESOURCE_UID"].split(":")[-1].split("/")[-1])
    return found


def test_its_checks_fail_for_whom_it_is_true(findings):
    assert {name: findings[name]["FAIL"] for name in FAILING} == FAILING


def test_they_pass_for_everybody_else(findings):
    def seen(check: str) -> Iterable[str]:
        return findings[check]["FAIL"] | findings[check]["PASS"]

    people = truth.users(lambda user: True)
    assert {check: people - set(seen(check)) for check in PER_USER} == {check: set() for check in PER_USER}
    assert set(seen("iam_customer_attached_policy_no_administrative_privileges")) == {
        policy.name for policy in truth.POLICIES if policy.arn in attached()
    }
    assert not [check for check in FAILING if not seen(check)]
