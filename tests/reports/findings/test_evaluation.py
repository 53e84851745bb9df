"""Findings are opened and closed by evaluation alone, and what did not change writes nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credentials import summary
from credentials.models import AccessKey
from iamconsole.identifiers import access_key_id
from reports.findings.evaluation import Differences, evaluate
from reports.findings.rule import today
from reports.models import Finding, FindingsOfDay, RuleLevel, RuleResult
from tests.cast import make_account, make_user

OLD, UNUSED_90, UNUSED_45 = "access-key-old", "access-key-unused-90", "access-key-unused-45"
State = Finding.State


def make_key(user, days: int, used_days: int | None = None) -> AccessKey:
    now = timezone.now()
    key = AccessKey.objects.create(
        user=user,
        slot=user.access_keys.count() + 1,
        access_key_id=access_key_id(),
        owner=user.user_name,
        create_date=now - timedelta(days=days),
        last_used_date=None if used_days is None else now - timedelta(days=used_days),
    )
    summary.refresh(user)
    return key


@pytest.fixture
def key(home):
    """An old key that is used."""
    return make_key(make_user(home, "alice"), 400, used_days=1)


def states(account) -> dict[str, str]:
    of_keys = Finding.objects.filter(account=account, rule__in=(OLD, UNUSED_90, UNUSED_45))
    return dict(of_keys.values_list("rule", "state"))


def test_a_finding_is_opened_kept_and_fixed(home, key):
    first = evaluate([home])
    assert first.opened >= 1
    finding = Finding.objects.get(rule=OLD)
    assert (finding.subject, finding.user, finding.owner) == (key.access_key_id, key.user, "alice")
    assert finding.due_date == today() + timedelta(days=7), "older than a year: high"

    key.status = AccessKey.Status.INACTIVE
    key.save()
    assert evaluate([home]).fixed >= 1
    assert states(home) == {OLD: State.FIXED}
    assert [change.kind for change in finding.changes.all()] == ["fixed"]

    key.status = AccessKey.Status.ACTIVE
    key.save()
    assert evaluate([home]).reopened >= 1
    assert states(home) == {OLD: State.REOPENED}


def test_an_unchanged_account_writes_nothing(home, key, django_assert_max_num_queries):
    evaluate([home])
    with django_assert_max_num_queries(150) as queries:
        assert evaluate([home]) == Differences()
    written = [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    assert not written


def test_queries_do_not_grow_with_accounts(home, key, django_assert_max_num_queries):
    others = [make_account(f"20000000000{number}") for number in range(3)]
    for account in others:
        make_key(make_user(account, "bob"), 100, used_days=95)
    evaluate([home, *others])
    with django_assert_max_num_queries(150) as of_one:
        evaluate([home])
    with django_assert_max_num_queries(len(of_one)):
        evaluate([home, *others])


@pytest.mark.parametrize(
    ("days", "used", "expected"),
    [
        (89, 1, set()),
        (91, 1, {OLD}),
        (80, 44, set()),
        (80, 45, {UNUSED_45}),
        (80, None, {UNUSED_45}),
        (13, None, set()),
        (100, 90, {OLD, UNUSED_45, UNUSED_90}),
    ],
)
def test_limits_of_keys(home, days, used, expected):
    make_key(make_user(home, "alice"), days, used_days=used)
    evaluate([home])
    assert set(states(home)) == expected


def test_a_rule_that_is_off_withdraws_its_findings(home, key):
    evaluate([home])
    level = RuleLevel.objects.create(account=home, rule=OLD, level=RuleLevel.Level.OFF)
    assert evaluate([home]).withdrawn == 1
    assert states(home) == {OLD: State.WITHDRAWN}
    assert RuleResult.objects.get(account=home, rule=OLD).verdict == "off"
    level.delete()
    evaluate([home])
    assert states(home) == {OLD: State.REOPENED}


def test_an_exemption_ends_by_its_day(home, key):
    evaluate([home])
    finding = Finding.objects.get(rule=OLD)
    finding.state, finding.exempt_until = State.EXEMPT, today()
    finding.save()
    assert not evaluate([home]), "its last day is not over"
    result = RuleResult.objects.get(account=home, rule=OLD)
    assert (result.verdict, result.to_do, result.exempt) == ("fail", 0, 1)

    Finding.objects.update(exempt_until=today() - timedelta(days=1))
    assert evaluate([home]).reopened == 1
    assert states(home) == {OLD: State.REOPENED}
    assert [change.kind for change in finding.changes.all()] == ["exemption-ended"]


def test_sums_are_kept(home, key):
    evaluate([home])
    result = RuleResult.objects.get(account=home, rule=OLD)
    assert (result.verdict, result.subjects, result.to_do) == ("fail", 1, 1)
    day = FindingsOfDay.objects.get(account=home)
    assert day.day == today()
    assert day.high >= 1
