"""What holds for every rule: its sentences, its queries, and what it says of facts that nobody has read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reports.findings.evaluation import Differences, evaluate
from reports.findings.rules import BY_ID, RULES
from reports.models import Attestation, Finding, RuleResult
from tests.cast import make_account
from users.models import Account, AccountLink, User

from .every_fault import fill


def account_of(number: int, **fields) -> Account:
    account = make_account(f"20000000000{number}", **fields)
    fill(account)
    return account


def linked(number: int, summary: dict[str, int] | None = None, **counts) -> Account:
    """An account whose first sync has ended."""
    account = account_of(number, kind="linked")
    User.objects.filter(account=account).update(asked_at=timezone.now())
    AccountLink.objects.create(
        account=account,
        synced_at=timezone.now(),
        sync_counts=counts,
        summary=summary or {},
        summary_at=timezone.now() if summary else None,
    )
    return account


def at_fault(account: Account) -> set[str]:
    return set(Finding.objects.current().filter(account=account).values_list("rule", flat=True))


def verdicts(account: Account) -> dict[str, str]:
    return dict(RuleResult.objects.filter(account=account).values_list("rule", "verdict"))


ATTESTED = {rule.id for rule in RULES if rule.attested}
# A policy that is there and weak is told by the same rules.
EVERY = set(BY_ID) - ATTESTED | {"cloud-shell-full-access"}


def test_every_rule_has_a_sentence_and_a_step_for_each_fault(policies, client):
    account = account_of(1)
    evaluate([account])
    assert at_fault(account) == EVERY
    check_words(account)


def test_attested_faults_have_a_sentence(policies):
    account = linked(1)
    for rule in ATTESTED:
        Attestation.objects.create(
            account=account, rule=rule, holds=False, text="No.", by_arn="arn:aws:iam::1:user/audit/ann",
            ends_on=timezone.now().date() + timedelta(days=9),
        )  # fmt: skip
    evaluate([account])
    assert at_fault(account) >= ATTESTED
    row = Finding.objects.get(rule="support-role")
    assert BY_ID[row.rule].sentence(row).startswith("ann attested on ")
    check_words(account)


def check_words(account: Account) -> None:
    for row in Finding.objects.filter(account=account).select_related("user"):
        rule = BY_ID[row.rule]
        sentence, step = rule.sentence(row), rule.step(row)
        assert "None" not in sentence, (rule.id, sentence)
        assert "–" not in sentence, (rule.id, sentence)
        assert sentence.endswith("."), (rule.id, sentence)
        assert step.label, rule.id
        assert step.url.startswith("/"), rule.id
        row.user = None
        assert rule.step(row).url, rule.id


def test_queries_do_not_grow_with_accounts(policies):
    accounts = [account_of(number) for number in range(1, 5)]
    evaluate(accounts)
    numbers = []
    for some in (accounts[:1], accounts):
        with CaptureQueriesContext(connection) as queries:
            assert evaluate(some) == Differences()
        assert all(query["sql"].startswith("SELECT") for query in queries)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1] < 120


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ({}, {"root-access-key": "not-known", "root-mfa": "not-known", "root-hardware-mfa": "not-known"}),
        (
            {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1},
            {"root-access-key": "pass", "root-mfa": "pass", "root-hardware-mfa": "not-known"},
        ),
        (
            {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1, "AccountPasswordPresent": 1},
            {"root-access-key": "fail", "root-mfa": "fail", "root-hardware-mfa": "fail"},
        ),
        (
            {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0},
            {"root-access-key": "pass", "root-mfa": "not-known", "root-hardware-mfa": "not-known"},
        ),
        (
            {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 0},
            {"root-access-key": "pass", "root-mfa": "not-applicable", "root-hardware-mfa": "not-applicable"},
        ),
    ],
)
def test_root_of_a_linked_account_is_what_aws_says(policies, summary, expected):
    account = linked(1, summary)
    evaluate([account])
    found = verdicts(account)
    assert {rule: found[rule] for rule in expected} == expected
    used = "not-applicable" if "not-applicable" in expected.values() else "not-known"
    assert found["root-used"] == used


def test_what_a_sync_could_not_read_is_not_known(policies):
    everything = linked(1)
    some = linked(2, unknown=["GetCredentialReport", "GetAccountPasswordPolicy", "ListServerCertificates"])
    unasked = linked(3)
    User.objects.filter(account=unasked, user_name="holder").update(asked_at=None)
    evaluate([everything, some, unasked])
    away = ATTESTED - {"cloud-shell-full-access"}
    roots = {rule for rule in BY_ID if rule.startswith("root-")}
    assert not_known(everything) == away | roots
    unread = {
        rule.id for rule in RULES if {"last_use", "password_policy", "server_certificates"} & {*rule.needs}
    }
    assert not_known(some) == away | roots | unread
    assert not_known(unasked) == away | roots | {"ssh-key-old", "user-without-credentials"}


def not_known(account: Account) -> set[str]:
    return {rule for rule, verdict in verdicts(account).items() if verdict == "not-known"}
