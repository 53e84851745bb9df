"""On the account of ``tests.clients.truth`` rules and Prowler's checks fail for the same names.

What Prowler says there through the API is kept true by ``tests/clients/test_prowler.py``.
"""

import pytest

from iamconsole.management.commands.create_account import home_caller
from iamconsole.operations import execute
from iamconsole.operations.listeners import silence
from reports.findings.evaluation import evaluate
from reports.findings.rules import BY_ID
from reports.models import Finding
from tests.clients import truth
from tests.clients.filling import fill
from tests.clients.test_prowler import FAILING, ROOT
from tests.reports.findings.every_fault import of_aws
from users.models import Account

# Rule -> Prowler's check, and the names that it fails beside or without the rule. The reason stands in
# ``difference`` of the rule.
SAME = {
    "password-without-mfa": ("iam_user_mfa_enabled_console_access", set()),
    "password-unused-45": ("iam_user_console_access_unused", {"carol"}),
    "access-key-unused-45": ("iam_user_accesskey_unused", {ROOT}),
    "access-key-old": ("iam_rotate_access_key_90_days", {ROOT}),
    "two-active-access-keys": ("iam_user_two_active_access_key", set()),
    "access-key-made-with-user": ("iam_user_no_setup_initial_access_key", set()),
    "administrator-access-attached-directly": ("iam_user_administrator_access_policy", set()),
    "policy-attached-directly": ("iam_policy_attached_only_to_group_or_roles", set()),
    "policy-full-access-aws": ("iam_aws_attached_policy_no_administrative_privileges", set()),
    "policy-full-access-attached": ("iam_customer_attached_policy_no_administrative_privileges", set()),
    "policy-full-access-unattached": ("iam_customer_unattached_policy_no_administrative_privileges", set()),
    "policy-service-wildcard": ("iam_policy_no_full_access_to_kms", {"power"}),
    "cloud-shell-full-access": ("iam_policy_cloudshell_admin_not_attached", set()),
    "root-access-key": ("iam_no_root_access_key", set()),
    "root-mfa": ("iam_root_mfa_enabled", set()),
    "root-used": ("iam_avoid_root_usage", set()),
    "server-certificate-expired": ("iam_no_expired_server_certificates_stored", set()),
    "password-policy-length-14": ("iam_password_policy_minimum_length_14", set()),
    "password-policy-symbol": ("iam_password_policy_symbol", set()),
    "password-policy-number": ("iam_password_policy_number", set()),
    "password-policy-uppercase": ("iam_password_policy_uppercase", set()),
    "password-policy-lowercase": ("iam_password_policy_lowercase", set()),
    "password-policy-reuse-24": ("iam_password_policy_reuse_24", set()),
    "password-policy-expiry": ("iam_password_policy_expires_passwords_within_90_days_or_less", set()),
}
# Those of the account itself have other names there.
OF_ACCOUNT = ("password-policy-", "cloud-shell-")


@pytest.fixture
def account(home) -> Account:
    of_aws(truth.CLOUD_SHELL.rpartition("/")[2])
    with silence():
        execute(home_caller(), "iamconsole:CreateAccount", AccountId=truth.ACCOUNT_ID)
        found = Account.objects.get(account_id=truth.ACCOUNT_ID)
        fill(found)
    return found


def test_rules_say_what_prowler_says(account):
    evaluate([account])
    names: dict[str, set[str]] = {rule: set() for rule in SAME}
    for finding in Finding.objects.filter(account=account, rule__in=SAME):
        of_key = BY_ID[finding.rule].kind == "access key"
        names[finding.rule].add(finding.user_name if of_key else finding.name)
    for rule, (check, besides) in SAME.items():
        if rule.startswith(OF_ACCOUNT):
            assert bool(names[rule]) == bool(FAILING[check]), rule
        else:
            assert names[rule] ^ FAILING[check] == besides, rule
        assert not besides or "Prowler" in BY_ID[rule].difference, rule
