"""Rules in an imported account: the edge rows of credential reports (IAM-FACTS 2.24)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from iamconsole.operations import execute
from reports.findings.evaluation import evaluate
from reports.findings.rules import BY_ID, RULES
from reports.models import Finding, RuleResult
from tests.reports.uploads import IMPORTED_ID, NO_CERTS, NO_KEY, ROOT_ROW, report, row
from users.models import Account

ROOT = f"<root_account>,arn:aws:iam::{IMPORTED_ID}:root"


def ago(days: int) -> str:
    return f"{timezone.now() - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def found(alice, caller):
    """Import rows; gives the names of users by rule, and the verdicts."""

    def rules_of(*rows: str, root: str = ROOT_ROW):
        execute(
            caller(alice),
            "iamconsole:ImportAccount",
            AccountId=IMPORTED_ID,
            Content=report(*rows, root=root),
        )
        account = Account.objects.get(account_id=IMPORTED_ID)
        evaluate([account])
        names: dict[str, set[str]] = {}
        for finding in Finding.objects.filter(account=account).select_related("user"):
            names.setdefault(finding.rule, set()).add(finding.user_name or finding.name)
            assert "None" not in BY_ID[finding.rule].sentence(finding)
        verdicts = RuleResult.objects.filter(account=account).values_list("rule", "verdict")
        return names, dict(verdicts)

    return rules_of


def with_password(name: str, changed: int, used: str, **cells: str) -> str:
    return row(
        name,
        user_creation_time=ago(600),
        password_enabled="true",
        password_last_used=used,
        password_last_changed=ago(changed),
        **cells,
    )


def key_cells(
    slot: int, active: str, rotated: str, used: str = "N/A", region: str = "N/A", service: str = "N/A"
):
    names = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
    return {
        f"access_key_{slot}_{name}": value
        for name, value in zip(names, (active, rotated, used, region, service), strict=True)
    }


def with_keys(name: str, *keys: tuple[str, ...], **cells: str) -> str:
    cells = {"user_creation_time": ago(600), "mfa_active": "true", **cells}
    for slot, one in enumerate(keys, start=1):
        cells |= key_cells(slot, *one)
    return row(name, **cells)


def test_passwords(found):
    names, _ = found(
        with_password("used", 500, ago(1), mfa_active="true"),
        with_password("upper", 500, ago(1), mfa_active="TRUE"),
        with_password("old-zone", 500, ago(60).replace("Z", "+00:00"), mfa_active="true"),
        with_password("never", 500, "no_information", mfa_active="true"),
        with_password("new", 3, "no_information"),
        row("no-password", user_creation_time=ago(600), mfa_active="true"),
    )
    assert names == {
        "password-unused-45": {"old-zone", "never"},
        "password-unused-90": {"never"},
        "password-without-mfa": {"new"},
        "user-without-mfa": {"new"},
    }


def test_keys(found):
    names, _ = found(
        with_keys("never", ("true", ago(200))),
        with_keys("used", ("true", ago(80), ago(1), "us-east-1", "s3")),
        with_keys("no-region", ("true", ago(80), ago(50), "N/A", "s3")),
        with_keys("deactivated", ("false", ago(400), ago(300), "eu-west-1", "ec2")),
        with_keys("ageless", ("false", "N/A", ago(300), "eu-west-1", "ec2")),
        with_keys("both", ("true", ago(10), ago(1)), ("true", ago(5), ago(1))),
        with_keys("together", ("true", ago(100)), user_creation_time=ago(100), password_enabled="true",
                  password_last_used=ago(1), password_last_changed=ago(100)),
    )  # fmt: skip
    del names["access-key-without-owner"]
    assert names == {
        "access-key-old": {"never", "together"},
        "access-key-unused-90": {"never", "together"},
        "access-key-unused-45": {"never", "no-region", "together"},
        "two-active-access-keys": {"both"},
        "access-key-made-with-user": {"together"},
    }


@pytest.mark.parametrize(
    ("cells", "expected", "not_applicable"),
    [
        (f"true,{ago(30)},{ago(500)},not_supported,false,{NO_KEY}", {"root-mfa", "root-hardware-mfa"}, False),
        (f"not_supported,no_information,not_supported,not_supported,false,{NO_KEY}",
         {"root-mfa", "root-hardware-mfa"}, False),
        (f"true,{ago(3)},{ago(500)},not_supported,true,{NO_KEY}", {"root-used"}, False),
        (f"false,N/A,N/A,not_supported,false,{NO_KEY}", set(), True),
        (f"false,N/A,N/A,N/A,false,true,{ago(900)},{ago(800)},N/A,iam",
         {"root-access-key", "root-mfa", "root-hardware-mfa"}, False),
        (f"true,no_information,{ago(900)},not_supported,true,false,{ago(900)},N/A,N/A,N/A",
         {"root-access-key"}, False),
    ],
    ids=["no MFA", "not supported", "used lately", "no credentials", "active key", "inactive key"],
)  # fmt: skip
def test_root(found, cells, expected, not_applicable):
    root = f"{ROOT},{ago(900)},{cells},{NO_KEY},{NO_CERTS}"
    names, verdicts = found(root=root)
    assert set(names) == expected
    assert (verdicts["root-mfa"] == "not-applicable") is not_applicable


def test_what_a_report_does_not_tell_is_not_known(found):
    _, verdicts = found(with_password("ann", 5, ago(1), mfa_active="true"))
    known = {rule for rule, verdict in verdicts.items() if verdict != "not-known"}
    unread = {"password_policy", "policies", "server_certificates", "service_credentials", "ssh_public_keys"}
    told = {
        rule.id
        for rule in RULES
        if not rule.attested and not unread & {*rule.needs} and "certificate_bodies" not in rule.needs
    }
    # That root has a device is told, and not of which kind.
    assert known == told - {"root-hardware-mfa"}
